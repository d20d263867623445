import { startProvider } from '@farthing/testkit';
import { denialOf, type GateOptions, type RouteOptions, type TargetOptions, usd } from 'farthing';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
let other: Awaited<ReturnType<typeof startProvider>>;
beforeAll(async () => {
  other = await startProvider();
});
afterAll(() => other.close());
beforeEach(() => other.reset());

const messages = [{ role: 'user' as const, content: 'The chain slips.' }];

function routed(
  targets: readonly (string | TargetOptions)[],
  more: Partial<RouteOptions> = {},
  options: GateOptions = {},
  maxRetries = 0,
) {
  const { gate, records, warnings } = watchedGate({
    routes: { 'gpt-5': { targets, targetStrongShare: 0, ...more } },
    ...options,
  });
  const openai = gate.wrap(new OpenAI({ apiKey: 'sk-caller', baseURL: shared.provider.openaiBaseURL, maxRetries }));
  return {
    gate,
    records,
    warnings,
    openai,
    ask: (body: object = {}) => openai.chat.completions.create({ model: 'gpt-5', messages, ...body, stream: false }),
  };
}
const asked = (provider = shared.provider): unknown[] => provider.requests.map(({ json }) => json?.['model']);
const pair = ['gpt-5-nano', 'gpt-5'];
const when = (model: string) => ({ when: ({ json }: { json: Record<string, unknown> }) => json['model'] === model });

