import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minilm } from '@farthing/minilm';
import { type Embedder, endpointEmbedder, type Judge, lexical, usd } from 'farthing';
import { describe, expect, it } from 'vitest';
import { asking, semantic, type Watched } from './semantic-kit.js';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const ask = asking(shared);
const watched = (options: Parameters<typeof watchedGate>[0] = {}): Watched =>
  watchedGate({ cache: { share: 'all', semantic }, ...options });

const user = { role: 'user', content: 'How can I reset my password?' } as const;
const system = { role: 'system', content: 'Be brief.' } as const;
const noWrite = { options: { cache: { write: false } } } as const;

describe('the semantic cache', () => {
  it('answers what was asked before in other words, and what that saved is told', async () => {
    const one = watched();
    const first = await ask(one, 'How can I reset my password?');
    const again = await ask(one, 'Please, how can I reset my password');
    expect([first.source, again.source]).toEqual(['provider', 'semantic']);
    expect(again.text).toBe(first.text);
    expect(one.records[1]).toMatchObject({
      source: 'semantic',
      savedBy: 'semantic',
      costNanoUsd: 0,
      savedNanoUsd: one.records[0]?.costNanoUsd,
      semantic: { served: true, proved: false, verdict: 'same' },
    });
    expect(one.gate.report()).toMatchObject({
      total: { calls: 2, paid: 1, hits: { semantic: 1 } },
      semantic: { state: 'unproved' },
    });
  });

  it.each([
    ['How do I cancel order 1234?', 'How do I cancel order 1235?'],
    ['How do I turn notifications on?', 'How do I turn notifications off?'],
    ['Convert 5 miles to kilometres', 'Convert 5 kilometres to miles'],
  ])('gives no answer of %j to %j', async (stored, asked) => {
    const one = watched();
    await ask(one, stored);
    expect((await ask(one, asked)).source).toBe('provider');
    expect(one.records[1]?.semantic?.verdict).toBe('different');
  });

  it.each([
    ['tenants', { cache: { by: 'tenant', semantic } }, { options: { tags: { tenant: 'b' } } }],
    ['calls without the tag', { cache: { by: 'tenant', semantic } }, { options: { tags: {} } }],
    ['keys', {}, { headers: { authorization: 'Bearer other' } }],
    ['beta headers', {}, { headers: { 'openai-beta': 'x' } }],
    ['system prompts', {}, { body: { messages: [system, user] } }],
    ['earlier turns', {}, { body: { messages: [user, { role: 'assistant', content: 'Hm.' }, user] } }],
    ['tools', {}, { body: { tools: [{ type: 'function', function: { name: 'x' } }] } }],
    ['temperatures', {}, { body: { temperature: 1 } }],
    ['models', {}, { body: { model: 'gpt-4.1-mini' } }],
    ['formats', {}, { body: { response_format: { type: 'json_object' } } }],
  ])('never crosses %s', async (_, gateOptions, difference) => {
    const one = watched(gateOptions);
    await ask(one, user.content, { options: { tags: { tenant: 'a' } } });
    expect((await ask(one, 'please how can I reset my password', difference)).source).toBe('provider');
  });

  it('shares across models and rewritten system prompts where that is said', async () => {
    const one = watched({
      cache: {
        share: 'all',
        semantic: { ...semantic, shareModels: true, rewriteSystem: (text) => text.replace(/^It is .*?\. /, '') },
      },
    });
    const at = (time: string, content: string) => [
      { role: 'system', content: `It is ${time}. Be brief.` },
      { role: 'user', content },
    ];
    await ask(one, '', { body: { messages: at('10:04', user.content) } });
    const again = { model: 'gpt-4.1-mini', messages: at('11:30', 'please how can I reset my password') };
    expect((await ask(one, '', { body: again })).source).toBe('semantic');
  });

  it('does what a call tells it', async () => {
    const one = watched();
    await ask(one, user.content);
    const other = 'please how can I reset my password';
    const source = async (cache: object): Promise<string | null> =>
      (await ask(one, other, { options: { cache: { write: false, ...cache } } })).source;
    expect(await source({ semantic: false })).toBe('provider');
    expect(await source({ minSimilarity: 1 })).toBe('provider');
    expect(await source({ read: false })).toBe('provider');
    expect(await source({})).toBe('semantic');
  });

  it('forgets, invalidates and evicts', async () => {
    const one = watched();
    const other = 'please how can I reset my password';
    const options = { tags: { tenant: 'a' }, cache: { tags: ['help'] } };
    for (const erase of [
      () => one.gate.forget({ tags: { tenant: 'a' } }),
      () => one.gate.invalidate('help'),
      () => one.gate.evict(one.records.at(-1)?.semantic?.entry ?? ''),
    ]) {
      await ask(one, user.content, { options });
      expect((await ask(one, other, { options })).source).toBe('semantic');
      await erase();
      expect((await ask(one, other, { options: { cache: { write: false } } })).source).toBe('provider');
      await one.gate.forget({ tags: { tenant: 'a' } });
    }
  });

  it('explains without asking anybody', async () => {
    const one = watched({ budgets: [{ name: 'all', limit: usd('1'), per: 'day' }] });
    await ask(one, 'How do I cancel order 1234?');
    const before = [shared.provider.requests.length, one.records.length];
    const messages = [{ role: 'user', content: 'How do I cancel order 1235?' }];
    const told = await one.gate.explain(...chat(shared.provider.openaiBaseURL, { messages }));
    expect(told).toMatchObject({
      dialect: 'openai-chat',
      model: 'gpt-4.1-nano',
      exact: 'miss',
      semantic: [{ verdict: 'different', wouldServe: false }],
      bound: { state: 'unproved' },
      budgets: [{ account: 'all' }],
    });
    expect(told.semantic[0]?.because.join()).toMatch(/'1235' \/ '1234'|'1234' \/ '1235'/);
    expect([shared.provider.requests.length, one.records.length]).toEqual(before);
    expect((await one.gate.explain('https://example.com/')).dialect).toBeUndefined();
  });

  it('watches without answering where it only observes', async () => {
    const one = watched({ mode: 'observe' });
    await ask(one, user.content);
    expect((await ask(one, 'please how can I reset my password')).source).toBe('provider');
    expect(one.records[1]?.cache).toContainEqual({ cache: 'semantic', outcome: 'would_hit' });
  });

  it('is warm after a restart, with what it learned', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'farthing-semantic-'));
    const options = { cache: { share: 'all', semantic: { ...semantic, persist: { dir } } } } as const;
    const first = watched(options);
    await ask(first, user.content);
    await first.gate.close();
    const second = watched(options);
    await expect
      .poll(async () => (await ask(second, 'please how can I reset my password', noWrite)).source)
      .toBe('semantic');
    await second.gate.close();
    expect(readdirSync(dir).toSorted()).toEqual(['bound.json', 'entries.log']);
    rmSync(dir, { recursive: true });
  });
});

