import { usd } from 'farthing';
import { describe, expect, it } from 'vitest';
import { cascadesOver, expectExact, messages, pair, three } from './routing-cascade-kit.js';
import { sharedProvider } from './setup.js';

const shared = sharedProvider();
const { asked, cascading, from, nanoSays } = cascadesOver(shared);

describe('agreement', () => {
  const question = { messages: [{ role: 'user', content: 'Which planet is red?\nA) Venus\nB) Mars\nAnswer:' }] };
  const say = (model: string, text: string): void => shared.provider.script({ ...from(model), text });

  it('of the next cheapest is enough; else the strongest decides', async () => {
    const { ask, records } = cascading({ agreement: true }, { targets: three });
    say('gpt-5-nano', 'B');
    say('gpt-5-mini', 'The answer is B) Mars.');
    expect((await ask(question)).choices[0]?.message.content).toBe('B');
    say('gpt-5-nano', 'A');
    say('gpt-5-mini', 'B.');
    say('gpt-5', 'B');
    expect((await ask(question)).choices[0]?.message.content).toBe('B');
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5-mini', ...three]);
    expect(records).toMatchObject([
      { servedModel: 'gpt-5-nano', legs: [{}, {}], route: { target: 'gpt-5-nano', cascade: { escalated: false } } },
      { servedModel: 'gpt-5', legs: [{}, {}, {}], route: { target: 'gpt-5', cascade: { escalated: true } } },
    ]);
    for (const record of records) expectExact(record);
    // Both cheap answers are paid for.
    const [first, second] = records[0]?.legs ?? [];
    expect(records[0]?.costNanoUsd).toBeGreaterThan(Number((first?.cost?.totalPicoUsd ?? 0n) / 1000n));
    expect(second?.requestedModel).toBe('gpt-5-mini');
  });

  it('of the same one once more where there is no other; by name; by a function', async () => {
    const again = cascading({ agreement: true });
    say('gpt-5-nano', 'A');
    say('gpt-5-nano', 'B');
    await again.ask(question);
    expect(asked()).toEqual(['gpt-5-nano', 'gpt-5-nano', 'gpt-5']);
    shared.provider.reset();
    const pairs: string[] = [];
    const named = cascading(
      { agreement: 'gpt-5-mini', agrees: (first, second) => pairs.push(`${first} ${second}`) > 1 },
      { targets: ['gpt-4.1-nano', ...three] },
    );
    for (const model of ['gpt-4.1-nano', 'gpt-5-mini'])
      shared.provider.script({ ...from(model), text: model, times: 2 });
    await named.ask(question);
    await named.ask({ ...question, seed: 1 });
    expect(asked()).toEqual(['gpt-4.1-nano', 'gpt-5-mini', 'gpt-5', 'gpt-4.1-nano', 'gpt-5-mini']);
    expect(pairs[0]).toBe('gpt-4.1-nano gpt-5-mini');
  });

  it('that is not to be had sends up', async () => {
    const { ask, records } = cascading({ agreement: true, timeoutMs: 50 }, { targets: three });
    shared.provider.fault({ kind: 'status', status: 500, ...from('gpt-5-mini') });
    await ask(question);
    shared.provider.fault({ kind: 'hang', ...from('gpt-5-mini') });
    await ask(question);
    expect(records.map(({ route }) => route?.cascade?.checks.at(-1))).toEqual([
      { name: 'agreement', passed: false, reason: 'unavailable' },
      { name: 'agreement', passed: false, reason: 'timeout' },
    ]);
    expect(records.map(({ servedModel, outcome }) => [servedModel, outcome])).toEqual([
      ['gpt-5', 'complete'],
      ['gpt-5', 'complete'],
    ]);
  });
});