describe('a target that is down', () => {
  it.each([
    ['503', { kind: 'status', status: 503 } as const, 503],
    ['429', { kind: 'status', status: 429 } as const, 429],
    ['a reset', { kind: 'reset' } as const, 'network'],
  ])('%s: the next one answers, once', async (_, fault, status) => {
    const { ask, records } = routed(pair);
    shared.provider.fault(fault);
    expect((await ask()).model).toBe('gpt-5');
    expect(asked()).toEqual(pair);
    expect(records).toMatchObject([
      {
        outcome: 'complete',
        servedModel: 'gpt-5',
        route: { chosen: 'gpt-5-nano', target: 'gpt-5', failed: [{ target: 'gpt-5-nano', status }] },
        legs: [{ requestedModel: 'gpt-5-nano' }, { requestedModel: 'gpt-5' }],
      },
    ]);
  });

  it('is passed by when it hangs longer than it may, and the last one is waited for', async () => {
    const { ask, records } = routed([
      { model: 'gpt-5-nano', timeoutMs: 50 },
      { model: 'gpt-5', timeoutMs: 1 },
    ]);
    shared.provider.fault({ kind: 'hang', ...when('gpt-5-nano') });
    expect((await ask()).model).toBe('gpt-5');
    expect(records[0]?.route?.failed).toMatchObject([{ target: 'gpt-5-nano', status: 'timeout' }]);
    await Promise.all(shared.provider.requests.map(({ done }) => done));
    expect(shared.provider.requests.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('is passed by where its key hangs, and is not blamed for a wait in a lane', async () => {
    const hung = routed([
      { model: 'local', baseURL: other.openaiBaseURL, apiKey: () => new Promise(() => {}), timeoutMs: 30 },
      'gpt-5',
    ]);
    expect((await hung.ask()).model).toBe('gpt-5');
    const slow = routed(
      [{ model: 'gpt-5-nano', timeoutMs: 2000 }, 'gpt-5'],
      {},
      { lanes: { limit: { start: 1, min: 1, max: 1 } } },
    );
    shared.provider.reset();
    const given = await Promise.all(Array.from({ length: 6 }, () => slow.ask()));
    expect(given.map(({ model }) => model)).toEqual(Array(6).fill('gpt-5-nano'));
  });

  it('each leg has its own hold, and none is left over', async () => {
    const { ask, gate } = routed(pair, {}, { budgets: [{ name: 'day', limit: usd('5'), per: 'day' }] });
    shared.provider.fault({ kind: 'status', status: 500 });
    await ask({ max_completion_tokens: 100 });
    await gate.idle();
    const balance = await gate.balance('day');
    expect(balance.heldNanoUsd).toBe(0);
    expect(balance.spentNanoUsd).toBe(gate.report().total.spentNanoUsd);
  });

  it('also before a stream; once a byte has gone out, no more', async () => {
    const { openai, gate, records } = routed(pair);
    const read = async (): Promise<string> => {
      let model = '';
      for await (const chunk of await openai.chat.completions.create({ model: 'gpt-5', messages, stream: true }))
        model = chunk.model;
      return model;
    };
    shared.provider.fault({ kind: 'status', status: 500 });
    expect(await read()).toBe('gpt-5');
    shared.provider.fault({ kind: 'reset', afterBytes: 300 });
    await expect(read()).rejects.toThrow();
    await gate.idle();
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5', 'gpt-5-nano']);
    expect(records[1]).toMatchObject({ outcome: 'failed', route: { target: 'gpt-5-nano', failed: [] } });
  });

  it('a stronger one falls back to a weaker one, unless that is not wanted', async () => {
    for (const fallback of ['any', 'stronger', 'none'] as const) {
      const { ask } = routed(['gpt-5-nano', 'gpt-5-mini', 'gpt-5'], { targetStrongShare: 1, fallback });
      shared.provider.reset();
      shared.provider.fault({ kind: 'status', status: 500 });
      const answer = await ask().catch((error) => error);
      expect(asked()).toEqual(fallback === 'any' ? ['gpt-5', 'gpt-5-mini'] : ['gpt-5']);
      expect(answer.status).toBe(fallback === 'any' ? undefined : 500);
    }
  });

  it('where all are, the last answer is the caller’s, and the client’s tries are not multiplied', async () => {
    const { ask } = routed(pair, {}, {}, 2);
    shared.provider.fault({
      kind: 'status',
      status: 503,
      message: 'mine',
      headers: { 'x-mine': 'yes', 'retry-after-ms': '1' },
      times: 20,
    });
    const error = await ask().catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 503, message: '503 mine' });
    expect(error.headers.get('x-mine')).toBe('yes');
    expect(asked()).toHaveLength(4);
  });

  it('is left alone for as long as it asks', async () => {
    let now = Date.now();
    const { ask, records } = routed(pair, {}, { now: () => now });
    shared.provider.fault({ kind: 'status', status: 503, headers: { 'retry-after': '20' } });
    await ask();
    now += 19_000;
    await ask();
    now += 2000;
    await ask();
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5', 'gpt-5', 'gpt-5-nano']);
    expect(records[1]?.route?.failed).toMatchObject([{ target: 'gpt-5-nano', status: 'open' }]);
  });

  it('is left alone after five failures, and then tried by one call', async () => {
    let now = Date.now();
    const { ask } = routed(pair, {}, { now: () => now });
    shared.provider.fault({ kind: 'status', status: 500, times: 6, ...when('gpt-5-nano') });
    for (let index = 0; index < 7; index++) await ask();
    expect(asked().filter((model) => model === 'gpt-5-nano')).toHaveLength(5);
    now += 31_000;
    await Promise.all([ask(), ask(), ask()]);
    expect(asked().filter((model) => model === 'gpt-5-nano')).toHaveLength(6);
    now += 31_000;
    await ask();
    expect(asked().at(-1)).toBe('gpt-5-nano');
  });

  it('a limit of one account keeps no other account away', async () => {
    const { ask, gate } = routed(pair);
    const second = gate.wrap(
      new OpenAI({ apiKey: 'sk-second', baseURL: shared.provider.openaiBaseURL, maxRetries: 0 }),
    );
    shared.provider.fault({ kind: 'status', status: 429, headers: { 'retry-after': '60' } });
    await ask();
    await ask();
    await second.chat.completions.create({ model: 'gpt-5', messages });
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5', 'gpt-5', 'gpt-5-nano']);
  });

  it('a caller who leaves is followed by no other target', async () => {
    const { openai, gate, records } = routed(pair);
    const controller = new AbortController();
    shared.provider.fault({ kind: 'hang' });
    const work = openai.chat.completions.create({ model: 'gpt-5', messages }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(work).rejects.toThrow(/abort/i);
    await gate.idle();
    expect(asked()).toEqual(['gpt-5-nano']);
    expect(records[0]?.outcome).toBe('cancelled');
  });
});

describe('a target that refuses', () => {
  it('a model that is not there breaks no call: the strongest takes it, with a warning', async () => {
    const { ask, warnings } = routed(['no-such-model', 'gpt-5-mini', 'gpt-5']);
    expect((await ask()).model).toBe('gpt-5');
    expect(asked()).toEqual(['no-such-model', 'gpt-5']);
    expect(warnings.join()).toMatch(/target_refused: Target 'no-such-model' of route 'gpt-5' answered 404/);
  });

  it('a request that is wrong is told by the model that the caller meant', async () => {
    const { ask } = routed(['gpt-5-nano', 'gpt-5-mini', 'gpt-5']);
    await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400, message: /messages/ });
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5']);
  });
});

