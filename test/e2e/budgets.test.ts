import { gzipSync } from 'node:zlib';
import { startProvider } from '@farthing/testkit';
import { createMemoryLedger, denialOf, type ExhaustionAction, type Ledger, usd } from 'farthing';
import { describe, expect, it, vi } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const send = async (
  gate: ReturnType<typeof watchedGate>['gate'],
  body: object = {},
  options: Parameters<typeof gate.options>[0] = {},
): Promise<{ status: number; json: { error?: { code: string; message: string } } }> => {
  const response = await gate.fetch(...chat(shared.provider.openaiBaseURL, body, gate.options(options).headers));
  const json = JSON.parse(await response.text());
  return { status: response.status, json };
};
const sentMaxTokens = (): unknown => shared.provider.requests.at(-1)?.json?.['max_tokens'];

describe('a hard budget', () => {
  it('denies before anything goes out, in words that help', async () => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'day', limit: usd('0.00001'), per: 'day' }] });
    const { status, json } = await send(gate);
    expect(status).toBe(402);
    expect(json.error?.message).toMatch(
      /^This call can cost up to \$0\.0000\d+; budget 'day' has \$0\.00001 left of \$0\.00001\. Lower max_tokens, raise the limit, or wait/,
    );
    expect(denialOf({ status: 402, ...json })?.code).toBe('budget_exceeded');
    expect(shared.provider.requests).toEqual([]);
    expect(records).toMatchObject([
      { outcome: 'denied', costNanoUsd: 0, budgets: [{ budget: 'day', action: 'denied' }] },
    ]);
  });

  it('is kept apart by tag; what lacks the tag shares one, or is denied', async () => {
    const { gate } = watchedGate({ budgets: [{ name: 'tenant', limit: usd('0.00004'), per: 'day', by: 'tenant' }] });
    expect((await send(gate, {}, { tags: { tenant: 'a' } })).status).toBe(200);
    expect((await send(gate, { seed: 1 }, { tags: { tenant: 'a' } })).status).toBe(402);
    expect((await send(gate, {}, { tags: { tenant: 'b' } })).status).toBe(200);
    expect((await send(gate)).status).toBe(200);
    expect((await send(gate, { seed: 1 })).status).toBe(402);
    expect((await gate.balance('tenant', 'a')).spentNanoUsd).toBeGreaterThan(0);
    const strict = watchedGate({
      budgets: [{ name: 'tenant', limit: usd('1'), per: 'day', by: 'tenant', untagged: 'deny' }],
    });
    expect((await send(strict.gate)).json.error?.message).toMatch(/insists on the tag 'tenant'/);
  });

  it('counts only what `where` names', async () => {
    const { gate } = watchedGate({ budgets: [{ name: 'search', limit: 1, per: 'day', where: { feature: 'search' } }] });
    expect((await send(gate, {}, { tags: { feature: 'chat' } })).status).toBe(200);
    expect((await send(gate, {}, { tags: { feature: 'search' } })).status).toBe(402);
  });

  it('begins anew with its window', async () => {
    let now = Date.UTC(2026, 0, 1, 22);
    const { gate } = watchedGate({
      now: () => now,
      budgets: [{ name: 'day', limit: usd('0.00004'), per: 'day', timeZone: 'Europe/Berlin' }],
    });
    expect((await send(gate)).status).toBe(200);
    expect((await send(gate)).status).toBe(402);
    now += 3_600_000; // midnight in Berlin
    expect((await send(gate)).status).toBe(200);
  });

  it('denies what it can’t bound, unless it grants an allowance; the excess is debt', async () => {
    const tools = [{ type: 'web_search' }];
    const strict = watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'day' }] });
    expect((await send(strict.gate, { tools })).json.error?.message).toMatch(
      /not bounded by its request \(hosted tool web_search\).*`allowance`/,
    );
    const { gate } = watchedGate({
      budgets: [{ name: 'all', limit: usd('0.001'), per: 'day', allowance: usd('0.0005') }],
    });
    shared.provider.script({ usage: { prompt_tokens: 20_000, completion_tokens: 10, total_tokens: 20_010 } });
    expect((await send(gate, { tools })).status).toBe(200);
    expect(await gate.balance('all')).toMatchObject({ spentNanoUsd: 2_004_000, remainingNanoUsd: -1_004_000 });
  });

  it('holds a long call by its bytes where there is plenty of room, and closer where there is not', async () => {
    const held = async (limit: string): Promise<readonly (number | undefined)[]> => {
      const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: usd(limit), per: 'day' }] });
      for (const seed of [1, 2]) {
        const messages = [{ role: 'user', content: `${seed} ${'my front brake squeals '.repeat(400)}` }];
        expect((await send(gate, { messages })).status).toBe(200);
      }
      return records.map((record) => record.budgets[0]?.heldNanoUsd);
    };
    const [first = 0, closer = 0] = await held('0.002');
    const [unheard, coarse = 0] = await held('2');
    expect(closer).toBe(first);
    expect(unheard).toBe(first); // nothing was known of the account yet
    expect(coarse).toBeGreaterThan(2 * first);
  });

  it('carries what it let pass beyond its limit into the next window', async () => {
    let now = Date.UTC(2026, 0, 1, 12);
    const { gate } = watchedGate({
      now: () => now,
      budgets: [{ name: 'hour', limit: usd('0.00001'), per: 'hour', onExhausted: 'allow' }],
    });
    shared.provider.script({ usage: { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 } });
    expect((await send(gate)).status).toBe(200);
    now += 3_600_000;
    expect(await gate.balance('hour')).toMatchObject({ debtNanoUsd: 104_000 - 10_000 });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('mine'))],
    ['answers nonsense', () => 'yes' as ExhaustionAction],
  ])('denies where its callback %s, whatever happens while the ledger fails', async (_, onExhausted) => {
    const { gate, warnings } = watchedGate({
      onLedgerError: 'allow',
      budgets: [{ name: 'all', limit: 1, per: 'total', onExhausted }],
    });
    expect((await send(gate)).json.error?.code).toBe('budget_exceeded');
    expect(warnings.join()).toMatch(/callback_error: `onExhausted` of budget 'all'/);
  });

  it.each([
    '/v1/chat/completions/',
    '/v1//chat/completions',
    '/v1/Chat/Completions',
    '/v1/chat/complet%69ons',
    '/v1/chat/completions?a=1',
  ])('sees %s', async (path) => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: 1, per: 'total' }] });
    const [, init] = chat(shared.provider.openaiBaseURL);
    expect((await gate.fetch(`${shared.provider.url}${path}`, init)).status).toBe(402);
    expect(records).toMatchObject([{ denial: { code: 'budget_exceeded' } }]);
  });

  it.each([
    [
      'compressed',
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"model":"gpt-4.1-nano","messages":[]}') },
    ],
    ['in UTF-16', { body: Buffer.from('{"model":"gpt-4.1-nano","messages":[]}', 'utf16le') }],
    ['with numbers that only some parsers take', { body: '{"model":"gpt-4.1-nano","temperature":NaN}' }],
  ])('lets no body pass that is %s', async (_, init) => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    const url = `${shared.provider.openaiBaseURL}/chat/completions`;
    expect((await gate.fetch(url, { method: 'POST', ...init })).status).toBe(402);
    expect(records).toMatchObject([{ denial: { code: 'unmetered' } }]);
  });

  it('goes by the deployment in an Azure path, whatever the body says', async () => {
    const { gate, records } = watchedGate({
      fetch: async () => Response.json({}),
      aliases: { big: 'gpt-5-pro' },
      budgets: [{ name: 'all', limit: usd('0.01'), per: 'total' }],
    });
    const [, init] = chat('', { model: 'gpt-5-nano', max_tokens: 1000 });
    await gate.fetch('https://mine.openai.azure.com/openai/deployments/big/chat/completions?api-version=1', init);
    expect(records).toMatchObject([{ requestedModel: 'big', source: 'denied' }]);
  });

  it('denies a model without a known price, which otherwise passes as unknown', async () => {
    const body = { model: 'mystery-1' };
    expect(
      (await send(watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'day' }] }).gate, body)).json.error
        ?.message,
    ).toMatch(/price of model 'mystery-1' at 'openai' is not known.*`prices`.*`aliases`/);
    const { gate, records, warnings } = watchedGate();
    expect((await send(gate, body)).status).toBe(200);
    expect(records).toMatchObject([{ costNanoUsd: null, listCostNanoUsd: null }]);
    expect(gate.report().total).toMatchObject({ spentNanoUsd: 0, unknownCost: 1 });
    expect(warnings.join()).toMatch(/unknown_price/);
    const aliased = watchedGate({
      aliases: { 'mystery-1': 'gpt-4.1-nano' },
      budgets: [{ name: 'all', limit: usd('1'), per: 'day' }],
    });
    expect((await send(aliased.gate, body)).status).toBe(200);
  });
});

