import { describe, expect, it } from 'vitest';
import { asking, semantic, semanticGate } from './semantic-kit.js';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const ask = asking(shared);
const stored = 'How can I reset my password?';
const other = 'please how can I reset my password';
const third = 'how can i reset my password please';
const own = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-farthing-')));
const told = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));

describe('a hit', () => {
  it.each([false, true])(
    'is told in its record and, where that was asked for, in headers; streamed: %s',
    async (stream) => {
      let now = Date.UTC(2026, 0, 1);
      const one = semanticGate({}, { exposeHeaders: true, now: () => now });
      await ask(one, stored, { body: { stream } });
      now += 5000;
      const { source, headers } = await ask(one, other, { body: { stream } });
      const match = one.records[1]?.semantic;
      expect(source).toBe('semantic');
      expect(match).toEqual({
        entry: expect.stringMatching(/^[\w-]{43}$/),
        ageMs: 5000,
        similarity: expect.closeTo(0.9, 0),
        verdict: 'same',
        reasons: [expect.stringMatching(/^(equal|reworded)$/)],
        score: expect.any(Number),
        threshold: expect.any(Number),
        proved: false,
        bound: 1,
        served: true,
        audit: undefined,
        evidence: expect.stringMatching(/^[\w-]{16}$/),
      });
      expect(own(headers)).toMatchObject({
        'x-farthing-source': 'semantic',
        'x-farthing-entry': match?.entry,
        'x-farthing-age-ms': '5000',
        'x-farthing-similarity': match?.similarity.toFixed(4),
        'x-farthing-reasons': match?.reasons.join(', '),
        'x-farthing-score': match?.score.toFixed(4),
        'x-farthing-bound': '1.0000, unproved',
      });
      expect(await one.gate.evict(headers.get('x-farthing-entry') ?? '')).toBe(true);
    },
  );

  it('tells no more than its id and source where nobody asked', async () => {
    const one = semanticGate();
    await ask(one, stored);
    const { headers } = await ask(one, other);
    expect(Object.keys(own(headers))).toEqual(['x-farthing-id', 'x-farthing-source']);
  });

  it('names the bound in force, as it was measured', async () => {
    const one = semanticGate({ random: () => 0, judge: async () => 'ok' });
    await ask(one, stored);
    for (let call = 0; call < 60; call++) {
      await ask(one, other);
      if (call % 20 === 0) await one.gate.idle();
    }
    await one.gate.idle();
    await ask(one, other);
    const bound = one.records.filter(({ source }) => source === 'semantic').at(-1)?.semantic?.bound;
    expect(bound).toBeLessThan(0.2);
    expect(bound).toBe(one.gate.report().semantic?.bound);
    await one.gate.idle(); // the last audit changes it once more
    const [match] = (
      await one.gate.explain(...chat(shared.provider.openaiBaseURL, { messages: [{ role: 'user', content: other }] }))
    ).semantic;
    expect(match).toMatchObject({ bound: one.gate.report().semantic?.bound, wouldServe: true });
  });
});

describe('what the guard saw', () => {
  it('is told as codes, without a word of any question, in records and headers', async () => {
    const one = semanticGate({}, { exposeHeaders: true });
    await ask(one, 'How do I cancel order 7731 for Mrs Zelenka?');
    const { headers } = await ask(one, 'How do I cancel order 7732 for Mrs Novotna?');
    await ask(one, 'please, how do I cancel order 7731 for Mrs Zelenka');
    expect(one.records[1]?.semantic).toMatchObject({ verdict: 'different', served: false });
    for (const { semantic: match } of one.records)
      for (const reason of match?.reasons ?? []) expect(reason).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(`${told(one.records)}${told(own(headers))}${one.warnings.join()}`).not.toMatch(
      /\b773[12]\b|zelenka|novotna|cancel/i,
    );
  });

  it('is quoted by explain alone', async () => {
    const one = semanticGate();
    await ask(one, 'How do I cancel order 7731?');
    const messages = [{ role: 'user', content: 'How do I cancel order 7732?' }];
    const { semantic: matches } = await one.gate.explain(...chat(shared.provider.openaiBaseURL, { messages }));
    expect(matches[0]?.reasons).toContain('number');
    expect(matches[0]?.because.join()).toMatch(/7731/);
  });
});