describe('an audit', () => {
  const audited = (judge: Judge, more: object = {}): Watched =>
    watched({ cache: { share: 'all', semantic: { ...semantic, random: () => 0, judge, ...more } } });
  const other = 'please how can I reset my password';

  it('asks again at the gate’s own expense, off the caller’s path', async () => {
    const questions: string[] = [];
    const one = audited(async (question) => {
      questions.push(question);
      return 'ok';
    });
    await ask(one, user.content);
    expect((await ask(one, other, { options: { tags: { tenant: 'a' } } })).source).toBe('semantic');
    await one.gate.idle();
    expect(questions).toEqual([other]);
    const audit = one.records.at(-1);
    expect(audit).toMatchObject({ purpose: 'audit', source: 'provider', tags: {} });
    expect(one.gate.report()).toMatchObject({
      total: { calls: 2, paid: 1, overheadNanoUsd: audit?.costNanoUsd },
      semantic: { audits: 1, failures: 0 },
    });
    expect((await ask(one, 'how can i reset my password please')).source).toBe('semantic');
  });

  it('compares answers that both ended at the caller’s own limit', async () => {
    const one = audited(async (_, fresh, stored) => (fresh === stored ? 'ok' : 'fail'));
    const limit = { body: { max_tokens: 5 } };
    const long = 'one two three four five six seven eight nine ten eleven twelve';
    shared.provider.script({ text: long, times: 2, when: ({ json }) => json['max_tokens'] === 5 });
    await ask(one, user.content, limit);
    expect((await ask(one, other, limit)).source).toBe('semantic');
    await one.gate.idle();
    expect(one.records.at(-1)).toMatchObject({ purpose: 'audit', finishReasons: ['length'] });
    expect(one.gate.report().semantic).toMatchObject({ audits: 1, failures: 0 });
  });

  it('that fails removes the answer', async () => {
    const one = audited(async () => 'fail');
    await ask(one, user.content);
    expect((await ask(one, other, noWrite)).source).toBe('semantic');
    await one.gate.idle();
    expect(one.gate.report().semantic).toMatchObject({ audits: 1, failures: 1 });
    expect((await ask(one, other, noWrite)).source).toBe('provider');
  });

  it('that no budget has room for is no failure, and no further one is drawn for a while', async () => {
    let now = Date.UTC(2026, 0, 1);
    const one = watched({
      now: () => now,
      cache: {
        share: 'all',
        semantic: { ...semantic, random: () => 0, judge: async () => 'ok', auditBudget: 1 },
      },
    });
    await ask(one, user.content);
    for (const words of [other, 'how can i reset my password please', 'kindly, how can I reset my password'])
      expect((await ask(one, words)).source).toBe('semantic');
    await one.gate.idle();
    const audits = () => one.records.filter(({ purpose }) => purpose === 'audit').map(({ source }) => source);
    const drawn = audits().length;
    expect(new Set(audits())).toEqual(new Set(['denied']));
    expect(one.gate.report().semantic).toMatchObject({ audits: 0, failures: 0, pending: 0 });
    await ask(one, other);
    await one.gate.idle();
    expect(audits().length).toBe(drawn);
    now += 600_001;
    await ask(one, other);
    await one.gate.idle();
    expect(audits().length).toBe(drawn + 1);
  });

  const served = [
    'please how can I reset my password',
    'how can i reset my password please',
    'kindly, how can I reset my password',
  ];

  it('is stopped with the calls it belongs to', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let sent = 0;
    const one = watched({
      cache: { share: 'all', semantic: { ...semantic, random: () => 0, judge: async () => 'ok' } },
      fetch: async (...all) => {
        if (sent++ > 0) await released;
        return fetch(...all);
      },
    });
    const options = { tags: { tenant: 'a' } };
    await ask(one, user.content, { options });
    for (const words of served) expect((await ask(one, words, { options })).source).toBe('semantic');
    one.gate.stop(options);
    release();
    await one.gate.idle();
    expect(sent).toBe(1 + 2); // two audits were on their way; the third one was not sent any more
    expect(one.gate.report().semantic).toMatchObject({ audits: 2, failures: 0, pending: 0 });
  });

  it('that hangs holds up no closing, and is no failure then', async () => {
    const one = audited(async () => 'ok');
    await ask(one, user.content);
    shared.provider.fault({ kind: 'hang', times: 2 });
    for (const words of served) expect((await ask(one, words)).source).toBe('semantic');
    await one.gate.close();
    expect(shared.provider.requests.length).toBe(1 + 2);
    expect(one.gate.report().semantic).toMatchObject({ audits: 0, failures: 0, pending: 0 });
  });

  it('serves nothing before it is proved, where that was asked for', async () => {
    const one = audited(async () => 'ok', { assurance: 'proven' });
    await ask(one, user.content);
    expect((await ask(one, other)).source).toBe('provider');
    await one.gate.idle();
    expect(one.records.every((record) => record.purpose === 'call')).toBe(true);
    expect(one.gate.report().semantic?.state).toBe('proving');
  });
});