describe('what a used-up budget does', () => {
  it('clamps max_tokens to what is left, and never caches what it cut', async () => {
    const { gate, records } = watchedGate({
      cache: true,
      budgets: [{ name: 'all', limit: usd('0.00002'), per: 'total', onExhausted: 'clamp' }],
    });
    expect((await send(gate, { max_tokens: 1000 })).status).toBe(200);
    expect(sentMaxTokens()).toBeGreaterThanOrEqual(16);
    expect(sentMaxTokens()).toBeLessThan(60);
    expect(records[0]?.budgets[0]?.action).toBe('clamped');
    expect(records[0]?.finishReasons).toEqual(['length']);
    expect(records[0]?.cache.map((fact) => fact.outcome)).toEqual(['miss']);
    expect((await gate.balance('all')).remainingNanoUsd).toBeGreaterThanOrEqual(0);
  });

  it('denies below the floor', async () => {
    const { gate } = watchedGate({
      budgets: [{ name: 'all', limit: usd('0.00003'), per: 'total', onExhausted: 'clamp', floorTokens: 500 }],
    });
    expect((await send(gate, { max_tokens: 1000 })).status).toBe(402);
  });

  it('asks a callback, which may let a call pass', async () => {
    const asked: unknown[] = [];
    const { gate } = watchedGate({
      budgets: [
        {
          name: 'all',
          limit: 1,
          per: 'total',
          onExhausted: async (exhaustion): Promise<ExhaustionAction> => {
            asked.push(exhaustion);
            return 'allow';
          },
        },
      ],
    });
    expect((await send(gate, {}, { tags: { tenant: 'a' } })).status).toBe(200);
    expect(asked).toMatchObject([
      { budget: 'all', account: 'all', remainingNanoUsd: 1, tags: { tenant: 'a' }, model: 'gpt-4.1-nano' },
    ]);
    expect((await gate.balance('all')).remainingNanoUsd).toBeLessThan(0);
  });

  it('only counts and alerts when it is soft', async () => {
    const { gate } = watchedGate({
      budgets: [{ name: 'soft', limit: 1000, per: 'total', hard: false, alerts: [0.5, 1] }],
    });
    const alerts: unknown[] = [];
    gate.on('alert', (alert) => alerts.push(alert));
    await send(gate);
    await send(gate, { seed: 1 });
    expect(alerts).toMatchObject([{ budget: 'soft', share: 1, limitNanoUsd: 1000 }]);
  });

  it('touches nothing in observe mode, and says what it would have done', async () => {
    const { gate, records } = watchedGate({
      mode: 'observe',
      cache: true,
      budgets: [{ name: 'all', limit: 1, per: 'total' }],
    });
    expect((await send(gate)).status).toBe(200);
    expect((await send(gate)).status).toBe(200);
    expect(shared.provider.requests.length).toBe(2);
    expect(records.map((record) => record.budgets[0]?.action)).toEqual(['would_deny', 'would_deny']);
    expect(records[1]?.cache[0]?.outcome).toBe('would_hit');
  });
});

