import Anthropic from '@anthropic-ai/sdk';
import { startProvider } from '@farthing/testkit';
import { createGate, denialOf, type GateOptions, isOverloaded, type Lane, type LaneReport, usd } from 'farthing';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const one = { min: 1, max: 1, start: 1 };

/** A fetch that holds each request back until it is let go. */
function heldFetch(): { readonly fetch: typeof fetch; readonly held: (() => void)[] } {
  const held: (() => void)[] = [];
  return {
    held,
    fetch: async (input, init) => {
      await new Promise<void>((resolve, reject) => {
        held.push(resolve);
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
      return fetch(input, init);
    },
  };
}

/** A gate with lanes whose requests are held back, and its client. */
function heldGate(options: GateOptions = {}) {
  const { fetch, held } = heldFetch();
  const watched = watchedGate({ fetch, lanes: { limit: one }, ...options });
  const { gate } = watched;
  // The client brings no fetch of its own, so that the gate's holds.
  const client = new OpenAI({
    apiKey: 'sk-1',
    baseURL: shared.provider.openaiBaseURL,
    maxRetries: 0,
    fetch: gate.fetch,
  });
  const ask = (content: string, lane?: Lane, more: object = {}) =>
    client.chat.completions.create(
      { model: 'gpt-4.1-nano', max_tokens: 20, messages: [{ role: 'user', content }] },
      gate.options(lane ? { lane } : {}, more),
    );
  const until = async (count: number): Promise<void> => {
    while (held.length < count) await nextTurn();
  };
  const queued = async (count: number): Promise<void> => {
    for (;;) {
      const { interactive, nearline, batch } = only(gate.report().lanes).queued;
      if (interactive + nearline + batch === count) return;
      await nextTurn();
    }
  };
  const release = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      await until(1);
      held.shift()?.();
      await nextTurn();
    }
  };
  return { ...watched, client, ask, held, until, queued, release };
}

function only(lanes: Readonly<Record<string, LaneReport>> | undefined): LaneReport {
  const [first] = Object.values(lanes ?? {});
  return first ?? expect.fail('expected a report of lanes, got none');
}

const sent = (): string[] =>
  shared.provider.requests.map(({ json }) => {
    const messages = (json?.['messages'] ?? []) as { content: string }[]; // as the tests send them
    return messages[0]?.content ?? '';
  });

