import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createLocal } from '@farthing/local';
import { testModels } from '@farthing/testkit/gguf';
import { denialOf, type GateOptions, usd } from 'farthing';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { failureOf, modelFolder, modelProcesses, until } from './local-kit.js';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const folder = modelFolder();
const model = testModels(folder);
// A copy that can be taken away.
const fragile = join(folder, 'fragile.gguf');
copyFileSync(model.path, fragile);
const file = { threads: 1, contextTokens: 1024, slots: 2, gpu: false } as const;
const local = createLocal({
  models: { local: { file: model.path, ...file }, fragile: { file: fragile, ...file } },
  trust: 'unsigned',
  machineHour: '0.40',
});
afterAll(() => local.close());

/** A gate whose route goes to the model here first, and to the provider where that can't. */
async function routed(options: GateOptions = {}, name = 'local') {
  const target = await local.target(name);
  const { gate, records, warnings } = watchedGate({
    routes: { 'gpt-5': { targets: [target, 'gpt-5'], targetStrongShare: 0 } },
    ...options,
  });
  const openai = gate.wrap(new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 }));
  return { gate, records, warnings, openai, target };
}
const body = (content = 'Once upon a time', max_tokens = 24) => ({
  model: 'gpt-5',
  max_tokens,
  messages: [{ role: 'user' as const, content }],
});
/** What an answer says that it cost, in nano-dollars: digits after the ninth are half up. */
function nanoUsd(usage: OpenAI.CompletionUsage | null | undefined): number {
  const cost = (usage as { readonly cost?: number } | undefined)?.cost; // a member that OpenAI's type lacks
  if (cost === undefined) throw new Error('Expected an answer that says what it cost.');
  return Math.round(cost * 1e9);
}

