import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import {
  type BatchRequest,
  type BatchResult,
  type GateOptions,
  lexical,
  openFileLedger,
  type SubmitOptions,
  usd,
} from 'farthing';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const root = mkdtempSync(join(tmpdir(), 'farthing-batches-'));
afterAll(() => rmSync(root, { recursive: true }));
let serial = 0;
const freshDir = (): string => join(root, `jobs-${serial++}`);

const models = { openai: 'gpt-4.1-nano', anthropic: 'claude-haiku-4-5' } as const;
type Side = keyof typeof models;
const sides: readonly Side[] = ['openai', 'anthropic'];

const clientOf = (side: Side) =>
  side === 'openai'
    ? new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 })
    : new Anthropic({ apiKey: 'sk-secret', baseURL: shared.provider.url, maxRetries: 0 });

const question = (side: Side, content: string, more: object = {}): BatchRequest['body'] => ({
  model: models[side],
  max_tokens: 40,
  messages: [{ role: 'user', content }],
  ...more,
});
const questions = (side: Side, count: number): BatchRequest[] =>
  Array.from({ length: count }, (_, at) => ({ id: `ticket-${at}`, body: question(side, `Sum up ticket ${at}.`) }));

function batching(side: Side, more: GateOptions = {}, dir = freshDir()) {
  const watched = watchedGate({ batches: { dir, pollMs: 2, lostAfterMs: 20 }, ...more });
  const client = clientOf(side);
  const batches = watched.gate.batch(client);
  const run = async (requests: readonly BatchRequest[], options: SubmitOptions = {}): Promise<BatchResult[]> =>
    all(await batches.submit(requests, options));
  return { ...watched, client, batches, run, dir };
}

async function all(job: { results: () => AsyncIterable<BatchResult> }): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for await (const result of job.results()) results.push(result);
  return results;
}
const sum = (numbers: Iterable<number | null>): number =>
  [...numbers].reduce<number>((a, b) => a + (b ?? Number.NaN), 0);
const created = (): number =>
  shared.provider.requests.filter(({ method, path }) => method === 'POST' && /\/batches$/.test(path)).length;

