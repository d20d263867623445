import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import Anthropic0 from 'anthropic-0';
import { type BatchRequest, type GateOptions, usd } from 'farthing';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI5 from 'openai-5';
import OpenAI7 from 'openai-7';
import { afterAll, describe, expect, it } from 'vitest';
import { isCreation, resultsOf } from './batch-kit.js';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const root = mkdtempSync(join(tmpdir(), 'farthing-doors-'));
afterAll(() => rmSync(root, { recursive: true }));
let serial = 0;

const openaiOptions = () => ({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL });
const anthropicOptions = () => ({ apiKey: 'sk-secret', baseURL: shared.provider.url });
/** Clients as users make them: with the retries that they come with. */
const clients: Readonly<Record<string, () => object>> = {
  'openai 5': () => new OpenAI5(openaiOptions()),
  'openai 6': () => new OpenAI(openaiOptions()),
  'openai 7': () => new OpenAI7(openaiOptions()),
  'Azure OpenAI': () =>
    new AzureOpenAI({ apiKey: 'sk-secret', endpoint: shared.provider.url, apiVersion: '2025-04-01-preview' }),
  '@anthropic-ai/sdk 0': () => new Anthropic0(anthropicOptions()),
  '@anthropic-ai/sdk 1': () => new Anthropic(anthropicOptions()),
};
const names = Object.keys(clients);
const openaiNames = names.filter((name) => /openai/i.test(name));

function through(name: string, more: GateOptions = {}) {
  const dir = join(root, `jobs-${serial++}`);
  const watched = watchedGate({
    batches: { dir, pollMs: 2, lostAfterMs: 20 },
    budgets: [{ name: 'night', limit: usd('5'), per: 'day' }],
    ...more,
  });
  return { ...watched, batches: watched.gate.batch(clients[name]?.()) };
}

const requests = (name: string, count: number): BatchRequest[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `ticket-${at}`,
    body: {
      model: /anthropic/.test(name) ? 'claude-haiku-4-5' : 'gpt-4.1-nano',
      max_tokens: 40,
      messages: [{ role: 'user', content: `Größe Straße Übermaß ${at}?` }],
    },
  }));

const created = (): number =>
  shared.provider.requests.filter((request) => request.method === 'POST' && isCreation(request)).length;
const settled = { heldNanoUsd: 0 };