describe('maxCost', () => {
  it('is shared by retries and by all that a run calls', async () => {
    const { gate, records } = watchedGate();
    const { headers } = gate.options({ maxCost: usd('0.00004') });
    const again = (): Promise<Response> => gate.fetch(...chat(shared.provider.openaiBaseURL, {}, headers));
    expect((await again()).status).toBe(200);
    expect((await again()).status).toBe(200);
    await gate.run({ maxCost: usd('0.00004') }, async () => {
      expect((await gate.fetch(...chat(shared.provider.openaiBaseURL, { max_tokens: 30 }))).status).toBe(200);
      const wider = gate.options({ maxCost: usd('5') }).headers;
      await gate.fetch(...chat(shared.provider.openaiBaseURL, { max_tokens: 5000 }, wider));
    });
    // The inner, wider cap does not lift the outer one.
    expect(records.at(-1)?.budgets.some((decision) => decision.action !== 'allowed')).toBe(true);
    expect(
      records
        .filter((record) => record.outcome === 'complete')
        .reduce((sum, record) => sum + (record.costNanoUsd ?? 0), 0),
    ).toBeLessThanOrEqual(2 * 40_000);
  });
});

describe('holds', () => {
  it('are released when the call never went out or was refused, and assumed when nobody knows', async () => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    const gone = await startProvider();
    await gone.close();
    await gate.fetch(...chat(gone.openaiBaseURL)).catch(() => {});
    shared.provider.fault({ kind: 'status', status: 500 });
    await send(gate).catch(() => {});
    expect(await gate.balance('all')).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
    shared.provider.fault({ kind: 'hang' });
    const [url, init] = chat(shared.provider.openaiBaseURL);
    await gate.fetch(url, { ...init, signal: AbortSignal.timeout(50) }).catch(() => {});
    expect(records.at(-1)).toMatchObject({ outcome: 'cancelled', costBasis: 'assumed' });
    expect(await gate.balance('all')).toMatchObject({ spentNanoUsd: records.at(-1)?.costNanoUsd, heldNanoUsd: 0 });
  });

  it('end when a stream is broken off: its input and what was seen are billed', async () => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    shared.provider.fault({ kind: 'drip', delayMs: 1 });
    const response = await gate.fetch(...chat(shared.provider.openaiBaseURL, { stream: true, max_tokens: 5000 }));
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await gate.idle();
    expect(records).toMatchObject([{ outcome: 'cancelled', costBasis: 'estimated' }]);
    expect(records[0]?.costNanoUsd).toBeLessThan(records[0]?.budgets[0]?.heldNanoUsd ?? 0);
    expect(await gate.balance('all')).toMatchObject({ spentNanoUsd: records[0]?.costNanoUsd, heldNanoUsd: 0 });
  });

  it('bill own prices, under whatever name the model is served', async () => {
    const { gate, records } = watchedGate({ prices: { 'gpt-4.1-nano': { input: '1000', output: '1000' } } });
    shared.provider.script({
      body: JSON.stringify({
        model: 'gpt-4.1-nano-2025-04-14',
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'x' } }],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      }),
    });
    await send(gate);
    expect(records[0]?.costNanoUsd).toBe(15 * 1_000_000);
  });

  it('end when their call was aborted before it went out', async () => {
    const controller = new AbortController();
    const memory = createMemoryLedger();
    const { gate, records } = watchedGate({
      budgets: [{ name: 'all', limit: usd('1'), per: 'total' }],
      ledger: {
        ...memory,
        reserve: async (request) => {
          const result = await memory.reserve(request);
          controller.abort(new Error('gone'));
          return result;
        },
      },
    });
    const [url, init] = chat(shared.provider.openaiBaseURL);
    await expect(gate.fetch(url, { ...init, signal: controller.signal })).rejects.toThrow('gone');
    expect(shared.provider.requests).toEqual([]);
    expect(records).toMatchObject([{ costNanoUsd: 0, outcome: 'cancelled' }]);
    expect(await gate.balance('all')).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
  });

  it('end when a stream is aborted that nobody reads', async () => {
    const controller = new AbortController();
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    shared.provider.fault({ kind: 'hang', afterBytes: 300 });
    const [url, init] = chat(shared.provider.openaiBaseURL, { stream: true });
    await gate.fetch(url, { ...init, signal: controller.signal });
    controller.abort();
    await gate.idle();
    expect(records).toMatchObject([{ outcome: 'cancelled' }]);
    expect(await gate.balance('all')).toMatchObject({ heldNanoUsd: 0 });
  });

  it('are billed for what had come, not for what was looked at', async () => {
    const events = Array.from({ length: 200 }, () => `data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n`);
    const { gate, records } = watchedGate({
      fetch: async () =>
        new Response(ReadableStream.from(events.map((event) => new TextEncoder().encode(event))) as ReadableStream, {
          headers: { 'content-type': 'text/event-stream' },
        }),
    });
    const [, init] = chat('', { stream: true });
    const response = await gate.fetch('https://api.openai.com/v1/chat/completions', init);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await gate.idle();
    expect(records[0]?.usage?.outputTokens).toBeGreaterThanOrEqual(200);
  });

  it('bill the tier that was served, not the one that was asked for', async () => {
    const { gate, records } = watchedGate();
    shared.provider.script({ serviceTier: 'default' }, { serviceTier: 'priority' });
    await send(gate, { service_tier: 'priority' });
    await send(gate, { service_tier: 'priority' });
    expect((records[1]?.costNanoUsd ?? 0) / (records[0]?.costNanoUsd ?? 1)).toBeCloseTo(2, 1);
  });
});