describe('when the semantic cache fails', () => {
  const broken = (embed: Embedder['embed']): Watched =>
    watched({ cache: { share: 'all', semantic: { embedder: { ...lexical(), embed }, embedTimeoutMs: 20 } } });

  it.each<[string, Embedder['embed'], string]>([
    ['throws', () => Promise.reject(new Error('down')), 'Error'],
    ['hangs', () => new Promise(() => {}), 'TimeoutError'],
    ['answers NaN', async () => [{ vector: new Float32Array(1024).fill(Number.NaN), readLength: 1 }], 'RangeError'],
    ['answers other dimensions', async () => [{ vector: Float32Array.of(1), readLength: 1 }], 'RangeError'],
    ['answers nothing', async () => [], 'Error'],
  ])('calls go on where the embedder %s', async (_, embed, reason) => {
    const one = broken(embed);
    expect((await ask(one, user.content)).source).toBe('provider');
    expect(one.records[0]?.cache).toContainEqual({ cache: 'semantic', outcome: 'error', reason });
    expect(one.warnings.join()).toMatch(/cache_error: The semantic cache failed and was passed by/);
  });

  it('an embedder that still loads has not failed, and the answer is kept once it is there', async () => {
    let load = (): void => {};
    const loaded = new Promise<void>((resolve) => {
      load = resolve;
    });
    const { embed, ...rest } = lexical();
    const embedder: Embedder = {
      ...rest,
      ready: () => loaded,
      embed: async (...all) => {
        await loaded;
        return embed(...all);
      },
    };
    const one = watched({ cache: { share: 'all', semantic: { ...semantic, embedder, embedTimeoutMs: 20 } } });
    await ask(one, user.content);
    expect(one.records[0]?.cache).toContainEqual({ cache: 'semantic', outcome: 'miss', reason: 'loading' });
    expect(one.warnings.join()).not.toMatch(/cache_error/);
    load();
    await expect
      .poll(async () => (await ask(one, 'please, how can I reset my password', noWrite)).source)
      .toBe('semantic');
  });

  it('wants to be told whose answers may be shared', () => {
    expect(() => watchedGate({ cache: { semantic } })).toThrow(/createGate: expected `cache` to be .*`share: 'all'`/);
  });
});

