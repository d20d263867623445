import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate, createMemoryLedger, type GateOptions, type Ledger, usd } from 'farthing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { outcome } from './behaviour.js';
import { features } from './features.js';
import type { Stack } from './stack.js';
import { stacks } from './stacks.js';

// No option takes another store yet, so the one in memory is taken down where a test says so.
const store = vi.hoisted(() => ({ down: false }));
vi.mock('../../packages/farthing/src/cache/store.js', async (original) => {
  const { createMemoryStore } = await original<typeof import('../../packages/farthing/src/cache/store.js')>();
  const fails = (): Promise<never> => Promise.reject(new Error('the store is down'));
  return {
    createMemoryStore: (...options: Parameters<typeof createMemoryStore>) =>
      store.down ? { get: fails, set: fails, remove: fails } : createMemoryStore(...options),
  };
});

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
  store.down = false;
});
afterEach(() => vi.restoreAllMocks());

const secret = 'sk-secret-of-the-application';
const prompt = 'My patient Mrs Novak asks about her rear light.';
const brokenLedger: Ledger = { ...createMemoryLedger(), reserve: () => Promise.reject(new Error('disk full')) };
const budgets: GateOptions['budgets'] = [{ name: 'all', limit: usd('1'), per: 'total' }];

describe.each(stacks.map((stack): [string, Stack] => [stack.name, stack]))('%s', (_, stack) => {
  const through = (options: GateOptions) => {
    const warnings: string[] = [];
    const gate = createGate({ ...options, onWarning: ({ code }) => warnings.push(code) });
    const records: CallRecord[] = [];
    gate.on('call', (record) => records.push(record));
    return { client: stack.make({ url: provider.url }, gate), records, warnings };
  };
  const bare = () => stack.make({ url: provider.url }, undefined);

  it('22 a cache that is down costs a hit, never a call', async () => {
    store.down = true;
    const { client, records, warnings } = through({ cache: true });
    const expected = await bare().ask(prompt);
    provider.reset();
    expect(await client.ask(prompt)).toBe(expected);
    expect(await client.ask(prompt)).toBe(expected);
    expect(await client.stream(prompt)).not.toEqual([]);
    expect(provider.requests.length).toBe(3);
    await expect.poll(() => records.map((record) => record.outcome)).toEqual(Array(3).fill('complete'));
    expect(warnings).toContain('cache_error');
  });

  it('22 a ledger that is down denies', async () => {
    const { client, records } = through({ ledger: brokenLedger, budgets });
    expect(await outcome(client.ask(prompt))).toHaveProperty('error');
    expect(provider.requests).toEqual([]);
    expect(records).toMatchObject([{ outcome: 'denied', denial: { code: 'ledger_unavailable' } }]);
  });

  it('22 a ledger that is down lets calls pass where that was asked for', async () => {
    const expected = await bare().ask(prompt);
    const { client, warnings } = through({ ledger: brokenLedger, budgets, onLedgerError: 'allow' });
    expect(await client.ask(prompt)).toBe(expected);
    expect(await client.stream(prompt)).not.toEqual([]);
    expect(warnings).toContain('ledger_error');
  });

  it('21 nothing with a prompt or a key is logged that the stack does not log by itself', async () => {
    const logged: string[] = [];
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, method).mockImplementation((...all) => void logged.push(all.map(String).join(' ')));
    const told = async (gate: ReturnType<typeof createGate> | undefined): Promise<readonly string[]> => {
      logged.length = 0;
      const client = stack.make({ url: provider.url, apiKey: secret, defaultHeaders: { 'x-farthing': secret } }, gate);
      await client.ask(prompt);
      await client.stream(prompt);
      for (const fault of [
        { kind: 'status', status: 500 },
        { kind: 'truncate', afterBytes: 60 },
      ] as const) {
        provider.fault(fault);
        await outcome(client.ask(`${prompt} ${fault.kind}`));
      }
      return logged.filter((line) => /Novak|sk-secret/.test(line));
    };
    const byItself = (await told(undefined)).length;
    store.down = true;
    const { onUnmetered: _, prices: __, recordText: ___, ...on } = features.on;
    expect((await told(createGate({ ...on, ledger: brokenLedger, onLedgerError: 'allow' }))).length).toBe(byItself);
    for (const code of ['foreign_options', 'cache_error', 'ledger_error'])
      expect(logged.join('\n')).toContain(`[farthing] ${code}`);
  });
});