describe('another server', () => {
  const headersOf = (provider: typeof other) =>
    provider.requests.map(({ headers, path }) => [path, headers.authorization]);

  it('gets its own key and path, and the caller’s key only where it is the caller’s server', async () => {
    const baseURL = `${other.openaiBaseURL}/`;
    const keyed = routed([{ model: 'local', baseURL, apiKey: 'sk-own', price: { input: '0', output: '0' } }, 'gpt-5']);
    await keyed.ask();
    const bare = routed([{ model: 'local', baseURL }, 'gpt-5']);
    await bare.ask();
    expect(headersOf(other)).toEqual([
      ['/v1/chat/completions', 'Bearer sk-own'],
      ['/v1/chat/completions', undefined],
    ]);
    expect(JSON.stringify(other.requests.map(({ headers }) => headers))).not.toMatch(/sk-caller/);
    expect(keyed.records[0]).toMatchObject({ costNanoUsd: 0, savedBy: 'routed' });
    expect(keyed.records[0]?.savedNanoUsd).toBeGreaterThan(0);
  });

  it('is asked for its key when it is used, and passed by where there is none', async () => {
    let keys = 0;
    const apiKey = async (): Promise<string | undefined> => {
      keys++;
      return undefined;
    };
    const unused = routed(['gpt-5-nano', { model: 'local', baseURL: other.openaiBaseURL, apiKey }]);
    await unused.ask();
    expect(keys).toBe(0);
    const used = routed([{ model: 'local', baseURL: other.openaiBaseURL, apiKey }, 'gpt-5']);
    await used.ask();
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5']);
    expect(used.records[0]?.route?.failed).toMatchObject([{ target: 'local', status: 'no_key' }]);
    const alone = routed([{ model: 'local', baseURL: other.openaiBaseURL, apiKey }]);
    expect(denialOf(await alone.ask().catch((error) => error))?.code).toBe('no_target');
  });

  it('shares the load by weight, keeps a conversation, and takes over from one that vanishes', async () => {
    const doomed = await startProvider();
    const { ask, records } = routed([
      {
        model: 'local',
        baseURL: [{ url: doomed.openaiBaseURL, weight: 3 }, other.openaiBaseURL],
        price: { input: '0', output: '0' },
      },
      'gpt-5',
    ]);
    const question = (index: number): object => ({ messages: [{ role: 'user', content: `Question ${index}` }] });
    const went: boolean[] = [];
    for (let index = 0; index < 60; index++) {
      const before = doomed.requests.length;
      await ask(question(index));
      await ask(question(index));
      const fresh = doomed.requests.length - before;
      expect([0, 2]).toContain(fresh);
      went.push(fresh === 2);
    }
    const share = went.filter(Boolean).length / went.length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.97);
    await doomed.close();
    for (let index = 0; index < 20; index++) expect((await ask(question(index))).model).toBe('local');
    expect(records.at(-1)?.outcome).toBe('complete');
    expect(shared.provider.requests).toEqual([]);
  });

  it('has a fetch of its own', async () => {
    const hosts: string[] = [];
    const own: typeof fetch = (input, init) => {
      hosts.push(String(input));
      return fetch(input, init);
    };
    const { ask } = routed([{ model: 'local', baseURL: other.openaiBaseURL, fetch: own }, 'gpt-5']);
    await ask();
    expect(hosts).toEqual([`${other.openaiBaseURL}/chat/completions`]);
  });
});