describe('a project that serves calls at priority', () => {
  it('is warned about, and held at what it costs where it is told', async () => {
    const budgets = [{ name: 'all', limit: usd('1'), per: 'total' }] as const;
    const unaware = watchedGate({ budgets });
    shared.provider.script({ serviceTier: 'priority', times: 2 });
    await send(unaware.gate);
    expect(unaware.warnings.join()).toMatch(/dearer_tier: Calls to 'openai' that name no service tier/);
    const aware = watchedGate({ budgets, unaskedServiceTier: 'priority' });
    await send(aware.gate);
    expect(aware.warnings.join()).not.toContain('dearer_tier');
    const held = [unaware, aware].map(({ records }) => records[0]?.budgets[0]?.heldNanoUsd ?? 0);
    expect((held[1] ?? 0) / (held[0] ?? 1)).toBeCloseTo(2, 1);
  });
});

describe('a ledger that fails', () => {
  const broken: Ledger = { ...createMemoryLedger(), reserve: () => Promise.reject(new Error('disk full')) };
  const budgets = [{ name: 'all', limit: usd('1'), per: 'total' }] as const;

  it('denies, unless it was told to let calls pass', async () => {
    const strict = watchedGate({ ledger: broken, budgets });
    expect((await send(strict.gate)).json.error?.code).toBe('ledger_unavailable');
    expect(strict.warnings.join()).toMatch(/ledger_error: The ledger failed: disk full/);
    expect((await send(watchedGate({ ledger: broken, budgets, onLedgerError: 'allow' }).gate)).status).toBe(200);
  });
});

