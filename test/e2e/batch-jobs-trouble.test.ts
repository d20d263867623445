import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Anthropic from '@anthropic-ai/sdk';
import { type BatchRequest, type BatchResult, type GateOptions, usd } from 'farthing';
import OpenAI from 'openai';
import { afterAll, describe, expect, it } from 'vitest';
import { isCreation, resultsOf } from './batch-kit.js';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const root = mkdtempSync(join(tmpdir(), 'farthing-trouble-'));
afterAll(() => rmSync(root, { recursive: true }));
let serial = 0;

const models = { openai: 'gpt-4.1-nano', anthropic: 'claude-haiku-4-5' } as const;
type Side = keyof typeof models;
const sides: readonly Side[] = ['openai', 'anthropic'];
const clientOf = (side: Side, apiKey = 'sk-secret') =>
  side === 'openai'
    ? new OpenAI({ apiKey, baseURL: shared.provider.openaiBaseURL, maxRetries: 0 })
    : new Anthropic({ apiKey, baseURL: shared.provider.url, maxRetries: 0 });
const request = (side: Side, content: string, more: object = {}): BatchRequest => ({
  body: { model: models[side], max_tokens: 40, messages: [{ role: 'user', content }], ...more },
});
const three = (side: Side): BatchRequest[] => [1, 2, 3].map((at) => request(side, `Ticket ${at}.`));

function batching(side: Side, more: GateOptions = {}) {
  const dir = join(root, `jobs-${serial++}`);
  const watched = watchedGate({
    budgets: [{ name: 'night', limit: usd('5'), per: 'day' }],
    ...more,
    batches: { dir, pollMs: 2, lostAfterMs: 20, ...more.batches },
  });
  return { ...watched, dir, batches: watched.gate.batch(clientOf(side)) };
}
const created = (): number =>
  shared.provider.requests.filter((each) => each.method === 'POST' && isCreation(each)).length;
const answered = (results: readonly BatchResult[]): readonly boolean[] => results.map(({ ok }) => ok);

describe.each(sides)('a job of one name at %s', (side) => {
  it('is sent once, when it is submitted twice at the same time', async () => {
    const { batches } = batching(side);
    const submit = () => batches.submit(three(side), { name: 'night' });
    const [one, two] = await Promise.all([submit(), submit()]);
    expect(two).toBe(one);
    expect(answered(await resultsOf(one))).toEqual([true, true, true]);
    expect([created(), shared.provider.billed.length]).toEqual([1, 3]);
  });

  it('is sent once, when it is submitted again while its results are read', async () => {
    const { batches } = batching(side);
    shared.provider.fault({ kind: 'status', status: 429, when: isCreation, times: 2 });
    const job = await batches.submit(three(side), { name: 'night' });
    const [results] = await Promise.all([resultsOf(job), batches.submit(three(side), { name: 'night' })]);
    expect(answered(results)).toEqual([true, true, true]);
    expect(shared.provider.billed.length).toBe(3);
  });

  it('stays its reader’s, when another one is submitted under it by mistake', async () => {
    const { batches } = batching(side);
    const job = await batches.submit(three(side), { name: 'night' });
    await expect(batches.submit([request(side, 'Else.')], { name: 'night' })).rejects.toThrow(TypeError);
    expect(answered(await resultsOf(job))).toEqual([true, true, true]);
  });

  it('is there for who opens it while it is being submitted', async () => {
    const { batches } = batching(side);
    async function* slowly(): AsyncGenerator<BatchRequest> {
      for (const each of three(side)) {
        await sleep(10);
        yield each;
      }
    }
    const submitting = batches.submit(slowly(), { name: 'night' });
    const [job, opened] = await Promise.all([submitting, sleep(5).then(() => batches.open('night'))]);
    expect(opened).toBe(job);
    expect(answered(await resultsOf(opened))).toEqual([true, true, true]);
  });

  it('is not handed to a client of another account', async () => {
    const { batches, gate } = batching(side);
    await batches.submit(three(side), { name: 'night' });
    await expect(gate.batch(clientOf(side, 'sk-other')).open('night')).rejects.toThrow(/another account/);
    const again = await gate.batch(clientOf(side)).open('night');
    expect(answered(await resultsOf(again))).toEqual([true, true, true]);
  });
});