it('meters what an endpoint’s embeddings cost', async () => {
  const embedder = endpointEmbedder({
    baseURL: shared.provider.openaiBaseURL,
    apiKey: 'sk',
    model: 'text-embedding-3-small',
    dimensions: 64,
    threshold: 0.6,
  });
  const one = watched({ cache: { share: 'all', semantic: { embedder, random: () => 0.99 } } });
  await ask(one, user.content);
  expect(one.records.map(({ purpose }) => purpose).toSorted()).toEqual(['call', 'embedding']);
  const { total } = one.gate.report();
  expect([total.calls, total.overheadNanoUsd > 0]).toEqual([1, true]);
});

it('understands other words with a sentence model', async () => {
  const embedder = minilm();
  const one = watched({ cache: { share: 'all', semantic: { embedder, random: () => 0.99, embedTimeoutMs: 60_000 } } });
  await ask(one, 'what is the fee to send money to Poland?');
  expect((await ask(one, 'what’s the fee for sending money to poland')).source).toBe('semantic');
  expect((await ask(one, 'what is the fee to send money from Poland?')).source).toBe('provider');
  await embedder.close();
});

describe('streams', () => {
  it('replays a stream as a stream, and either for the other', async () => {
    const one = watched();
    const first = await ask(one, 'How can I reset my password?', { body: { stream: true } });
    const streamed = await ask(one, 'please how can I reset my password', { body: { stream: true } });
    const whole = await ask(one, 'how can I reset my password please');
    expect([first.source, streamed.source, whole.source]).toEqual(['provider', 'semantic', 'semantic']);
    expect(streamed.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(JSON.parse(whole.text)).toHaveProperty('choices');
  });
});
