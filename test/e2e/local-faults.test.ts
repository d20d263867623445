import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { createLocal, type Local, type LocalOptions, type ModelOptions } from '@farthing/local';
import { readGguf, testModels, uint32, withMetadata, writeGguf } from '@farthing/testkit/gguf';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../packages/local/src/cli/run-cli.js';
import { failureOf, modelFolder, modelProcesses, residentBytes, until } from './local-kit.js';

const folder = modelFolder();
const model = testModels(folder);
const opened: Local[] = [];
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  expect(modelProcesses()).toEqual([]);
});

/** Models with clients in front; all that runs is ended after the last test. */
function open(models: Readonly<Record<string, Partial<ModelOptions>>>, more: Partial<LocalOptions> = {}) {
  const all = Object.entries(models).map(([name, each]) => [
    name,
    { file: model.path, threads: 1, contextTokens: 1024, gpu: false, ...each },
  ]);
  const local = createLocal({ models: Object.fromEntries(all), trust: 'unsigned', ...more });
  opened.push(local);
  const options = { apiKey: 'none', fetch: local.fetch, maxRetries: 0 };
  return { local, options, openai: new OpenAI(options), anthropic: new Anthropic(options) };
}
const bytes = readFileSync(model.path);
const parsed = readGguf(model.path);
/** The file with a number that is none in the middle of one of its matrices. */
function withNaN(): Buffer {
  const spoiled = Buffer.from(bytes);
  const tensor = parsed.tensors.find(({ name }) => name === 'blk.0.ffn_down.weight');
  const data = Buffer.from(tensor?.data ?? expect.unreachable('Expected a matrix of that name.'));
  // All bits set is no number in both precisions.
  spoiled.fill(0xff, bytes.indexOf(data) + 64, bytes.indexOf(data) + 68);
  return spoiled;
}

const broken: readonly (readonly [what: string, content: Uint8Array | string, reason: RegExp])[] = [
  ['that was cut off', bytes.subarray(0, bytes.length - 1000), /cut off: expected \d+ bytes, got \d+/],
  ['that ends within its head', bytes.subarray(0, 2000), /cut off|ends/],
  ['with another start', Buffer.concat([Buffer.from('GGML'), bytes.subarray(4)]), /begins with 47474d4c/],
  ['that is a web page', '<!DOCTYPE html><html><body>Not found</body></html>', /HTML|web page/i],
  ['that is a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n', /LFS/],
  ['that is empty', '', /empty/],
  ['with a number that is none', withNaN(), /blk\.0\.ffn_down\.weight' has invalid data/],
  ['of zeros behind its head', Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(9000)]), /GGUF|cut off|says/],
];
for (const [at, [, content]] of broken.entries()) writeFileSync(join(folder, `broken${at}.gguf`), content);
const trainedLong = join(folder, 'long.gguf');
writeGguf(trainedLong, withMetadata(parsed, { 'llama.context_length': uint32(2 ** 20) }));
const later = join(folder, 'later.gguf');
const { local, options, openai, anthropic } = open({
  local: {},
  other: {},
  later: { file: later },
  short: { contextTokens: 128 },
  large: { file: trainedLong, contextTokens: 2 ** 20, slots: 1024 },
  ...Object.fromEntries(broken.map((_, at) => [`broken${at}`, { file: join(folder, `broken${at}.gguf`) }])),
});

const messages = [{ role: 'user' as const, content: 'Once upon a time' }];
const body = (name = 'local', max_tokens = 8) => ({ model: name, max_tokens, messages });
/** Ends with an error, not before its reader has read so far. */
async function readAll(stream: AsyncIterable<unknown>, onFirst: () => void = () => {}): Promise<void> {
  let first = true;
  for await (const _ of stream) {
    if (first) onFirst();
    first = false;
  }
}
const killLast = (): boolean => process.kill(modelProcesses().at(-1) ?? Number.NaN, 'SIGKILL');

describe('a model’s process that is killed', () => {
  it('fails what runs on it with an error of the client’s own, and nothing else; the next call works', async () => {
    await local.ready('other');
    await local.ready('local');
    const bystander = openai.chat.completions.create(body('other', 400));
    const stream = await openai.chat.completions.create({
      ...body('local', 900),
      logit_bias: { 2: -100 },
      stream: true,
    });
    const whole = failureOf(openai.chat.completions.create({ ...body('local', 900), logit_bias: { 2: -100 } }));
    const failure = await failureOf(readAll(stream, killLast));
    expect(failure).toBeInstanceOf(OpenAI.APIError);
    expect(failure).toMatchObject({ code: 'engine_crashed', message: expect.stringMatching(/SIGKILL/) });
    expect(await whole).toBeInstanceOf(OpenAI.InternalServerError);
    expect(await whole).toMatchObject({ status: 503, code: 'engine_crashed' });
    expect((await bystander).usage?.completion_tokens).toBeGreaterThan(8);
    expect((await openai.chat.completions.create(body())).usage?.completion_tokens).toBe(8);

    const events = anthropic.messages.stream(body('local', 900));
    const crash = await failureOf(readAll(events, killLast));
    expect(crash).toBeInstanceOf(Anthropic.APIError);
    expect(crash['error']).toMatchObject({ error: { type: 'overloaded_error', code: 'engine_crashed' } });
    expect((await anthropic.messages.create(body())).usage.output_tokens).toBe(8);
  });

  it('is not noticed by a client that tries again by itself', async () => {
    await local.ready('local');
    const patient = new OpenAI({ ...options, maxRetries: 2 });
    const answer = patient.chat.completions.create({ ...body('local', 700), logit_bias: { 2: -100 } });
    await until(() => /running\{model="local"\} 1/.test(local.metrics()));
    killLast();
    expect((await answer).usage?.completion_tokens).toBe(700);
  });

  it('while nobody asks is started again by the next call', async () => {
    await local.ready('local');
    const pid = modelProcesses().at(-1);
    killLast();
    // Until this process has heard of it.
    await until(() => !existsSync(`/proc/${pid}`));
    expect((await openai.chat.completions.create(body())).usage?.completion_tokens).toBe(8);
  });
});