describe('a model here as the cheap target of a route', () => {
  it('knows what a route has to know', async () => {
    const { target } = await routed();
    expect(target).toMatchObject({ model: 'local', region: 'local', contextWindow: 1024, dialect: 'openai' });
    expect(target.capabilities).toMatchObject({ vision: false });
    expect(Number(target.price?.input)).toBeGreaterThan(0);
    expect(Number(target.price?.output)).toBeGreaterThan(Number(target.price?.input));
  });

  it('answers, and the record says what it really cost', async () => {
    const { openai, records } = await routed();
    const answer = await openai.chat.completions.create({ ...body(), temperature: 0 });
    expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(10);
    expect(shared.provider.requests).toEqual([]);
    const [record] = records;
    expect(record).toMatchObject({
      requestedModel: 'gpt-5',
      servedModel: 'local',
      outcome: 'complete',
      costBasis: 'reported',
      costNanoUsd: nanoUsd(answer.usage),
      savedBy: 'routed',
      route: { target: 'local', failed: [] },
      usage: { outputTokens: 24 },
    });
    expect(record?.costNanoUsd).toBeGreaterThan(0);
    expect(record?.savedNanoUsd).toBeGreaterThan(0);
    const { queueMs, promptMs, outputMs } = record?.serverTimes ?? expect.unreachable('Expected times of the server.');
    for (const time of [queueMs, promptMs]) expect(time).toBeGreaterThanOrEqual(0);
    expect(outputMs).toBeGreaterThan(0);
  });

  it('streams, and the record says the same of it', async () => {
    const { openai, records, gate } = await routed();
    const stream = openai.chat.completions.stream({ ...body(), stream_options: { include_usage: true } });
    const usage = await stream.totalUsage();
    await gate.idle();
    expect(shared.provider.requests).toEqual([]);
    expect(records[0]).toMatchObject({ stream: true, servedModel: 'local', costBasis: 'reported' });
    expect(usage.completion_tokens).toBe(records[0]?.usage?.outputTokens);
    const quiet = await openai.chat.completions.create({ ...body(), stream: true });
    for await (const chunk of quiet) expect(chunk.choices.length).toBeGreaterThan(0);
    await gate.idle();
    // The caller did not ask for its usage, and the record has it all the same.
    expect(records[1]).toMatchObject({ costBasis: 'reported', usage: { outputTokens: 24 } });
  });

  it('tells which tokens did not have to be read again', async () => {
    const { openai, records } = await routed();
    const long = 'Tom had a big dog and a small cat, and they all went to the park to play with a ball. '.repeat(4);
    await openai.chat.completions.create(body(`${long}Tom said`));
    await openai.chat.completions.create(body(`${long}Sue was sad`));
    const [first, second] = records.map(({ usage }) => usage);
    expect(second?.cacheReadTokens).toBeGreaterThan(first?.cacheReadTokens ?? 0);
    expect(second?.cacheReadTokens).toBeGreaterThan((second?.inputTokens ?? 0) * 0.5);
  });

  it('is held by a hard budget, which counts what it cost', async () => {
    const limits = [{ name: 'day', limit: usd('1'), per: 'day' as const }];
    const wide = await routed({ budgets: limits });
    const answer = await wide.openai.chat.completions.create(body());
    expect((await wide.gate.balance('day')).spentNanoUsd).toBe(nanoUsd(answer.usage));
    const strict = await routed({ budgets: [{ name: 'day', limit: 1, per: 'day' }] });
    const denied = await failureOf(strict.openai.chat.completions.create(body('Once upon a time', 900)));
    expect(denied['status']).toBe(402);
    expect(denialOf(denied)?.code).toBe('budget_exceeded');
    expect(strict.records).toMatchObject([{ outcome: 'denied', costNanoUsd: 0 }]);
    expect(shared.provider.requests).toEqual([]);
  });

  it('gets no images: those go to the provider', async () => {
    const { openai, records } = await routed();
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    const content = [{ type: 'text' as const, text: 'What is it?' }, image];
    await openai.chat.completions.create({ model: 'gpt-5', max_tokens: 20, messages: [{ role: 'user', content }] });
    expect(shared.provider.requests).toHaveLength(1);
    const barred = expect.arrayContaining([expect.objectContaining({ target: 'local', constraint: 'vision' })]);
    expect(records[0]?.route).toMatchObject({ target: 'gpt-5', barred });
  });

  it('gets nothing that is longer than its context', async () => {
    const { openai, records } = await routed();
    await openai.chat.completions.create(body('Once upon a time', 2000));
    expect(shared.provider.requests).toHaveLength(1);
    expect(records[0]?.route).toMatchObject({ barred: [{ target: 'local', constraint: 'contextWindow' }] });
  });

  it('keeps calls here that may not leave the machine, also where the provider would be better', async () => {
    const { openai, gate, records } = await routed();
    const stays = gate.options({ residency: 'local' });
    await openai.chat.completions.create(body(), stays);
    await openai.chat.completions.create(body('Once upon a time', 2000), stays);
    expect(records.map(({ servedModel }) => servedModel)).toEqual(['local', 'local']);
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    const messages = [{ role: 'user' as const, content: [image] }];
    const refusal = await failureOf(openai.chat.completions.create({ ...body(), messages }, stays));
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_request', param: 'messages[0].content[0].type' });
    expect(shared.provider.requests).toEqual([]);
  });

  it('is replaced by the provider once it can’t be had, and asks it no more in vain', async () => {
    const before = new Set(modelProcesses());
    const { openai, records } = await routed({}, 'fragile');
    const own = modelProcesses().filter((pid) => !before.has(pid));
    expect(own).toHaveLength(1);
    rmSync(fragile);
    for (const pid of own) process.kill(pid, 'SIGKILL');
    await until(() => !modelProcesses().some((pid) => own.includes(pid)));
    const answer = await openai.chat.completions.create(body());
    expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(5);
    expect(shared.provider.requests).toHaveLength(1);
    expect(records[0]).toMatchObject({
      servedModel: expect.stringMatching(/^gpt-5/),
      route: { chosen: 'fragile', target: 'gpt-5', failed: [{ target: 'fragile', status: 503 }] },
    });
  });
});