describe('a ledger that fails once', () => {
  it('gets a failed settlement again, until it takes it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const memory = createMemoryLedger();
    let failures = 1;
    const { gate } = watchedGate({
      budgets: [{ name: 'all', limit: usd('1'), per: 'total' }],
      ledger: {
        ...memory,
        settle: (...all) => (failures-- > 0 ? Promise.reject(new Error('disk full')) : memory.settle(...all)),
      },
    });
    await send(gate);
    expect((await gate.balance('all')).heldNanoUsd).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    const { heldNanoUsd, spentNanoUsd } = await gate.balance('all');
    expect([heldNanoUsd, spentNanoUsd > 0]).toEqual([0, true]);
  });
});

describe('observing', () => {
  it('touches neither envelopes nor what is sent', async () => {
    const { gate, records } = watchedGate({ mode: 'observe' });
    const body =
      '{"model":"gpt-4.1-nano","seed":9007199254740993,"stream":true,"messages":[{"role":"user","content":"Hi"}]}';
    const headers = { authorization: 'Bearer sk', ...gate.options({ maxCost: 1 }).headers };
    const response = await gate.fetch(`${shared.provider.openaiBaseURL}/chat/completions`, {
      method: 'POST',
      headers,
      body,
    });
    expect(response.status).toBe(200);
    await response.text();
    await gate.idle();
    expect(shared.provider.requests.map((request) => request.body.toString())).toEqual([body]);
    expect(records).toMatchObject([{ costBasis: 'estimated', budgets: [{ budget: 'maxCost', action: 'would_deny' }] }]);
  });

  it('is not needed for a number to keep its digits', async () => {
    const { gate } = watchedGate();
    const body =
      '{"model":"gpt-4.1-nano","seed":9007199254740993,"stream":true,"messages":[{"role":"user","content":"Hi"}]}';
    await gate.fetch(`${shared.provider.openaiBaseURL}/chat/completions`, { method: 'POST', body });
    expect(shared.provider.requests[0]?.body.toString()).toBe(
      `{"stream_options":{"include_usage":true},${body.slice(1)}`,
    );
  });
});

