import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate, type Gate, type GateOptions, isBudgetExceeded, usd } from 'farthing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Stack, stacks } from './stacks.js';

/** A gate as plain as it comes, and one with everything switched on. */
const gates: readonly (readonly [string, GateOptions])[] = [
  ['features off', {}],
  [
    'features on',
    {
      cache: true,
      coalesce: true,
      exposeHeaders: true,
      budgets: [
        { name: 'all', limit: usd('1000'), per: 'total' },
        { name: 'tenant', limit: usd('100'), per: 'day', by: 'tenant' },
      ],
    },
  ],
];

let provider: Provider;
let serial = 0;
const question = (): string => `Question ${serial++}: my rear light flickers, what can I do?`;

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

function recorded(gate: Gate): CallRecord[] {
  const records: CallRecord[] = [];
  gate.on('call', (record) => records.push(record));
  return records;
}

/** What a call comes to, an error by what a program can tell of it. */
async function outcome(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return { value: await work() };
  } catch (error) {
    const { status, statusCode, code, type, name, message } = error as Record<string, unknown>; // read as unknown
    return { name, message: String(message).replace(/req_\w+/g, 'req'), status: status ?? statusCode, code, type };
  }
}

const quiet = { onWarning: () => {} };

for (const [features, options] of gates) {
  describe.each(stacks.map((stack): [string, Stack] => [stack.name, stack]))(`%s, ${features}`, (_, stack) => {
    const both = (base: { readonly apiKey?: string; readonly maxRetries?: number } = {}) => {
      const gate = createGate({ ...options, ...quiet });
      return {
        gate,
        records: recorded(gate),
        bare: stack.make({ url: provider.url, ...base }, undefined),
        guarded: stack.make({ url: provider.url, ...base }, gate),
      };
    };

    it('answers as without the gate, and meters what the provider billed', async () => {
      const { bare, guarded, records } = both();
      const prompt = question();
      const expected = await outcome(() => bare.ask(prompt));
      expect(expected).toHaveProperty('value');
      const billed = provider.billed.length;
      expect(await outcome(() => guarded.ask(prompt))).toEqual(expected);
      await expect.poll(() => records.length).toBeGreaterThan(0);
      const usage = provider.billed.slice(billed).map((bill) => bill.usage as Record<string, number>);
      const [record] = records;
      expect(record?.outcome).toBe('complete');
      expect(
        records.reduce((sum, each) => sum + (each.usage ? each.usage.outputTokens + each.usage.reasoningTokens : 0), 0),
      ).toBe(usage.reduce((sum, each) => sum + (each['completion_tokens'] ?? each['output_tokens'] ?? 0), 0));
      expect(record?.costNanoUsd).toBeGreaterThan(0);
    });

    it.runIf(stack.family !== 'instructor')('streams the same pieces as without the gate', async () => {
      const { bare, guarded, records } = both();
      const prompt = question();
      const expected = await bare.stream?.(prompt);
      expect(expected?.length).toBeGreaterThan(2);
      expect(await guarded.stream?.(prompt)).toEqual(expected);
      await expect.poll(() => records.map((record) => record.outcome)).toEqual(['complete']);
      expect(records[0]?.costBasis).toBe('computed');
    });

    it.runIf(stack.family !== 'instructor')(
      'breaking off a stream reaches the provider, and is metered as cancelled',
      async () => {
        const { guarded, records } = both();
        const slow = await startProvider({ chunkDelayMs: 30, wordsPerChunk: 1 });
        const gate = createGate({ ...options, ...quiet });
        const cancelled = recorded(gate);
        await stack.make({ url: slow.url }, gate).stream?.(question(), { headers: {}, stop: true });
        await expect.poll(() => cancelled.length, { timeout: 8000 }).toBe(1);
        // LangChain and the Agents SDK read a stream that was broken off to its end by themselves.
        if (cancelled[0]?.outcome === 'cancelled') {
          await slow.requests[0]?.done;
          expect(slow.requests[0]?.aborted).toBe(true);
          expect(cancelled[0]?.costNanoUsd).toBeGreaterThan(0);
        } else expect(['langchain', 'agents', 'vercel']).toContain(stack.family);
        await slow.close();
        expect(guarded).toBeDefined();
        expect(records).toEqual([]);
      },
    );

    it.each([['a wrong key', { apiKey: 'wrong' }]])('fails as without the gate: %s', async (_name, base) => {
      const { bare, guarded } = both(base);
      const prompt = question();
      expect(await outcome(() => guarded.ask(prompt))).toEqual(await outcome(() => bare.ask(prompt)));
    });

    it('retries as often as without the gate', async () => {
      const { bare, guarded, records } = both({ maxRetries: 2 });
      const prompt = question();
      provider.fault({ kind: 'status', status: 500, headers: { 'retry-after-ms': '1', 'retry-after': '0' }, times: 2 });
      const expected = await outcome(() => bare.ask(prompt));
      const attempts = provider.requests.length;
      provider.reset();
      provider.fault({ kind: 'status', status: 500, headers: { 'retry-after-ms': '1', 'retry-after': '0' }, times: 2 });
      expect(await outcome(() => guarded.ask(prompt))).toEqual(expected);
      expect(provider.requests.length).toBe(attempts);
      await expect.poll(() => records.length).toBe(attempts);
    }, 20_000);

    it('is denied once, with an error that can be told', async () => {
      const gate = createGate({ ...options, budgets: [{ name: 'tiny', limit: 1, per: 'total' }], ...quiet });
      const records = recorded(gate);
      const client = stack.make({ url: provider.url, maxRetries: 2 }, gate);
      const error = await client.ask(question()).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(isBudgetExceeded(error)).toBe(true);
      expect(provider.requests).toEqual([]);
      expect(records.map((record) => record.outcome)).toEqual(['denied']);
    });

    it('per-call options reach the gate, and nothing of them the provider', async () => {
      const { gate, guarded, records } = both();
      const tags = { tenant: 'acme', feature: 'поиск' };
      if (stack.optionsBy === 'run') await gate.run({ tags }, () => guarded.ask(question()));
      else await guarded.ask(question(), gate.options({ tags }));
      await expect.poll(() => records.length).toBeGreaterThan(0);
      for (const record of records) expect(record.tags).toEqual(tags);
      for (const request of provider.requests)
        expect(Object.keys(request.headers).filter((name) => name.startsWith('x-farthing'))).toEqual([]);
    });

    it.runIf(stack.optionsBy !== 'run')('a forged, foreign or stale header does nothing', async () => {
      const foreign = createGate(quiet).options({ tags: { tenant: 'evil' } }).headers['x-farthing'] ?? '';
      const closed = createGate(quiet);
      const stale = closed.options({ tags: { tenant: 'evil' } }).headers['x-farthing'] ?? '';
      await closed.close();
      for (const value of [foreign, stale, 'tenant=evil', 'e30.AAAA']) {
        const warnings: string[] = [];
        const gate = createGate({ ...options, onWarning: ({ code }) => warnings.push(code) });
        const records = recorded(gate);
        await stack
          .make({ url: provider.url }, gate)
          .ask(question(), { headers: { 'x-farthing': value, 'x-farthing-tenant': 'evil' } });
        await expect.poll(() => records.length).toBeGreaterThan(0);
        for (const record of records) expect(record.tags).toEqual({});
        expect(warnings).toContain('foreign_options');
        for (const request of provider.requests)
          expect(Object.keys(request.headers).filter((name) => name.startsWith('x-farthing'))).toEqual([]);
      }
    });
  });
}

it('covers every stack it names; the cells that do not apply are these', () => {
  expect(stacks.length).toBe(15);
  // Instructor has no stream of text (two cells, twice); the Agents SDK takes no headers (one cell, twice).
  expect(
    stacks.filter((stack) => stack.family === 'instructor').length * 4 +
      stacks.filter((stack) => stack.optionsBy === 'run').length * 2,
  ).toBe(6);
});