describe('lanes', () => {
  it('send the most urgent first', async () => {
    const { ask, until, queued, release, records, gate } = heldGate();
    const all = [ask('first')];
    await until(1);
    for (const lane of ['batch', 'nearline', 'interactive'] as const) all.push(ask(lane, lane));
    await queued(3);
    await release(4);
    await Promise.all(all);
    expect(sent()).toEqual(['first', 'interactive', 'nearline', 'batch']);
    await gate.idle();
    expect(records.filter(({ queueMs }) => queueMs > 0).length).toBeGreaterThanOrEqual(3);
    expect(Object.keys(records[0]?.stageMs ?? {})).toContain('lane');
    expect(only(gate.report().lanes)).toMatchObject({
      limit: 1,
      inFlight: 0,
      sent: 4,
      waited: 3,
      denied: 0,
      refused: 0,
    });
  });

  it('let what has waited go before all that came later', async () => {
    const { ask, until, queued, release } = heldGate({ lanes: { limit: one, ageMs: 1 } });
    const all = [ask('first')];
    await until(1);
    all.push(ask('old', 'batch'));
    await queued(1);
    await nextTurn();
    for (let index = 0; index < 12; index++) all.push(ask(`new ${index}`));
    await queued(13);
    await release(14);
    await Promise.all(all);
    expect(sent().indexOf('old')).toBe(8);
  });

  it('let tenants take turns', async () => {
    const { until, queued, release, gate, client } = heldGate({ lanes: { limit: one, by: 'tenant' } });
    const ask = (tenant: string) =>
      client.chat.completions.create(
        { model: 'gpt-4.1-nano', messages: [{ role: 'user', content: tenant }] },
        gate.options({ tags: { tenant } }),
      );
    const all = [ask('first')];
    await until(1);
    for (const tenant of ['a', 'a', 'a', 'b']) all.push(ask(tenant));
    await queued(4);
    await release(5);
    await Promise.all(all);
    expect(sent()).toEqual(['first', 'a', 'b', 'a', 'a']);
  });

  it('take the lane of a rule where the call names none', async () => {
    const { gate, client, ask, until, queued, release } = heldGate({
      rules: [{ where: { job: 'nightly' }, lane: 'batch' }],
    });
    const all = [ask('first')];
    await until(1);
    all.push(
      client.chat.completions.create(
        { model: 'gpt-4.1-nano', messages: [{ role: 'user', content: 'nightly' }] },
        gate.options({ tags: { job: 'nightly' } }),
      ),
      ask('person'),
    );
    await queued(2);
    expect(only(gate.report().lanes).queued).toEqual({ interactive: 1, nearline: 0, batch: 1 });
    await release(3);
    await Promise.all(all);
    expect(sent()).toEqual(['first', 'person', 'nightly']);
  });

  it('keep models and keys apart, and name no key', async () => {
    const { gate } = watchedGate({ lanes: true });
    const url = shared.provider.openaiBaseURL;
    for (const [model, key] of [
      ['gpt-4.1-nano', 'sk-a'],
      ['gpt-4.1', 'sk-a'],
      ['gpt-4.1-nano', 'sk-b'],
      ['gpt-4.1-nano', 'sk-a'],
    ])
      await (await gate.fetch(...chat(url, { model }, { authorization: `Bearer ${key}` }))).text();
    await gate.idle();
    const lanes = gate.report().lanes ?? {};
    expect(
      Object.values(lanes)
        .map((each) => each.sent)
        .toSorted(),
    ).toEqual([1, 1, 2]);
    expect(Object.keys(lanes).join()).toMatch(/^openai\/gpt-4\.1-nano\/[\w-]{8},/);
    expect(Object.keys(lanes).join()).not.toContain('sk-');
  });

  it('let nothing wait while they observe', async () => {
    const { ask, until, release, gate } = heldGate({ lanes: { limit: one, mode: 'observe' } });
    const all = [ask('a'), ask('b'), ask('c')];
    await until(3);
    expect(only(gate.report().lanes)).toMatchObject({ inFlight: 3, limit: 1 });
    await release(3);
    await Promise.all(all);
  });

  it('are checked', () => {
    expect(() => createGate({ lanes: { limit: { min: 0 } } })).toThrow(
      /`lanes\.limit\.min` to be an integer of at least 1, got 0/,
    );
    // @ts-expect-error no such lane
    expect(() => createGate({ defaults: { lane: 'fast' } })).toThrow(/'interactive' or 'nearline' or 'batch'/);
  });
});