describe('log probabilities that the gate asks for', () => {
  it('reach no caller, whole or streamed, nor the cache', async () => {
    const { ask, read, openai } = cascading({ logprob: -0.5, askLogprobs: true }, {}, { cache: true });
    const answer = await ask();
    expect(answer.choices[0]?.logprobs).toBeNull();
    expect((await ask()).choices[0]?.logprobs).toBeNull();
    const { text } = await read({ seed: 1 });
    expect(text.length).toBeGreaterThan(20);
    for await (const chunk of await openai.chat.completions.create({ model: 'gpt-5', messages, seed: 2, stream: true }))
      expect(chunk.choices[0]?.logprobs).toBeFalsy();
    expect(shared.provider.requests.map(({ json }) => json?.['logprobs'])).toEqual([true, true, true]);
    await ask({ logprobs: true });
    expect((await ask({ logprobs: true })).choices[0]?.logprobs?.content?.length).toBeGreaterThan(2);
  });

  it('are asked of a target that refuses them once', async () => {
    const { ask, records } = cascading({ logprob: -0.5, askLogprobs: true });
    const refuses = { when: ({ json }: { json: Record<string, unknown> }) => json['logprobs'] === true, times: 9 };
    shared.provider.fault({ kind: 'status', status: 400, ...refuses });
    expect((await ask()).model).toBe('gpt-5-nano');
    expect((await ask()).model).toBe('gpt-5-nano');
    expect(shared.provider.requests.map(({ json }) => json?.['logprobs'])).toEqual([true, undefined, undefined]);
    expect(records[0]?.route?.failed).toEqual([]);
    await expect(ask({ messages: [] })).rejects.toMatchObject({ status: 400 });
  });
});