describe.each(names)('batches through %s', (name) => {
  it('answer every request', async () => {
    const { batches, gate } = through(name);
    const job = await batches.submit(requests(name, 3));
    const results = await resultsOf(job);
    expect(results.map(({ ok, attempts }) => [ok, attempts])).toEqual([
      [true, 1],
      [true, 1],
      [true, 1],
    ]);
    // What the provider answers repeats words of the question, none of which is ASCII.
    for (const { body } of results) expect(JSON.stringify(body)).toMatch(/größe|straße|übermaß/i);
    expect([created(), shared.provider.billed.length]).toEqual([1, 3]);
    expect(await gate.balance('night')).toMatchObject(settled);
    await job.forget();
    const deleted = shared.provider.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    expect(deleted.some((path) => (/anthropic/.test(name) ? /\/messages\/batches\// : /\/files\//).test(path))).toBe(
      true,
    );
  });

  it('find a batch whose creation nobody answered, and never create it twice', async () => {
    const { batches, gate } = through(name);
    shared.provider.fault({ kind: 'reset', served: true, when: isCreation });
    const results = await resultsOf(await batches.submit(requests(name, 3)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect([created(), shared.provider.billed.length]).toEqual([1, 3]);
    expect(await gate.balance('night')).toMatchObject(settled);
  });

  it.each(['a reset', 'a 500'] as const)('create a batch again that is not there after %s', async (what) => {
    const { batches } = through(name);
    shared.provider.fault(
      what === 'a reset' ? { kind: 'reset', when: isCreation } : { kind: 'status', status: 500, when: isCreation },
    );
    const results = await resultsOf(await batches.submit(requests(name, 3)));
    expect(results.map(({ ok, attempts }) => [ok, attempts])).toEqual(Array(3).fill([true, 1]));
    expect([created(), shared.provider.billed.length]).toEqual([2, 3]);
  });

  it('wait where the provider is busy', async () => {
    const { batches } = through(name);
    shared.provider.fault({ kind: 'status', status: 429, when: isCreation });
    const results = await resultsOf(await batches.submit(requests(name, 2)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(created()).toBe(2);
  });

  it('send again what expired, and say so where it always does', async () => {
    shared.provider.fates({ runs: 1 });
    const first = await resultsOf(await through(name).batches.submit(requests(name, 3)));
    expect(first.every(({ ok }) => ok)).toBe(true);
    expect(first.map(({ attempts }) => attempts).sort()).toEqual([1, 2, 2]);
    expect(shared.provider.billed.length).toBe(3);
    shared.provider.fates({ runs: 0 }, { runs: 0 }, { runs: 0 });
    const { batches, gate, records } = through(name);
    const second = await resultsOf(await batches.submit(requests(name, 2)));
    expect(second[0]).toMatchObject({ ok: false, outcome: 'expired', status: 0, body: undefined, attempts: 3 });
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
    expect(records.map(({ outcome, error, costNanoUsd }) => [outcome, error, costNanoUsd])).toEqual(
      Array(2).fill(['failed', 'BatchLineUnsent', 0]),
    );
  });

  it('are cancelled at the provider', async () => {
    const { batches, gate } = through(name);
    const job = await batches.submit(requests(name, 2));
    await job.cancel();
    expect((await resultsOf(job)).map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled']);
    expect(shared.provider.requests.filter(({ path }) => /\/cancel/.test(path)).length).toBe(1);
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });
});

describe.each(openaiNames)('a batch that %s rejects', (name) => {
  it('is sent later where there was no room, and that is no attempt', async () => {
    shared.provider.fates({ rejected: { code: 'token_limit_exceeded', message: 'Enqueued token limit reached.' } });
    const results = await resultsOf(await through(name).batches.submit(requests(name, 2)));
    expect(results.map(({ ok, attempts }) => [ok, attempts])).toEqual(Array(2).fill([true, 1]));
    expect(created()).toBe(2);
  });

  it('fails its requests where it was wrong', async () => {
    shared.provider.fates({ rejected: { code: 'invalid_json_line', message: 'Line 1 is no JSON.' } });
    const { batches, gate } = through(name);
    const results = await resultsOf(await batches.submit(requests(name, 2)));
    expect(results[0]).toMatchObject({ ok: false, outcome: 'failed', status: 400, costNanoUsd: 0 });
    expect(results[0]?.body).toMatchObject({ error: { code: 'invalid_json_line', message: 'Line 1 is no JSON.' } });
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });
});

describe('a lost batch at Anthropic', () => {
  it('is not taken for another one of its size', async () => {
    const name = '@anthropic-ai/sdk 1';
    const foreign = new Anthropic(anthropicOptions());
    const params = { model: 'claude-haiku-4-5', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Hi.' }] };
    const other = await foreign.messages.batches.create({
      requests: ['one', 'two', 'three'].map((custom_id) => ({ custom_id, params })),
    });
    shared.provider.fault({ kind: 'reset', when: isCreation });
    const results = await resultsOf(await through(name).batches.submit(requests(name, 3)));
    expect(results.map(({ ok, id }) => [ok, id])).toEqual(requests(name, 3).map(({ id }) => [true, id]));
    // That of others, the one that was lost on its way, and ours.
    expect(created()).toBe(3);
    expect(shared.provider.billed.length).toBe(6);
    expect((await foreign.messages.batches.retrieve(other.id)).processing_status).toBe('ended');
  });
});
