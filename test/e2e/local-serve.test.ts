import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';
import { testModels } from '@farthing/testkit/gguf';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { failureOf, modelFolder, modelProcesses, until } from './local-kit.js';

const folder = modelFolder();
const signed = join(folder, 'story.gguf');
copyFileSync(testModels(folder).path, signed);
const cli = fileURLToPath(new URL('../../packages/local/src/cli/cli.ts', import.meta.url));
const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

/** The real command as a process of its own. */
function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const command = spawn(process.execPath, ['--conditions=farthing-source', '--import', 'tsx', cli, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  ends.push(() => command.kill('SIGKILL'));
  const seen = { out: '', error: '' };
  command.stdout.on('data', (text) => {
    seen.out += text;
  });
  command.stderr.on('data', (text) => {
    seen.error += text;
  });
  const exited = once(command, 'close').then(([code]) => Number(code));
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  return { command, seen, exited, until: (holds: () => boolean) => until(() => isOver || holds()) };
}
async function done(
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly error: string }> {
  const { seen, exited } = run(args);
  const code = await exited;
  return { code, ...seen };
}

const key = join(folder, 'team');
const serveSigned = ['serve', '--model', `story=${signed}`, '--key', `${key}.public.pem`];
const settings = ['--port', '0', '--context', '512', '--slots', '2', '--threads', '1', '--gpu', 'off'];
const body = {
  model: 'story',
  max_tokens: 16,
  temperature: 0,
  messages: [{ role: 'user' as const, content: 'Once upon a time' }],
};

describe('the command', () => {
  it('makes keys, and signs, verifies and inspects a model with them', async () => {
    const made = await done(['keygen', '--out', key]);
    expect([made.code, made.error]).toEqual([0, '']);
    if (process.platform !== 'win32') expect(statSync(`${key}.private.pem`).mode & 0o077).toBe(0);
    expect((await done(['verify', signed, '--key', `${key}.public.pem`])).code).toBe(1);
    const claims = ['--licence', 'MIT', '--origin', 'https://example.com/model'];
    const sign = await done(['sign', signed, '--key', `${key}.private.pem`, ...claims]);
    expect(sign).toMatchObject({ code: 0, out: expect.stringMatching(/Signed .*story\.gguf/) });
    expect((await done(['verify', signed, '--key', `${key}.public.pem`])).code).toBe(0);
    expect(await done(['inspect', signed])).toMatchObject({ code: 0, out: expect.stringMatching(/llama/) });
  });

  it('serves a signed model to both clients, keeps others out, and ends when it is asked to', async () => {
    const tokenFile = join(folder, 'token');
    const server = run([...serveSigned, ...settings, '--token-file', tokenFile, '--machine-hour', '0.40']);
    await server.until(() => server.seen.out.includes('Loaded story'));
    expect(server.seen.error).toBe('');
    const url = /Listening on (\S+)/.exec(server.seen.out)?.[1] ?? '';
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const apiKey = readFileSync(tokenFile, 'utf8').trim();
    expect(server.seen.out).not.toContain(apiKey);
    expect(server.seen.out).toMatch(/Loaded story: 512 tokens of context, 2 at once, threads: 1, [\d.]+ tokens\/s/);

    const openai = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
    const anthropic = new Anthropic({ apiKey, baseURL: url, maxRetries: 0 });
    const text = (await openai.chat.completions.create(body)).choices[0]?.message.content ?? '';
    expect(text.length).toBeGreaterThan(5);
    expect(await openai.chat.completions.stream(body).finalContent()).toBe(text);
    expect((await anthropic.messages.create(body)).content).toMatchObject([{ type: 'text', text }]);
    expect((await anthropic.messages.stream(body).finalMessage()).content).toMatchObject([{ type: 'text', text }]);
    expect((await openai.embeddings.create({ model: 'story', input: 'a' })).data).toHaveLength(1);

    const stranger = { apiKey: 'another-token-of-no-use', maxRetries: 0 };
    const refusal = await failureOf(new OpenAI({ ...stranger, baseURL: `${url}/v1` }).chat.completions.create(body));
    expect(refusal).toBeInstanceOf(OpenAI.AuthenticationError);
    const other = await failureOf(new Anthropic({ ...stranger, baseURL: url }).messages.create(body));
    expect(other).toBeInstanceOf(Anthropic.AuthenticationError);
    const page = await fetch(`${url}/v1/models`, {
      headers: { authorization: `Bearer ${apiKey}`, origin: 'https://example.com' },
    });
    expect(page.status).toBe(403);
    const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })).text();
    expect(metrics).toMatch(/farthing_local_cost_usd_total\{model="story"\} 0*\.?0*[1-9e]/);

    // A client that goes away takes its work with it.
    const left = await openai.chat.completions.create({
      ...body,
      max_tokens: 450,
      logit_bias: { 2: -100 },
      stream: true,
    });
    for await (const _ of left) break;
    const running = async (): Promise<string> =>
      (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })).text();
    await until(async () => (await running()).includes('farthing_local_running{model="story"} 0'));

    const pid = server.command.pid ?? expect.unreachable('Expected a process.');
    const models = modelProcesses(pid);
    if (process.platform === 'linux') expect(models).toHaveLength(1);
    // What runs may end.
    const last = openai.chat.completions.create({ ...body, max_tokens: 400, logit_bias: { 2: -100 } });
    await until(async () => (await running()).includes('farthing_local_running{model="story"} 1'));
    server.command.kill('SIGTERM');
    expect((await last).usage?.completion_tokens).toBe(400);
    expect(await server.exited).toBe(0);
    expect(server.seen.error).toBe('');
    for (const each of models) expect(existsSync(`/proc/${each}`)).toBe(false);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by %s also while it loads, and leaves no process', async (signal) => {
    const token = { FARTHING_LOCAL_TOKEN: 'a-token-of-the-environment' };
    const server = run([...serveSigned, ...settings], token);
    const { pid = 0 } = server.command;
    await server.until(() => server.seen.out.includes('Listening on'));
    if (process.platform === 'linux') await server.until(() => modelProcesses(pid).length > 0);
    const models = modelProcesses(pid);
    server.command.kill(signal);
    expect(await server.exited).toBe(0);
    for (const each of models) expect(existsSync(`/proc/${each}`)).toBe(false);
    expect(server.seen.error).toBe('');
  });

  it('that is killed outright takes its model’s process with it', async () => {
    const server = run([...serveSigned, ...settings], { FARTHING_LOCAL_TOKEN: 'a-token-of-the-environment' });
    await server.until(() => server.seen.out.includes('Loaded story'));
    const models = modelProcesses(server.command.pid);
    server.command.kill('SIGKILL');
    await server.exited;
    await until(() => models.every((each) => !existsSync(`/proc/${each}`)));
  });

  it.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['altered', (bytes) => Buffer.concat([bytes.subarray(0, -9), Buffer.alloc(9)]), /story\.gguf/],
    ['cut off', (bytes) => bytes.subarray(0, -9), /story\.gguf/],
  ])('does not serve a model that was %s since', async (_, change, reason) => {
    const inside = join(folder, `changed-${_.replace(' ', '-')}`);
    mkdirSync(inside);
    const path = join(inside, 'story.gguf');
    writeFileSync(path, change(readFileSync(signed)));
    copyFileSync(`${signed}.manifest.json`, `${path}.manifest.json`);
    const server = run(['serve', '--model', `story=${path}`, '--key', `${key}.public.pem`, ...settings], {
      FARTHING_LOCAL_TOKEN: 'a-token-of-the-environment',
    });
    expect(await server.exited).toBe(1);
    expect(server.seen.error).toMatch(reason);
    expect(server.seen.error).not.toMatch(/\n\s+at /);
    expect(server.seen.out).not.toMatch(/Loaded/);
  });

  it('does not serve a model of somebody else, nor one nobody signed', async () => {
    const other = join(folder, 'other');
    expect((await done(['keygen', '--out', other])).code).toBe(0);
    const environment = { FARTHING_LOCAL_TOKEN: 'a-token-of-the-environment' };
    const stranger = run(
      ['serve', '--model', `story=${signed}`, '--key', `${other}.public.pem`, ...settings],
      environment,
    );
    expect(await stranger.exited).toBe(1);
    expect(stranger.seen.error).toMatch(/sign/);
    const unsigned = join(folder, 'unsigned.gguf');
    copyFileSync(signed, unsigned);
    const nobody = run(['serve', '--model', unsigned, '--key', `${key}.public.pem`, ...settings], environment);
    expect(await nobody.exited).toBe(1);
    expect(nobody.seen.error).toMatch(/manifest/);
  });
});