describe('where things go wrong', () => {
  it('a caller who leaves takes the cheap answer along, and nobody else is asked', async () => {
    for (const stream of [false, true]) {
      shared.provider.reset();
      const { openai, gate, records } = cascading();
      shared.provider.fault({ kind: 'hang', afterBytes: 200 });
      const controller = new AbortController();
      const work = openai.chat.completions.create({ model: 'gpt-5', messages, stream }, { signal: controller.signal });
      setTimeout(() => controller.abort(), 150);
      await expect(work).rejects.toThrow(/abort/i);
      await gate.idle();
      await shared.provider.requests[0]?.done;
      expect(shared.provider.requests[0]?.aborted).toBe(true);
      expect(asked()).toEqual(['gpt-5-nano']);
      expect(records).toMatchObject([{ outcome: 'cancelled', route: { target: 'gpt-5-nano' } }]);
    }
  });

  it('and so does one who leaves while a check runs', async () => {
    const controller = new AbortController();
    const { ask, gate, records } = cascading({
      check: () => {
        controller.abort();
        return new Promise(() => {});
      },
    });
    await expect(ask({}, {}, { signal: controller.signal })).rejects.toThrow(/abort/i);
    await gate.idle();
    expect(asked()).toEqual(['gpt-5-nano']);
    expect(records[0]).toMatchObject({ outcome: 'cancelled', legs: [{ status: 200 }] });
  });

  it.each([false, true])(
    'a budget that has no room for the strongest leaves the first answer (stream: %s)',
    async (stream) => {
      const { ask, read, records, gate } = cascading(
        true,
        {},
        { budgets: [{ name: 'day', limit: usd('0.005'), per: 'day' }] },
      );
      nanoSays('I don’t know.');
      const body = { max_completion_tokens: 1000 };
      const { text, model } = stream
        ? await read(body)
        : await ask(body).then((answer) => ({ text: answer.choices[0]?.message.content, model: answer.model }));
      expect([text, model]).toEqual(['I don’t know.', 'gpt-5-nano']);
      expect(asked()).toEqual(['gpt-5-nano']);
      expect(records[0]).toMatchObject({
        source: 'provider',
        outcome: 'complete',
        httpStatus: 200,
        denial: undefined,
        savedBy: 'routed',
        route: { target: 'gpt-5-nano', cascade: { escalated: false, kept: 'denied' } },
        legs: [{}],
      });
      expect(records[0]?.budgets.map(({ action }) => action)).toEqual(['allowed', 'denied']);
      expect((await gate.balance('day')).heldNanoUsd).toBe(0);
      expectExact(records[0]);
    },
  );

  it('so does an envelope', async () => {
    const { ask, records } = cascading();
    nanoSays('');
    expect((await ask({ max_completion_tokens: 1000 }, { maxCost: usd('0.001') })).model).toBe('gpt-5-nano');
    expect(records[0]?.route?.cascade?.kept).toBe('denied');
  });

  it.each([
    ['answers 503', { kind: 'status', status: 503 } as const, 503],
    ['refuses', { kind: 'status', status: 400 } as const, 400],
    ['resets', { kind: 'reset' } as const, 'network'],
    ['breaks before it has begun', { kind: 'reset', afterBytes: 20 } as const, 'network'],
  ])('a strongest target that %s leaves the first answer', async (_, fault, status) => {
    const { ask, read, records } = cascading();
    for (const streams of [false, true]) {
      nanoSays('I don’t know.');
      shared.provider.fault({ ...fault, ...from('gpt-5') });
      const model = streams ? (await read()).model : (await ask()).model;
      expect(model).toBe('gpt-5-nano');
    }
    expect(asked()).toEqual([...pair, ...pair]);
    for (const record of records) {
      expect(record).toMatchObject({
        outcome: 'complete',
        httpStatus: 200,
        servedModel: 'gpt-5-nano',
        route: {
          target: 'gpt-5-nano',
          failed: [{ target: 'gpt-5', status }],
          cascade: { escalated: false, kept: 'failed' },
        },
      });
      expectExact(record);
    }
  });

  it('a stream of the strongest target that tells of nothing but an error leaves the first answer', async () => {
    const { read, records } = cascading();
    nanoSays('I don’t know.');
    const body = 'data: {"error":{"message":"overloaded"}}\n\n';
    shared.provider.script({ ...from('gpt-5'), body, contentType: 'text/event-stream' });
    expect((await read()).model).toBe('gpt-5-nano');
    expect(records[0]).toMatchObject({ outcome: 'complete', route: { cascade: { kept: 'failed' } }, legs: [{}, {}] });
  });

  it('a cheap answer that breaks off is no answer', async () => {
    const { ask, read, records } = cascading();
    for (const fault of [
      { kind: 'reset', afterBytes: 100 },
      { kind: 'truncate', afterBytes: 100 },
    ] as const) {
      shared.provider.fault({ ...fault, ...from('gpt-5-nano') });
      expect((await ask()).model).toBe('gpt-5');
      shared.provider.fault({ ...fault, ...from('gpt-5-nano') });
      expect((await read()).model).toBe('gpt-5');
    }
    expect(records[0]?.route).toMatchObject({
      target: 'gpt-5',
      failed: [{ target: 'gpt-5-nano', status: 'network' }],
      cascade: { checks: [], escalated: true },
    });
    expect(records.every(({ outcome }) => outcome === 'complete')).toBe(true);
  });

  it('a cheap target that is down is followed by a stronger one, whose answer is checked too', async () => {
    const { ask, records } = cascading(true, { targets: three });
    shared.provider.fault({ kind: 'status', status: 503, ...from('gpt-5-nano') });
    shared.provider.script({ ...from('gpt-5-mini'), text: 'I don’t know.' });
    expect((await ask()).model).toBe('gpt-5');
    expect(asked()).toEqual(three);
    expect(records[0]?.route).toMatchObject({ failed: [{ target: 'gpt-5-nano', status: 503 }], target: 'gpt-5' });
  });

  it('the strongest’s own answer is checked by nobody, also where it stands in for another', async () => {
    const { ask, records } = cascading();
    shared.provider.fault({ kind: 'status', status: 503, ...from('gpt-5-nano') });
    shared.provider.script({ ...from('gpt-5'), text: 'I don’t know.' });
    expect((await ask()).choices[0]?.message.content).toBe('I don’t know.');
    expect(asked()).toEqual(pair);
    expect(records[0]?.route?.cascade).toBeUndefined();
  });

  it('sends no key of one request’s tries along', async () => {
    const { ask } = cascading();
    nanoSays('');
    await ask({}, {}, { headers: { 'Idempotency-Key': 'once' } });
    expect(shared.provider.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['once', undefined]);
  });
});