describe('a call that finds no slot', () => {
  it('is denied when its time is up, and at once where the lane is full; nothing is owed for either', async () => {
    const { ask, until, release, gate, records } = heldGate({
      lanes: { limit: one, maxQueued: 1, maxWaitMs: { interactive: 40 } },
      budgets: [{ name: 'day', limit: usd('1'), per: 'day' }],
    });
    const first = ask('first');
    await until(1);
    const held = (await gate.balance('day')).heldNanoUsd;
    const [late, full] = await Promise.allSettled([ask('late'), ask('full')]);
    for (const denied of [late, full]) {
      const reason = (denied as PromiseRejectedResult).reason;
      expect(isOverloaded(reason)).toBe(true);
      expect(reason.status).toBe(402);
    }
    expect(denialOf((full as PromiseRejectedResult).reason)?.message).toMatch(/full: 1 calls wait.*lanes\.maxQueued/);
    expect(denialOf((late as PromiseRejectedResult).reason)?.message).toMatch(/40 ms.*lanes\.maxWaitMs/);
    expect((await gate.balance('day')).heldNanoUsd).toBe(held);
    await release(1);
    await first;
    await gate.idle();
    const denials = records.filter(({ source }) => source === 'denied');
    expect(denials.map(({ denial, legs, costNanoUsd, outcome }) => [denial?.code, legs, costNanoUsd, outcome])).toEqual(
      [
        ['queue_full', [], 0, 'denied'],
        ['queue_full', [], 0, 'denied'],
      ],
    );
    expect(await gate.balance('day')).toMatchObject({
      heldNanoUsd: 0,
      spentNanoUsd: records.find(({ source }) => source === 'provider')?.costNanoUsd,
    });
    expect(sent()).toEqual(['first']);
    expect(only(gate.report().lanes)).toMatchObject({ denied: 2 });
  });

  it('is told so before its client gives up, where the client tells when that is', async () => {
    const { ask, until, release } = heldGate();
    const first = ask('first');
    await until(1);
    const error = await ask('hurried', 'batch', { timeout: 1000 }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isOverloaded(error)).toBe(true);
    await release(1);
    await first;
    expect(sent()).toEqual(['first']);
  });

  it('is recognised in the error of another client', async () => {
    const { fetch, held } = heldFetch();
    const gate = createGate({ fetch, lanes: { limit: one, maxQueued: 0 } });
    const client = new Anthropic({ apiKey: 'sk-1', baseURL: shared.provider.url, fetch: gate.fetch });
    const ask = () =>
      client.messages.create({
        model: 'claude-haiku-4-5',
        max_tokens: 10,
        messages: [{ role: 'user', content: 'Hello' }],
      });
    const first = ask();
    while (held.length === 0) await nextTurn();
    expect(isOverloaded(await ask().catch((reason: unknown) => reason))).toBe(true);
    held.shift()?.();
    await first;
  });
});