describe.each(sides)('results at %s', (side) => {
  it('that the provider counts and does not give are not bought again: they fail, at what they can have cost', async () => {
    const { batches, gate, warnings } = batching(side);
    shared.provider.fates({ losesResults: true });
    const job = await batches.submit(three(side));
    const { heldNanoUsd } = await gate.balance('night');
    const results = await resultsOf(job);
    expect(results.map(({ outcome, attempts, costNanoUsd }) => [outcome, attempts, costNanoUsd])).toEqual(
      Array(3).fill(['failed', 1, null]),
    );
    expect([created(), shared.provider.billed.length]).toEqual([1, 3]);
    expect(await gate.balance('night')).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: heldNanoUsd });
    expect(warnings.join()).toContain('3 results of batch');
  });

  it('of one batch do not wait for those of another that can’t be read', async () => {
    const { batches } = batching(side, { batches: { dir: join(root, `jobs-${serial++}`), maxRequests: 1 } });
    const job = await batches.submit(three(side));
    const looked: string[] = [];
    shared.provider.fault({
      kind: 'status',
      status: 403,
      when: ({ path }) => {
        const [, batch] = /\/batches\/([^/?]+)$/.exec(path) ?? [];
        if (batch !== undefined) looked.push(batch);
        return batch !== undefined && batch === looked[0];
      },
      times: 1000,
    });
    const results: BatchResult[] = [];
    await expect(async () => {
      for await (const result of job.results()) results.push(result);
    }).rejects.toMatchObject({ status: 403 });
    expect(answered(results)).toEqual([true, true]);
    shared.provider.reset();
    // The second was in its reader’s hands when the third could not be read.
    expect(answered(await resultsOf(job)).length).toBeGreaterThan(0);
    expect(job.progress()).toMatchObject({ state: 'done', answered: 3 });
  });

  it('end at once where their job is closed, however long it waits', async () => {
    const { batches } = batching(side, { batches: { dir: join(root, `jobs-${serial++}`), pollMs: 600_000 } });
    const job = await batches.submit(three(side));
    const reading = resultsOf(job);
    setTimeout(() => void job.close(), 20);
    await expect(reading).rejects.toThrow(/was closed/);
  });
});

describe.each(sides)('a cancellation at %s', (side) => {
  it('that fails for now is tried again, and one that is forbidden is told', async () => {
    const { batches } = batching(side);
    const cancelling = ({ path }: { readonly path: string }): boolean => path.endsWith('/cancel');
    const job = await batches.submit(three(side));
    shared.provider.fault({ kind: 'status', status: 500, when: cancelling });
    await job.cancel();
    expect((await resultsOf(job)).map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    const other = await batches.submit(three(side));
    shared.provider.fault({ kind: 'status', status: 403, when: cancelling });
    await expect(other.cancel()).rejects.toMatchObject({ status: 403 });
  });
});

describe('equal requests', () => {
  it('do not share an answer that the budget of one cut short', async () => {
    const { batches } = batching('openai', {
      budgets: [{ name: 'small', limit: 9000, per: 'day', where: { who: 'small' }, onExhausted: 'clamp' }],
    });
    const long = { max_tokens: 30_000 };
    const results = await resultsOf(
      await batches.submit([
        { ...request('openai', 'Tell me all.', long), options: { tags: { who: 'small' } } },
        request('openai', 'Tell me all.', long),
      ]),
    );
    expect(results.map(({ source }) => source)).toEqual(['provider', 'provider']);
    expect(results[0]?.body).not.toEqual(results[1]?.body);
  });
});

describe('what is uploaded', () => {
  const uploads = async (): Promise<number> => (await clientOfOpenAI().files.list()).data.length;
  const clientOfOpenAI = (): OpenAI => new OpenAI({ apiKey: 'sk-secret', baseURL: shared.provider.openaiBaseURL });

  it('is deleted with a job that was refused, or that was cancelled before it was created, or forgotten', async () => {
    const before = await uploads();
    const { batches, dir } = batching('openai');
    shared.provider.fault({ kind: 'status', status: 401, when: isCreation });
    await expect(batches.submit(three('openai'))).rejects.toMatchObject({ status: 401 });
    expect([await uploads(), readdirSync(dir)]).toEqual([before, []]);
    shared.provider.fault({ kind: 'status', status: 429, when: isCreation });
    const cancelled = await batches.submit(three('openai'));
    await cancelled.cancel();
    await resultsOf(cancelled);
    await cancelled.forget();
    const done = await batches.submit(three('openai'));
    await resultsOf(done);
    await done.forget();
    expect([await uploads(), readdirSync(dir)]).toEqual([before, []]);
  });
});