describe.each(sides)('a batch job at %s', (side) => {
  it('answers each request once, by its id, as the client would have, at half the price', async () => {
    const { run, records, gate } = batching(side);
    const results = await run(questions(side, 7));
    expect(results.map(({ id }) => id).sort()).toEqual(questions(side, 7).map(({ id }) => id));
    expect(
      results.every(
        ({ ok, outcome, source, attempts }) => ok && outcome === 'answered' && source === 'provider' && attempts === 1,
      ),
    ).toBe(true);
    expect(created()).toBe(1);
    const [first] = results;
    // What the client itself returns for the same request.
    const body = question(side, `Sum up ticket ${first?.index}.`);
    const direct = (await (clientOf(side) as OpenAI).post(side === 'openai' ? '/chat/completions' : '/v1/messages', {
      body,
    })) as object;
    expect(Object.keys(first?.body as object)).toEqual(Object.keys(direct));
    // Records: one each, priced at the batch tier.
    const mine = records.filter(({ batch }) => batch);
    expect(mine.length).toBe(7);
    expect(new Set(mine.map(({ id }) => id))).toEqual(new Set(results.map(({ callId }) => callId)));
    for (const record of mine) {
      expect(record).toMatchObject({ outcome: 'complete', source: 'provider', savedBy: 'batch', httpStatus: 200 });
      expect(record.savedNanoUsd).toBe(record.costNanoUsd);
      expect(record.batch).toMatchObject({ attempts: 1 });
    }
    expect(sum(results.map(({ costNanoUsd }) => costNanoUsd))).toBe(gate.report().total.spentNanoUsd);
    expect(gate.report().savedBy.batch).toBe(gate.report().total.spentNanoUsd);
    expect(await gate.call(first?.callId ?? '')).toMatchObject({ id: first?.callId });
  });

  it('asks the caches first, fills them, and sends equal requests once', async () => {
    const { run, gate, client } = batching(side, { cache: true });
    const fetch = { fetch: gate.fetch };
    const ask = (content: string) =>
      side === 'openai'
        ? (client.withOptions(fetch) as OpenAI).chat.completions.create(question(side, content) as never)
        : (client.withOptions(fetch) as Anthropic).messages.create(question(side, content) as never);
    await ask('Known before.');
    const billedBefore = shared.provider.billed.length;
    const results = await run([
      { id: 'known', body: question(side, 'Known before.') },
      { id: 'one', body: question(side, 'Asked twice.') },
      { id: 'two', body: question(side, 'Asked twice.') },
      { id: 'own', body: question(side, 'Asked twice.'), options: { fresh: true } },
    ]);
    const by = Object.fromEntries(results.map((result) => [result.id, result]));
    expect([by['known']?.source, by['one']?.source, by['two']?.source, by['own']?.source]).toEqual([
      'exact',
      'provider',
      'coalesced',
      'provider',
    ]);
    expect(by['two']?.body).toEqual(by['one']?.body);
    expect([by['known']?.costNanoUsd, by['two']?.costNanoUsd]).toEqual([0, 0]);
    expect(shared.provider.billed.length - billedBefore).toBe(2);
    // What the batch brought answers calls of their own.
    await ask('Asked twice.');
    expect(shared.provider.billed.length - billedBefore).toBe(2);
    expect(gate.report().total.hits).toMatchObject({ exact: 2, coalesced: 1 });
  });

  it('asks the semantic cache, too', async () => {
    const semantic = { embedder: lexical() };
    const { run, gate } = batching(side, { cache: { share: 'all', semantic } });
    const first = await run([{ body: question(side, 'How do I reset my password?') }]);
    await gate.idle();
    const second = await run([{ body: question(side, 'how do I reset my password') }]);
    expect([first[0]?.source, second[0]?.source]).toEqual(['provider', 'semantic']);
  });

  it('holds budgets at batch prices: what has no room is denied, what is booked is what was billed', async () => {
    // Room for the bounds of three or so.
    const probe = batching(side, { budgets: [{ name: 'night', limit: usd('1'), per: 'day' }] });
    await probe.batches.submit(questions(side, 1));
    const bound = (await probe.gate.balance('night')).heldNanoUsd;
    expect(bound).toBeGreaterThan(0);
    const { run, gate, records } = batching(side, { budgets: [{ name: 'night', limit: bound * 3 + 5, per: 'day' }] });
    const results = await run(questions(side, 5));
    const denied = results.filter(({ outcome }) => outcome === 'denied');
    expect(denied.length).toBe(2);
    expect(denied[0]).toMatchObject({ ok: false, status: 402, source: 'denied', costNanoUsd: 0, attempts: 0 });
    expect(JSON.stringify(denied[0]?.body)).toContain('budget_exceeded');
    const { heldNanoUsd, spentNanoUsd } = await gate.balance('night');
    expect(heldNanoUsd).toBe(0);
    expect(spentNanoUsd).toBe(sum(results.map(({ costNanoUsd }) => costNanoUsd)));
    expect(records.filter(({ outcome }) => outcome === 'denied').length).toBe(2);
  });

  it('shares one maxCost among all its requests', async () => {
    const { run } = batching(side);
    const results = await run(questions(side, 4), { maxCost: 1 });
    expect(results.map(({ outcome }) => outcome)).toEqual(['denied', 'denied', 'denied', 'denied']);
    expect(created()).toBe(0);
  });

  it('keeps away from the gate in front of the client: nothing of it is unmetered', async () => {
    const watched = batching(side, { budgets: [{ name: 'day', limit: usd('5'), per: 'day' }] });
    const wrapped = watched.gate.wrap(watched.client);
    const results = await all(await watched.gate.batch(wrapped).submit(questions(side, 2)));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(watched.warnings.filter((warning) => !warning.startsWith('stale_prices'))).toEqual([]);
    expect(watched.records.every(({ dialect }) => dialect !== 'unmetered')).toBe(true);
  });

  it('sends what failed for now again, and tells what failed for good', async () => {
    const { run, records } = batching(side);
    const hits = (content: string) => (request: { readonly json: Record<string, unknown> }) =>
      JSON.stringify(request.json['messages'] ?? '').includes(content);
    shared.provider.fault(
      { kind: 'status', status: 500, when: hits('ticket 1.'), times: 1 },
      { kind: 'status', status: 400, when: hits('ticket 2.'), times: 9 },
      { kind: 'status', status: 500, when: hits('ticket 3.'), times: 9 },
    );
    const results = await run(questions(side, 4));
    const by = new Map(results.map((result) => [result.index, result]));
    expect(by.get(1)).toMatchObject({ ok: true, attempts: 2 });
    expect(by.get(2)).toMatchObject({ ok: false, outcome: 'failed', status: 400, attempts: 1, costNanoUsd: 0 });
    expect(by.get(3)).toMatchObject({ ok: false, outcome: 'failed', status: 500, attempts: 3, costNanoUsd: 0 });
    expect(records.filter(({ batch }) => batch).length).toBe(4);
    expect(created()).toBe(3);
  });

  it('is gone on with under its name: nothing is sent twice, what was delivered is not delivered again', async () => {
    const dir = freshDir();
    const ledgerDir = freshDir();
    const budgets: GateOptions['budgets'] = [{ name: 'night', limit: usd('5'), per: 'total' }];
    const first = batching(side, { ledger: await openFileLedger({ dir: ledgerDir }), budgets }, dir);
    const job = await first.batches.submit(questions(side, 5), { name: 'nightly' });
    const taken: string[] = [];
    for await (const { id } of job.results()) {
      taken.push(id);
      if (taken.length === 2) break;
    }
    expect((await first.gate.balance('night')).heldNanoUsd).toBe(0);
    await first.gate.close();
    const second = batching(side, { ledger: await openFileLedger({ dir: ledgerDir }), budgets }, dir);
    const again = await all(await second.batches.submit(questions(side, 5), { name: 'nightly' }));
    // The second was in its reader's hands when that broke off.
    expect(again.map(({ redelivered }) => redelivered)).toEqual([true, false, false, false]);
    expect(again[0]?.id).toBe(taken[1]);
    expect(new Set([...taken, ...again.map(({ id }) => id)]).size).toBe(5);
    expect(created()).toBe(1);
    expect((await second.gate.balance('night')).spentNanoUsd).toBe(first.gate.report().total.spentNanoUsd);
    expect(await second.batches.names()).toEqual(['nightly']);
    const third = await second.batches.open('nightly');
    expect(third.progress()).toMatchObject({ state: 'done', total: 5, answered: 5, delivered: 5 });
    const whole: BatchResult[] = [];
    for await (const result of third.results({ from: 'start' })) whole.push(result);
    expect(whole.length).toBe(5);
    await expect(second.batches.submit(questions(side, 4), { name: 'nightly' })).rejects.toThrow(
      /expected the 5 requests/,
    );
    const others = [{ body: question(side, 'Something else.') }];
    await expect(second.batches.submit(others, { name: 'nightly' })).rejects.toThrow(
      /expected the requests that the job/,
    );
    await third.forget().catch(async () => (await second.batches.open('nightly')).forget());
    expect(readdirSync(dir)).toEqual([]);
    await second.gate.close();
  });

  it('is refused as a whole where its provider refuses at once: nothing is held, nothing is left', async () => {
    const { gate, dir } = batching(side, { budgets: [{ name: 'night', limit: usd('5'), per: 'day' }] });
    const wrong =
      side === 'openai'
        ? new OpenAI({ apiKey: 'wrong', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 })
        : new Anthropic({ apiKey: 'wrong', baseURL: shared.provider.url, maxRetries: 0 });
    await expect(gate.batch(wrong).submit(questions(side, 3), { name: 'nightly' })).rejects.toMatchObject({
      status: 401,
    });
    expect(readdirSync(dir)).toEqual([]);
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  it('is cancelled: what has not run is told so, and nothing is held', async () => {
    const { batches, gate } = batching(side, { budgets: [{ name: 'night', limit: usd('5'), per: 'day' }] });
    const job = await batches.submit(questions(side, 3));
    await job.cancel();
    const results = await all(job);
    expect(results.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(job.progress()).toMatchObject({ state: 'done', cancelled: 3 });
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  it('is split at the limits, and all of it comes back', async () => {
    const dir = freshDir();
    const { run } = batching(side, { batches: { dir, pollMs: 2, maxRequests: 3 } }, dir);
    const results = await run(questions(side, 8));
    expect(results.length).toBe(8);
    expect(created()).toBe(3);
  });

  it('keeps its files to their owner', async () => {
    const { batches, dir } = batching(side);
    const job = await batches.submit(questions(side, 2), { name: 'night' });
    expect(statSync(join(dir, 'night')).mode & 0o077).toBe(0);
    for (const name of readdirSync(join(dir, 'night')))
      expect([name, statSync(join(dir, 'night', name)).mode & 0o077]).toEqual([name, 0]);
    await all(job);
  });

  it.each([
    ['no body', [{ id: 'a' }], /expected request 0 to be/],
    ['a body without a model', [{ body: { messages: [] } }], /to name its `model`/],
    [
      'an id twice',
      [
        { id: 'a', body: question(side, '1') },
        { id: 'a', body: question(side, '2') },
      ],
      /ids that are unique/,
    ],
    ['a stream', [{ body: question(side, '1', { stream: true }) }], /without `stream`/],
    ['nothing', [], /at least one request/],
    ['unknown options', [{ body: question(side, '1'), options: { colour: 'red' } }], /request '0'.*colour/],
  ])('refuses %s, and holds nothing', async (_, requests, message) => {
    const { batches, gate, dir } = batching(side, { budgets: [{ name: 'night', limit: usd('5'), per: 'day' }] });
    // The cast: what a user without types may hand in.
    const given = [{ id: 'good', body: question(side, 'In order.') }, ...requests] as BatchRequest[];
    const wrong = requests.length === 0 ? [] : given;
    await expect(
      batches.submit(
        requests.length === 1 && /request 0|'0'/.test(String(message)) ? (requests as BatchRequest[]) : wrong,
      ),
    ).rejects.toThrow(message);
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('gate.batch', () => {
  it('says what it lacks', async () => {
    const { gate } = watchedGate();
    expect(() => gate.batch(clientOf('openai'))).toThrow(/createGate\(\{ batches: \{ dir \} \}\)/);
    const { gate: able } = watchedGate({ batches: { dir: freshDir() } });
    await expect(able.batch({}).submit([])).rejects.toThrow(/withOptions/);
    await expect(able.batch(clientOf('openai')).open('none')).rejects.toThrow(/expected the name of a job/);
    await expect(able.batch(clientOf('openai')).submit([], { name: '../up' })).rejects.toThrow(/letters, digits/);
  });
});