describe('a crowd of one tenant', () => {
  it('keeps no other out of a full lane: its last call goes', async () => {
    const { gate, client, until, queued, release } = heldGate({
      lanes: { limit: one, by: 'tenant', maxQueued: 3 },
    });
    const ask = (tenant: string, content: string) =>
      client.chat.completions.create(
        { model: 'gpt-4.1-nano', messages: [{ role: 'user', content }] },
        gate.options({ tags: { tenant } }),
      );
    const first = ask('many', 'first');
    await until(1);
    const crowd = [ask('many', 'a')];
    await queued(1);
    crowd.push(ask('many', 'b'));
    await queued(2);
    crowd.push(ask('many', 'c'));
    await queued(3);
    const ended = Promise.allSettled(crowd);
    expect(isOverloaded(await ask('many', 'd').catch((reason: unknown) => reason))).toBe(true);
    const other = ask('few', 'other');
    const outcomes = await Promise.race([ended, release(4).then(() => ended)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(isOverloaded((outcomes[2] as PromiseRejectedResult).reason)).toBe(true);
    await Promise.all([first, other]);
    expect(sent()).toEqual(['first', 'a', 'other', 'b']);
  });
});

describe('a target of a route whose lane has no room', () => {
  const routes = { 'gpt-5': { targets: ['gpt-5-nano', 'gpt-5'], targetStrongShare: 0 } };
  const ask = (client: OpenAI) =>
    client.chat.completions.create({ model: 'gpt-5', max_tokens: 20, messages: [{ role: 'user', content: 'Hello' }] });

  it('is passed by, as one that is down: the next one answers, and the record tells of no denial', async () => {
    const { gate, client, until, held, records } = heldGate({
      routes,
      lanes: { limit: one, maxQueued: 0 },
      budgets: [{ name: 'day', limit: usd('1'), per: 'day' }],
    });
    const first = ask(client);
    await until(1);
    const second = ask(client);
    await until(2);
    expect(isOverloaded(await ask(client).catch((reason: unknown) => reason))).toBe(true);
    for (const go of held.splice(0)) go();
    expect([(await first).model, (await second).model]).toEqual(['gpt-5-nano', 'gpt-5']);
    await gate.idle();
    const told = (source: string) => records.filter((record) => record.source === source);
    const failed = [{ target: 'gpt-5-nano', status: 'queue_full' }];
    expect(told('denied')).toMatchObject([{ denial: { code: 'queue_full' }, legs: [], route: { failed } }]);
    const passedBy = told('provider').find((record) => record.servedModel === 'gpt-5');
    expect(passedBy).toMatchObject({ outcome: 'complete', route: { chosen: 'gpt-5-nano', target: 'gpt-5', failed } });
    expect([passedBy?.denial, passedBy?.legs.length]).toEqual([undefined, 1]);
    expect((await gate.balance('day')).heldNanoUsd).toBe(0);
  });
});

describe('explaining a call', () => {
  it('tells its lane and how that stands, of the target that it would go to, and changes nothing', async () => {
    const { gate, ask, until, queued, release } = heldGate({ rules: [{ where: { job: 'nightly' }, lane: 'batch' }] });
    const all = [ask('first')];
    await until(1);
    all.push(ask('second', 'nearline'));
    await queued(1);
    const [url, init] = chat(shared.provider.openaiBaseURL, {}, { authorization: 'Bearer sk-1' });
    const explain = async (model?: string) =>
      (
        await gate.explain(url, {
          ...init,
          headers: {
            ...(init.headers as Record<string, string>),
            ...gate.options({ tags: { job: 'nightly' } }).headers,
          },
          ...(model && { body: JSON.stringify({ model, messages: [] }) }),
        })
      ).lane;
    const queuedNow = { interactive: 0, nearline: 1, batch: 0 };
    const told = await explain();
    expect(told).toMatchObject({ lane: 'batch', limit: 1, inFlight: 1, queued: queuedNow, pausedMs: 0 });
    expect(Object.keys(gate.report().lanes ?? {})).toEqual([told?.pool]);
    // Of one that nobody has asked yet, too.
    expect(await explain('gpt-5')).toMatchObject({ limit: 1, inFlight: 0, queued: { nearline: 0 } });
    expect(Object.keys(gate.report().lanes ?? {}).length).toBe(1);
    await release(2);
    await Promise.all(all);
    const { gate: without } = watchedGate();
    expect((await without.explain(url, init)).lane).toBeUndefined();
  });
});

describe('callers who leave', () => {
  it('leave the queue at once, a thousand of them, and owe nothing', async () => {
    const { ask, until, queued, release, gate, records } = heldGate({
      budgets: [{ name: 'day', limit: usd('1'), per: 'day' }],
    });
    const first = ask('first');
    await until(1);
    const leaving = Array.from({ length: 1000 }, () => new AbortController());
    const all = leaving.map(({ signal }, index) => ask('storm', index % 2 === 0 ? 'batch' : 'interactive', { signal }));
    const ended = Promise.allSettled(all);
    await queued(1000);
    for (const each of leaving) each.abort();
    const names = (await ended).map((each) => each.status === 'rejected' && each.reason.constructor.name);
    expect(new Set(names)).toEqual(new Set(['APIUserAbortError']));
    expect(only(gate.report().lanes)).toMatchObject({ inFlight: 1, queued: { interactive: 0, nearline: 0, batch: 0 } });
    await release(1);
    await first;
    await gate.idle();
    expect(sent()).toEqual(['first']);
    expect(records.filter(({ outcome, costNanoUsd }) => outcome === 'cancelled' && costNanoUsd === 0).length).toBe(
      1000,
    );
    expect((await gate.balance('day')).heldNanoUsd).toBe(0);
    const after = ask('after');
    await release(1);
    await after;
  });

  it('give back the slots of calls under way, two thousand of them, and teach the limit nothing', async () => {
    const { ask, until, held, gate, records } = heldGate({ lanes: { limit: { start: 2000, max: 2000 } } });
    const leaving = Array.from({ length: 2100 }, () => new AbortController());
    const ended = Promise.allSettled(leaving.map(({ signal }) => ask('storm', 'interactive', { signal })));
    await until(2000);
    for (const each of leaving.toReversed()) each.abort();
    const names = (await ended).map((each) => each.status === 'rejected' && each.reason.constructor.name);
    expect(new Set(names)).toEqual(new Set(['APIUserAbortError']));
    await gate.idle();
    expect(only(gate.report().lanes)).toMatchObject({
      limit: 2000,
      inFlight: 0,
      refused: 0,
      denied: 0,
      queued: { interactive: 0 },
    });
    expect(records.length).toBe(2100);
    held.length = 0;
    const after = ask('after');
    await until(1);
    held.shift()?.();
    await after;
    expect(sent()).toEqual(['after']);
  });

  it('give back the slot of a call under way', async () => {
    const { ask, until, release } = heldGate();
    const leaving = new AbortController();
    const first = ask('first', 'interactive', { signal: leaving.signal });
    await until(1);
    const second = ask('second');
    leaving.abort();
    await expect(first).rejects.toThrow();
    await release(2);
    await second;
    expect(sent()).toEqual(['second']);
  });
});

describe('a crowd', () => {
  it('of 10,000 is answered lane by lane, so many at once as may, or denied at once where a lane is full', async () => {
    let [running, most] = [0, 0];
    const order: string[] = [];
    const { gate } = watchedGate({
      lanes: { limit: { min: 50, max: 50, start: 50 }, maxQueued: 3000, ageMs: 600_000, maxWaitMs: 600_000 },
      fetch: async (input, init) => {
        order.push(/interactive|nearline|batch/.exec(String(init?.body))?.[0] ?? '');
        most = Math.max(most, ++running);
        try {
          return await fetch(input, init);
        } finally {
          running--;
        }
      },
    });
    const lanes: readonly Lane[] = ['batch', 'nearline', 'interactive'];
    const requests = lanes.map((lane) => {
      const messages = [{ role: 'user', content: lane }];
      const [url, init] = chat(shared.provider.openaiBaseURL, { messages }, gate.options({ lane }).headers);
      return { url, init };
    });
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const { url, init } = requests[index % 3] ?? expect.fail('expected one of three requests');
        const response = await gate.fetch(url, init);
        await response.text();
        return response.status;
      }),
    );
    expect(most).toBeLessThanOrEqual(50);
    const denied = answers.filter((status) => status === 402).length;
    // What does not wait is denied: 3,334 come to each lane, of which 3,000 may wait, and 50 at most go out at once.
    expect(denied).toBeGreaterThanOrEqual(1000 - 50);
    expect(denied).toBeLessThanOrEqual(1000 + 2);
    expect(answers.filter((status) => status === 200).length).toBe(10_000 - denied);
    const waited = order.slice(50);
    const ranks = waited.map((lane) => ['interactive', 'nearline', 'batch'].indexOf(lane));
    expect(ranks).toEqual(ranks.toSorted());
    await gate.idle();
    expect(only(gate.report().lanes)).toMatchObject({ sent: 10_000 - denied, inFlight: 0, denied });
  });
});

