import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate, type Gate, type GateOptions, isBudgetExceeded } from 'farthing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { features } from './features.js';
import type { Asking, Stack } from './stack.js';
import { stacks } from './stacks.js';

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

const ownHeaders = (): string[] =>
  provider.requests.flatMap(({ headers }) => Object.keys(headers).filter((name) => name.startsWith('x-farthing')));

const cells = stacks.flatMap((stack) =>
  Object.entries(features).map(([name, options]): [string, string, Stack, GateOptions] => [
    stack.name,
    name,
    stack,
    options,
  ]),
);

describe.each(cells)('%s, features %s', (_name, _features, stack, options) => {
  const quiet: GateOptions = { ...options, onWarning: () => {} };

  it('is metered as the provider bills, streamed or not', async () => {
    const gate = createGate(quiet);
    const records = recorded(gate);
    const client = stack.make({ url: provider.url }, gate);
    await client.ask(question());
    await client.stream(question());
    await expect.poll(() => records.length).toBe(2);
    for (const [index, record] of records.entries()) {
      const bill = provider.billed[index]?.usage as Record<string, number>; // a bill's counts
      expect(record).toMatchObject({ outcome: 'complete', costBasis: 'computed', stream: index === 1 });
      expect((record.usage?.outputTokens ?? 0) + (record.usage?.reasoningTokens ?? 0)).toBe(
        bill['completion_tokens'] ?? bill['output_tokens'],
      );
      expect(record.costNanoUsd).toBeGreaterThan(0);
    }
    // Without that, a stream of this format would not tell its usage.
    if (stack.api === 'chat')
      expect(provider.requests[1]?.json).toMatchObject({ stream_options: { include_usage: true } });
  });

  it('each attempt is metered by itself', async () => {
    const gate = createGate(quiet);
    const records = recorded(gate);
    provider.fault({ kind: 'status', status: 500, headers: { 'retry-after-ms': '1' } });
    await stack.make({ url: provider.url, maxRetries: 1 }, gate).ask(question());
    await expect.poll(() => records.map((record) => record.httpStatus)).toEqual([500, 200]);
    expect(provider.requests.length).toBe(2);
  });

  it('a stream that is broken off is metered by what came', async () => {
    const slow = await startProvider({ chunkDelayMs: 15, wordsPerChunk: 1 });
    const gate = createGate(quiet);
    const records = recorded(gate);
    const client = stack.make({ url: slow.url }, gate);
    await client.stream(question(), { stop: true });
    await expect.poll(() => records.length, { timeout: 8000 }).toBe(1);
    await slow.requests[0]?.done;
    // Some stacks read a stream that was broken off to its end by themselves, with and without the gate.
    expect(records[0]?.outcome).toBe(slow.requests[0]?.aborted ? 'cancelled' : 'complete');
    expect(records[0]?.costNanoUsd).toBeGreaterThan(0);
    await slow.close();
  });

  it('is denied once, with an error that can be told', async () => {
    const gate = createGate({ ...quiet, budgets: [{ name: 'tiny', limit: 1, per: 'total' }] });
    const records = recorded(gate);
    const client = stack.make({ url: provider.url, maxRetries: 2 }, gate);
    const error: unknown = await client.ask(question()).catch((thrown: unknown) => thrown);
    expect(isBudgetExceeded(error)).toBe(true);
    // Before it says no, the gate may ask a provider what the prompt comes to; that costs nothing.
    expect(provider.requests.filter(({ path }) => !path.endsWith('/count_tokens'))).toEqual([]);
    expect(provider.billed).toEqual([]);
    expect(records.map((record) => record.outcome)).toEqual(['denied']);
  });

  it.each(stack.takesHeaders ? ['options', 'run'] : ['run'])(
    'per-call options reach the gate by gate.%s, and nothing of them the provider',
    async (door) => {
      const gate = createGate(quiet);
      const records = recorded(gate);
      const client = stack.make({ url: provider.url }, gate);
      const tags = { tenant: 'acme', feature: 'поиск' };
      const asking = door === 'options' ? gate.options({ tags }) : {};
      const around = door === 'run' ? { tags } : {};
      await gate.run(around, () => client.ask(question(), asking));
      await gate.run(around, () => client.stream(question(), asking));
      await expect.poll(() => records.map((record) => record.tags)).toEqual([tags, tags]);
      expect(ownHeaders()).toEqual([]);
    },
  );

  describe.each(stack.takesHeaders ? ['the request', 'the client'] : ['the client'])(
    'in the headers of %s',
    (place) => {
      const foreign = createGate(quiet).options({ tags: { tenant: 'evil' } }).headers['x-farthing'] ?? '';
      it.each([
        ['a foreign', async () => foreign],
        ['a stale', staleToken],
        [
          'a tampered',
          async (gate: Gate) => tampered(gate.options({ tags: { tenant: 'good' } }).headers['x-farthing']),
        ],
        ['a made-up', async () => 'tenant=evil'],
      ])('%s token does nothing', async (_kind, tokenOf) => {
        const warnings: string[] = [];
        const gate = createGate({ ...quiet, onWarning: ({ code }) => warnings.push(code) });
        const records = recorded(gate);
        const headers = { 'x-farthing': await tokenOf(gate), 'x-farthing-tenant': 'evil' };
        const asking: Asking = place === 'the request' ? { headers } : {};
        const client = stack.make(
          { url: provider.url, ...(place === 'the client' && { defaultHeaders: headers }) },
          gate,
        );
        await client.ask(question(), asking);
        await expect.poll(() => records.map((record) => record.tags)).toEqual([{}]);
        expect(warnings).toContain('foreign_options');
        expect(ownHeaders()).toEqual([]);
      });
    },
  );
});

/** A token of a gate that is closed: an earlier process, in effect. */
async function staleToken(): Promise<string> {
  const closed = createGate({ onWarning: () => {} });
  const token = closed.options({ tags: { tenant: 'evil' } }).headers['x-farthing'] ?? '';
  await closed.close();
  return token;
}

/** The gate's own signature under other options. */
function tampered(token = ''): string {
  const [payload = '', signature = ''] = token.split('.');
  const changed = Buffer.from(payload, 'base64url').toString().replace('good', 'evil');
  return `${Buffer.from(changed).toString('base64url')}.${signature}`;
}