describe('changing limits and stopping', () => {
  it('takes new limits at once, and what was spent stays spent', async () => {
    const { gate } = watchedGate({ budgets: [{ name: 'all', limit: 1, per: 'total' }] });
    expect((await send(gate)).status).toBe(402);
    gate.update({ budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
    expect((await send(gate)).status).toBe(200);
    expect(() => gate.update({ budgets: [{ name: 'all', limit: 0.5, per: 'total' }] })).toThrow(
      /gate\.update: expected `budgets\[0\]\.limit`/,
    );
  });

  it('stops a scope, from the cache too, until it is let through again', async () => {
    const { gate } = watchedGate({ cache: true });
    await send(gate, {}, { tags: { tenant: 'a' } });
    const resume = gate.stop({ tags: { tenant: 'a' } });
    expect((await send(gate, {}, { tags: { tenant: 'a' } })).json.error?.code).toBe('stopped');
    expect((await send(gate, {}, { tags: { tenant: 'b' } })).status).toBe(200);
    resume();
    expect((await send(gate, {}, { tags: { tenant: 'a' } })).status).toBe(200);
    expect(() => gate.stop({} as 'all')).toThrow(/gate\.stop: expected `tags` to be an object of strings/);
    expect(() => gate.stop({ tags: {} })).toThrow(/gate\.stop: expected `tags` to be an object with at least one tag/);
  });
});

describe('spend that can’t be metered', () => {
  const image = (): [string, RequestInit] => [
    `${shared.provider.openaiBaseURL}/images/generations`,
    { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"prompt":"a bicycle"}' },
  ];

  it('is recorded as unknown, and denied under a hard budget unless that is what was asked for', async () => {
    const free = watchedGate();
    expect((await free.gate.fetch(...image())).status).toBe(200);
    expect(free.records).toMatchObject([{ dialect: 'unmetered', costNanoUsd: null, source: 'passthrough' }]);
    const budgets = [{ name: 'all', limit: usd('1'), per: 'total' }] as const;
    const strict = watchedGate({ budgets });
    expect((await strict.gate.fetch(...image())).status).toBe(402);
    expect(strict.records).toMatchObject([{ denial: { code: 'unmetered' } }]);
    expect((await watchedGate({ budgets, onUnmetered: 'record' }).gate.fetch(...image())).status).toBe(200);
    expect((await watchedGate({ onUnmetered: 'deny' }).gate.fetch(...image())).status).toBe(402);
  });

  it('does not mean files, lists and other requests that cost nothing', async () => {
    const { gate, records } = watchedGate({ budgets: [{ name: 'all', limit: 1, per: 'total' }] });
    expect((await gate.fetch(`${shared.provider.openaiBaseURL}/models`)).status).toBe(200);
    expect(records).toEqual([]);
  });
});

describe('count_tokens', () => {
  it('is asked where an estimate would deny, and lets the call pass', async () => {
    const body = {
      model: 'claude-haiku-4-5',
      max_tokens: 20,
      messages: [{ role: 'user', content: 'My chain slips. '.repeat(60) }],
    };
    const init = {
      method: 'POST',
      headers: { 'x-api-key': 'sk-ant', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const budgets = [{ name: 'all', limit: usd('0.00055'), per: 'total' }] as const;
    const without = watchedGate({ budgets });
    expect((await without.gate.fetch(`${shared.provider.url}/v1/messages`, init)).status).toBe(402);
    const counting = watchedGate({ budgets, countTokens: true });
    expect((await counting.gate.fetch(`${shared.provider.url}/v1/messages`, init)).status).toBe(200);
    expect(shared.provider.requests.map((request) => request.path)).toEqual([
      '/v1/messages/count_tokens',
      '/v1/messages',
    ]);
  });
});