describe('what the provider says', () => {
  const client = (gate: { readonly fetch: typeof fetch }, maxRetries = 0) =>
    new OpenAI({ apiKey: 'sk-1', baseURL: shared.provider.openaiBaseURL, maxRetries, fetch: gate.fetch });
  const ask = (openai: OpenAI, content = 'Hello') =>
    openai.chat.completions.create({ model: 'gpt-4.1-nano', max_tokens: 20, messages: [{ role: 'user', content }] });

  it('goes to the caller as it is: a 429 without headers is tried again by the client alone', async () => {
    const { gate } = watchedGate({ lanes: true });
    shared.provider.fault({ kind: 'status', status: 429, times: 2 });
    await expect(ask(client(gate))).rejects.toThrow(OpenAI.RateLimitError);
    await ask(client(gate, 2));
    expect(shared.provider.requests.length).toBe(3);
    expect(only(gate.report().lanes)).toMatchObject({ refused: 2, sent: 3, limit: 8 });
  });

  it('pauses its key: nothing goes out before retry-after is over', async () => {
    const { gate } = watchedGate({ lanes: true });
    shared.provider.fault({ kind: 'status', status: 429, headers: { 'retry-after-ms': '150' } });
    await expect(ask(client(gate))).rejects.toThrow(OpenAI.RateLimitError);
    expect(only(gate.report().lanes).pausedMs).toBeGreaterThan(0);
    const second = ask(client(gate));
    await nextTurn();
    expect([shared.provider.requests.length, only(gate.report().lanes).queued.interactive]).toEqual([1, 1]);
    await second;
    expect(shared.provider.requests.length).toBe(2);
  });

  it.each(['requests', 'tokens'])('of the %s that are left holds calls back before they run out', async (unit) => {
    const { gate } = watchedGate({ lanes: true });
    shared.provider.script({
      text: 'Hi',
      headers: { [`x-ratelimit-remaining-${unit}`]: '0', [`x-ratelimit-reset-${unit}`]: '150ms' },
    });
    await ask(client(gate));
    expect(only(gate.report().lanes).left).toMatchObject({ [unit]: 0 });
    const second = ask(client(gate));
    await nextTurn();
    expect([shared.provider.requests.length, only(gate.report().lanes).queued.interactive]).toEqual([1, 1]);
    await second;
    expect(only(gate.report().lanes)).toMatchObject({ refused: 0, sent: 2 });
  });

  it('holds calls back for no longer than a reset in milliseconds of the epoch says', async () => {
    const { gate } = watchedGate({ lanes: true });
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': String(Date.now() + 300) };
    shared.provider.script({ text: 'Hi', headers });
    await ask(client(gate));
    await ask(client(gate));
    expect(only(gate.report().lanes)).toMatchObject({ sent: 2, denied: 0 });
  });

  it('of a request that it turned away unserved costs no budget: whatever tokens it asked for', async () => {
    const { gate } = watchedGate({ lanes: { maxWaitMs: 2000 } });
    const told = (unit: string, value: string) => ({ [`x-ratelimit-${unit}-tokens`]: value });
    const headers = { ...told('limit', '10000'), ...told('remaining', '10000'), ...told('reset', '1h') };
    shared.provider.script({ text: 'Hi', headers });
    await ask(client(gate));
    shared.provider.fault({ kind: 'status', status: 400 });
    const greedy = { model: 'gpt-4.1-nano', max_tokens: 1e12, messages: [{ role: 'user' as const, content: 'All!' }] };
    await expect(client(gate).chat.completions.create(greedy)).rejects.toThrow(OpenAI.BadRequestError);
    await ask(client(gate));
    expect(only(gate.report().lanes)).toMatchObject({ sent: 3, denied: 0 });
  });

  it('that is no for everyone, without a word for how long, is asked for little by little, and forgotten when it ends', async () => {
    const provider = await startProvider({ counting: 'length', record: false, latencyMs: 10 });
    const { gate } = watchedGate({ lanes: true });
    const openai = new OpenAI({ apiKey: 'sk-1', baseURL: provider.openaiBaseURL, maxRetries: 0, fetch: gate.fetch });
    const refusals = 12;
    provider.fault({ kind: 'status', status: 429, times: refusals });
    const limits: number[] = [];
    const one = (): Promise<void> => ask(openai).then(() => void limits.push(only(gate.report().lanes).limit));
    const ended = await Promise.allSettled(Array.from({ length: 300 }, one));
    await provider.close();
    expect(ended.filter(({ status }) => status === 'rejected').length).toBe(refusals);
    expect(only(gate.report().lanes)).toMatchObject({ refused: refusals, denied: 0, sent: 300 });
    // The last of them were refused one at a time; it is not for long that they go out so.
    expect(limits[0]).toBe(1);
    expect(Math.max(...limits)).toBeGreaterThan(1);
  });

  it('of one model is not forgotten for a thousand others that somebody makes up', async () => {
    const { gate } = watchedGate({ lanes: true });
    const [url] = chat(shared.provider.openaiBaseURL);
    const use = async (model: string): Promise<void> => {
      const [, init] = chat('', { model });
      await (await gate.fetch(url, init)).text();
    };
    await use('gpt-4.1-nano');
    await use('x'.repeat(100_000));
    for (const round of [1, 2]) {
      await Promise.all(Array.from({ length: 550 }, (_, at) => use(`made up ${round} ${at}`)));
      await use('gpt-4.1-nano');
    }
    await gate.idle();
    const lanes = Object.entries(gate.report().lanes ?? {});
    expect(lanes.find(([name]) => name.includes('gpt-4.1-nano'))?.[1].sent).toBe(3);
    expect(lanes.length).toBeLessThanOrEqual(1000);
    expect(Math.max(...lanes.map(([name]) => name.length))).toBeLessThan(300);
  });

  it('teaches the limit, for a provider that refuses beyond so many at once', async () => {
    const provider = await startProvider({ counting: 'length', record: false, latencyMs: 3, maxConcurrent: 6 });
    const { gate, records } = watchedGate({ lanes: true });
    const openai = new OpenAI({ apiKey: 'sk-1', baseURL: provider.openaiBaseURL, maxRetries: 0, fetch: gate.fetch });
    const workers = Array.from({ length: 40 }, async () => {
      for (let count = 0; count < 25; count++) await ask(openai).catch(() => undefined);
    });
    await Promise.all(workers);
    await gate.idle();
    await provider.close();
    const refused = records.filter(({ httpStatus }) => httpStatus === 429).length;
    expect(records.length).toBe(1000);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(100);
    expect(only(gate.report().lanes).limit).toBeLessThanOrEqual(12);
  });
});