describe('one call', () => {
  const keeps = { read: true, write: true, ttlMs: 86_400_000, semanticTtlMs: 86_400_000, minSimilarity: undefined };

  it.each([
    ['skip the cache', { cache: { semantic: false } }, 'skipped', keeps],
    ['skip every cache', { fresh: true }, 'fresh', { ...keeps, read: false, write: false }],
    ['ask anew', { cache: { read: false } }, 'not_read', { ...keeps, read: false }],
    [
      'ask anew and keep nothing',
      { cache: { read: false, write: false } },
      'skipped',
      { ...keeps, read: false, write: false },
    ],
    ['be stricter', { cache: { minSimilarity: 0.999 } }, undefined, { ...keeps, minSimilarity: 0.999 }],
  ] as const)('may %s, and explain says so', async (_, options, semanticBar, caching) => {
    const one = semanticGate();
    await ask(one, stored);
    const messages = [{ role: 'user', content: other }];
    const request = chat(shared.provider.openaiBaseURL, { messages }, one.gate.options(options).headers);
    const explained = await one.gate.explain(...request);
    expect(explained).toMatchObject({ semanticBar, caching, semantic: [{ wouldServe: false, verdict: 'same' }] });
    expect((await ask(one, other, { options })).source).toBe('provider');
    const two = semanticGate();
    await ask(two, stored);
    expect((await two.gate.run(options, () => ask(two, third))).source).toBe('provider');
    const plain = chat(shared.provider.openaiBaseURL, {
      messages: [{ role: 'user', content: 'kindly, how can I reset my password' }],
    });
    expect((await one.gate.explain(...plain)).semantic[0]).toMatchObject({ wouldServe: true });
  });

  it('says in its record that it was too strict', async () => {
    const one = semanticGate();
    await ask(one, stored);
    await ask(one, other, { options: { cache: { minSimilarity: 0.999 } } });
    expect(one.records[1]?.cache).toContainEqual({ cache: 'semantic', outcome: 'miss', reason: 'min_similarity' });
  });

  it('may put a fresh answer in the place of the old one, for those who ask in other words again', async () => {
    const one = semanticGate();
    await ask(one, stored);
    shared.provider.script({ text: 'The form has moved.' });
    expect((await ask(one, other, { options: { cache: { read: false } } })).source).toBe('provider');
    for (const words of [third, 'kindly, how can I reset my password']) {
      const { source, text } = await ask(one, words, { options: { cache: { write: false } } });
      expect([source, text]).toEqual(['semantic', expect.stringContaining('The form has moved.')]);
    }
  });

  it('keeps nothing where it says so', async () => {
    const one = semanticGate();
    await ask(one, stored, { options: { cache: { write: false } } });
    expect((await ask(one, other)).source).toBe('provider');
  });

  it('may have its answer served for less long, or longer', async () => {
    let now = Date.UTC(2026, 0, 1);
    const one = semanticGate({ ttlMs: 10_000 }, { now: () => now });
    await ask(one, stored, { options: { cache: { ttlMs: 1000 } } });
    await ask(one, 'Where is my invoice?', { options: { cache: { ttlMs: 100_000 } } });
    const sources = async (): Promise<(string | null)[]> => [
      (await ask(one, other, { options: { cache: { write: false } } })).source,
      (await ask(one, 'please where is my invoice', { options: { cache: { write: false } } })).source,
    ];
    now += 999;
    expect(await sources()).toEqual(['semantic', 'semantic']);
    now += 1;
    expect(await sources()).toEqual(['provider', 'semantic']);
    now += 99_000;
    expect(await sources()).toEqual(['provider', 'provider']);
  });
});