describe('a file that is not what it should be', () => {
  it.each(broken.map(([what, _, reason], at) => [what, `broken${at}`, reason] as const))(
    '%s is refused in words that say what is wrong, and another model runs',
    async (_, name, reason) => {
      const refusal = await failureOf(openai.chat.completions.create(body(name)));
      expect(refusal).toMatchObject({ status: 503, code: 'model_unavailable', message: expect.stringMatching(reason) });
      expect((await failureOf(anthropic.messages.create(body(name))))['status']).toBe(503);
      expect(local.state(name)).toBe('failed');
      expect((await openai.chat.completions.create(body())).usage?.completion_tokens).toBe(8);
      const health = await local.fetch('http://local/health');
      expect([health.status, await health.json()]).toMatchObject([
        503,
        { models: { [name]: 'failed', local: 'ready' } },
      ]);
    },
  );

  it('that is not there is refused, and runs once it is there', async () => {
    const refusal = await failureOf(openai.chat.completions.create(body('later')));
    expect(refusal).toMatchObject({ status: 503, code: 'model_unavailable' });
    copyFileSync(model.path, later);
    expect((await openai.chat.completions.create(body('later'))).usage?.completion_tokens).toBe(8);
    expect(local.state('later')).toBe('ready');
    await local.unload('later');
  });

  it('with one bit turned after it was signed is refused before it is loaded', async () => {
    const path = join(folder, 'signed.gguf');
    const told: string[] = [];
    const terminal = { print: () => {}, tell: (line: string) => void told.push(line) };
    const key = join(folder, 'team');
    copyFileSync(model.path, path);
    expect(await runCli(['keygen', '--out', key], terminal)).toBe(0);
    const claims = ['--key', `${key}.private.pem`, '--licence', 'MIT', '--origin', 'https://example.com/model'];
    expect(await runCli(['sign', path, ...claims], terminal)).toBe(0);
    const before = modelProcesses();
    const trust = { keys: [`${key}.public.pem`] };
    const good = open({ local: { file: path } }, { trust });
    expect((await good.openai.chat.completions.create(body())).usage?.completion_tokens).toBe(8);
    await good.local.close();

    const turned = Buffer.from(bytes);
    turned[turned.length - 500] = (turned.at(-500) ?? 0) ^ 1;
    writeFileSync(path, turned);
    const bad = open({ local: { file: path }, unsigned: {} }, { trust });
    const refusal = await failureOf(bad.openai.chat.completions.create(body()));
    expect(refusal).toMatchObject({ status: 403, code: 'untrusted_model' });
    expect(refusal).toBeInstanceOf(OpenAI.PermissionDeniedError);
    // Nor does one run that nobody signed.
    expect((await failureOf(bad.openai.chat.completions.create(body('unsigned'))))['code']).toBe('untrusted_model');
    expect(modelProcesses()).toEqual(before);
    rmSync(`${path}.manifest.json`);
    writeFileSync(path, bytes);
    expect((await failureOf(open({ local: { file: path } }, { trust }).local.ready('local')))['code']).toBe(
      'untrusted_model',
    );
  });
});

describe('what does not fit', () => {
  it('into memory is refused before it is loaded, with what would fit', async () => {
    const before = modelProcesses();
    const refusal = await failureOf(openai.chat.completions.create(body('large')));
    expect(refusal).toMatchObject({
      status: 503,
      code: 'insufficient_memory',
      message: expect.stringMatching(/needs about [\d.]+ GB of memory.*are free\. It fits with \d+ tokens of context/),
    });
    expect(modelProcesses().filter((pid) => !before.includes(pid))).toEqual([]);
  });

  it('into the context is refused by both clients’ own classes', async () => {
    const content = 'Tom had a big dog and a small cat. '.repeat(40);
    const long = { ...body('short'), messages: [{ role: 'user' as const, content }] };
    const refusal = await failureOf(openai.chat.completions.create(long));
    expect(refusal).toBeInstanceOf(OpenAI.BadRequestError);
    expect(refusal).toMatchObject({ status: 400, code: 'context_length_exceeded', type: 'invalid_request_error' });
    expect(refusal.message).not.toMatch(/Tom/);
    const other = await failureOf(anthropic.messages.create(long));
    expect(other).toBeInstanceOf(Anthropic.BadRequestError);
    expect(other['error']).toMatchObject({ error: { code: 'context_length_exceeded' } });
    // What fits goes on to the end of the context.
    const answer = await openai.chat.completions.create({ ...body('short', 1000), logit_bias: { 2: -100 } });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.total_tokens).toBe(128);
  });
});

describe('memory', () => {
  it('is given back by what is unloaded', async () => {
    for (const name of ['other', 'short']) await local.unload(name);
    const cycle = async (): Promise<number> => {
      await openai.chat.completions.create(body('local', 50));
      const child = modelProcesses().at(-1);
      if (process.platform === 'linux') expect(residentBytes(child ?? 0)).toBeGreaterThan(20_000_000);
      await local.unload('local');
      expect(modelProcesses()).not.toContain(child);
      globalThis.gc?.();
      return process.memoryUsage().rss;
    };
    const first = await cycle();
    expect(await cycle()).toBeLessThan(first * 1.1);
  });
});