describe('a stream', () => {
  const stream = (client: OpenAI) =>
    client.chat.completions.create({
      model: 'gpt-4.1-nano',
      stream: true,
      messages: [{ role: 'user', content: 'stream' }],
    });

  it('holds its slot until it has ended', async () => {
    const { client, ask, queued, release, gate } = heldGate();
    const [chunks] = await Promise.all([stream(client), release(1)]);
    const second = ask('second');
    await queued(1);
    expect(only(gate.report().lanes).inFlight).toBe(1);
    for await (const chunk of chunks) expect(chunk.object).toBe('chat.completion.chunk');
    await release(1);
    await second;
    expect(sent()).toEqual(['stream', 'second']);
  });

  it('or was broken off', async () => {
    const { client, ask, queued, release } = heldGate();
    const [chunks] = await Promise.all([stream(client), release(1)]);
    const second = ask('second');
    await queued(1);
    for await (const _ of chunks) break;
    await release(1);
    await second;
    expect(sent()).toEqual(['stream', 'second']);
  });
});

describe('an incident', () => {
  it('stops those who wait, too', async () => {
    const { gate, client, ask, until, queued, release } = heldGate();
    const first = ask('first');
    await until(1);
    const acme = client.chat.completions.create(
      { model: 'gpt-4.1-nano', messages: [{ role: 'user', content: 'acme' }] },
      gate.options({ tags: { tenant: 'acme' } }),
    );
    const other = ask('other');
    await queued(2);
    gate.stop({ tags: { tenant: 'acme' } });
    expect(denialOf(await acme.catch((reason: unknown) => reason))?.code).toBe('stopped');
    await release(2);
    await Promise.all([first, other]);
    expect(sent()).toEqual(['first', 'other']);
  });

  it('at the end, those who wait are told, a thousand of them, and what was held for them is released before the ledger closes', async () => {
    const { gate, ask, until, queued, release, records, warnings } = heldGate({
      budgets: [{ name: 'day', limit: usd('1'), per: 'day' }],
    });
    const first = ask('first');
    await until(1);
    const waiting = Array.from({ length: 1000 }, () => ask('waiting').catch((reason: unknown) => reason));
    await queued(1000);
    await gate.close();
    const denied = { code: 'stopped', message: expect.stringContaining('closed') };
    for (const reason of await Promise.all(waiting)) expect(denialOf(reason)).toMatchObject(denied);
    expect(records.length).toBe(1000);
    for (const record of records) expect(record).toMatchObject({ source: 'denied', legs: [], costNanoUsd: 0 });
    expect(warnings.filter((warning) => warning.startsWith('ledger_error'))).toEqual([]);
    await release(1);
    await first;
  });
});