describe('explain', () => {
  it.each([
    ['a call that asks nothing', { messages: [{ role: 'assistant', content: 'Hm.' }] }, {}, 'no_question'],
    ['a call of nobody', {}, { by: 'tenant' }, 'no_question'],
    ['hosted tools', { tools: [{ type: 'web_search' }], web_search_options: {} }, {}, 'hosted_tools'],
  ])('says why nothing is looked for: %s', async (_, body, scope, semanticBar) => {
    const one = watchedGate({ cache: { share: 'all', ...scope, semantic } });
    expect(await one.gate.explain(...chat(shared.provider.openaiBaseURL, body))).toMatchObject({ semanticBar });
  });

  it('says so where the embedder is down, and calls nobody', async () => {
    const one = semanticGate({
      embedder: { ...semantic.embedder, embed: () => Promise.reject(new Error('down')) },
    });
    const explained = await one.gate.explain(...chat(shared.provider.openaiBaseURL));
    expect(explained).toMatchObject({ semantic: [], semanticBar: 'error', exact: 'miss' });
    expect(shared.provider.requests).toEqual([]);
  });

  it('gives the best candidate alone', async () => {
    const one = semanticGate();
    await ask(one, stored);
    await ask(one, other, { options: { cache: { minSimilarity: 1 } } });
    const messages = [{ role: 'user', content: third }];
    const { semantic: matches } = await one.gate.explain(...chat(shared.provider.openaiBaseURL, { messages }));
    expect(matches.map(({ wouldServe }) => wouldServe)).toEqual([true, ...matches.slice(1).map(() => false)]);
    expect(matches.length).toBeGreaterThan(1);
  });
});

describe('a tenant whose answers go wrong', () => {
  it('is served nothing in other words for a week, and is told of; the others go on', async () => {
    let now = Date.UTC(2026, 0, 1);
    const wrong = new Set<string>();
    const one = watchedGate({
      now: () => now,
      cache: {
        by: 'tenant',
        semantic: { ...semantic, random: () => 0, judge: async (question) => (wrong.has(question) ? 'fail' : 'ok') },
      },
    });
    const pauses: unknown[] = [];
    one.gate.on('tenantPaused', (pause) => pauses.push(pause));
    const as = (tenant: string) => ({ options: { tags: { tenant } } });
    // So many good answers for others that the mix keeps the bound.
    await ask(one, stored, as('good'));
    for (let call = 0; call < 120; call++) await ask(one, other, as('good'));
    await one.gate.idle();
    for (const subject of ['theme', 'name', 'address', 'photo']) {
      const words = `please how can I reset my ${subject}`;
      wrong.add(words);
      await ask(one, `How can I reset my ${subject}?`, as('bad'));
      expect((await ask(one, words, as('bad'))).source).toBe('semantic');
      for (let call = 0; call < 20; call++) await ask(one, other, as('good'));
      await one.gate.idle();
    }
    expect(pauses).toEqual([{ tenant: 'bad', untilMs: now + 7 * 86_400_000, audits: 4, failures: 4 }]);
    expect(one.gate.report().semantic).toMatchObject({ epoch: 0, pausedTenants: pauses });

    await ask(one, 'How can I reset my phone?', as('bad'));
    const question = 'please how can I reset my phone';
    const request = chat(
      shared.provider.openaiBaseURL,
      { messages: [{ role: 'user', content: question }] },
      one.gate.options(as('bad').options).headers,
    );
    expect(await one.gate.explain(...request)).toMatchObject({ semanticBar: 'tenant_paused' });
    const noWrite = { options: { tags: { tenant: 'bad' }, cache: { write: false } } };
    expect((await ask(one, question, noWrite)).source).toBe('provider');
    expect(one.records.at(-1)?.cache).toContainEqual({ cache: 'semantic', outcome: 'miss', reason: 'tenant_paused' });
    expect((await ask(one, other, as('good'))).source).toBe('semantic');

    now += 7 * 86_400_000;
    await ask(one, 'How can I reset my phone?', as('bad'));
    expect((await ask(one, question, noWrite)).source).toBe('semantic');
    await one.gate.idle();
  });
});
