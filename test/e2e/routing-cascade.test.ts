import { type CascadeOptions, type RouteOptions, usd } from 'farthing';
import { describe, expect, it } from 'vitest';
import { type CallOptions, cascadesOver, expectExact, pair, three } from './routing-cascade-kit.js';
import { chat, sharedProvider } from './setup.js';

const shared = sharedProvider();
const { asked, cascading, nanoSays } = cascadesOver(shared);

describe('a cascade', () => {
  it('gives the cheap answer where it passes', async () => {
    const { ask, records, gate } = cascading();
    expect((await ask()).model).toBe('gpt-5-nano');
    expect(asked()).toEqual(['gpt-5-nano']);
    expect(records).toMatchObject([
      {
        servedModel: 'gpt-5-nano',
        savedBy: 'routed',
        route: {
          target: 'gpt-5-nano',
          cascade: {
            checks: [
              { name: 'refusal', passed: true },
              { name: 'hedge', passed: true },
            ],
            escalated: false,
          },
        },
      },
    ]);
    expect(records[0]?.savedNanoUsd).toBeGreaterThan(0);
    expect(gate.report().savedBy.routed).toBe(records[0]?.savedNanoUsd);
    expectExact(records[0]);
  });

  it('asks the strongest where it does not, and tells what both cost', async () => {
    const { ask, records, gate } = cascading(true, { targets: three });
    nanoSays("I'm not sure about that.");
    expect((await ask()).model).toBe('gpt-5');
    expect(asked()).toEqual(pair);
    const [record] = records;
    expect(record).toMatchObject({
      outcome: 'complete',
      servedModel: 'gpt-5',
      savedBy: 'routed',
      route: {
        chosen: 'gpt-5-nano',
        target: 'gpt-5',
        failed: [],
        cascade: {
          checks: [
            { name: 'refusal', passed: true },
            { name: 'hedge', passed: false, reason: 'hedged' },
          ],
          escalated: true,
        },
      },
      legs: [{ requestedModel: 'gpt-5-nano' }, { requestedModel: 'gpt-5' }],
    });
    expectExact(record);
    // The strongest would have cost its own leg alone: the first one is a loss.
    const first = Number(((record?.legs[0]?.cost?.totalPicoUsd ?? 0n) + 500n) / 1000n);
    expect(record?.savedNanoUsd).toBe(-first);
    expect(gate.report().savedBy.routed).toBe(-first);
    expect(shared.provider.billed).toHaveLength(2);
  });

  it('holds a budget for each leg, and lets go of both', async () => {
    const { ask, records, gate } = cascading(true, {}, { budgets: [{ name: 'day', limit: usd('1'), per: 'day' }] });
    nanoSays('');
    await ask();
    const { spentNanoUsd, heldNanoUsd } = await gate.balance('day');
    expect(spentNanoUsd).toBe(records[0]?.costNanoUsd);
    expect(heldNanoUsd).toBe(0);
    expect(records[0]?.budgets).toHaveLength(2);
  });

  it.each<[string, Partial<RouteOptions>, CallOptions, object]>([
    ['the strongest was chosen', { targetStrongShare: 1 }, {}, {}],
    ['the call is pinned', {}, { pin: 'gpt-5-nano' }, {}],
    ['the call is valuable', {}, { value: 3 }, {}],
    [
      'nothing else can take it',
      { targets: ['gpt-5-nano', { model: 'gpt-5', capabilities: { tools: false } }] },
      {},
      { tools: [{ type: 'function', function: { name: 'f', parameters: {} } }] },
    ],
    ['asking does something at the provider', {}, {}, { store: true }],
  ])('begins not where %s', async (_, route, callOptions, body) => {
    const { ask, records } = cascading(true, route, {});
    shared.provider.script({ text: "I don't know." });
    await ask(body, callOptions);
    expect(asked()).toHaveLength(1);
    expect(records[0]?.route).toBeDefined();
    expect(records[0]?.route?.cascade).toBeUndefined();
  });

  it('begins not where a budget runs out, nor where it is only observed', async () => {
    const low = cascading(
      true,
      { stepDownBelow: 0.99, targetStrongShare: 1 },
      { budgets: [{ name: 'day', limit: usd('0.05'), per: 'day' }] },
    );
    await low.ask({ max_completion_tokens: 100 }, { pin: 'gpt-5' });
    nanoSays("I don't know.");
    await low.ask({ max_completion_tokens: 100 });
    expect(low.records[1]?.route).toMatchObject({ reason: 'budget_low', target: 'gpt-5-nano' });
    const observed = cascading(true, {}, { mode: 'observe' });
    await observed.ask();
    expect(observed.records[0]?.route?.cascade).toBeUndefined();
    expect(asked()).toEqual(['gpt-5', 'gpt-5-nano', 'gpt-5']);
  });

  it('goes up also where nothing falls back', async () => {
    const { ask } = cascading(true, { fallback: 'none', targets: three });
    nanoSays('');
    expect((await ask()).model).toBe('gpt-5');
    expect(asked()).toEqual(pair);
  });

  it('is shared by equal calls, and kept: the answer that was given', async () => {
    const { ask, records } = cascading(true, {}, { cache: true, coalesce: true });
    nanoSays('I cannot determine that.');
    const answers = await Promise.all([ask(), ask()]);
    answers.push(await ask());
    expect(answers.map(({ model }) => model)).toEqual(['gpt-5', 'gpt-5', 'gpt-5']);
    expect(asked()).toEqual(pair);
    expect(records.map(({ source }) => source).sort()).toEqual(['coalesced', 'exact', 'provider']);
    await ask({ seed: 1 });
    await ask({ seed: 1 });
    expect(asked()).toEqual([...pair, 'gpt-5-nano']);
  });
});

describe('a stream', () => {
  const chunk = (content: string, finish: string | null = null, model = 'gpt-5-nano'): string =>
    `data: ${JSON.stringify({ id: 'a', object: 'chat.completion.chunk', created: 1, model, choices: [{ index: 0, delta: { content }, finish_reason: finish }], usage: null })}\n\n`;
  const end = `data: ${JSON.stringify({ id: 'a', model: 'gpt-5-nano', choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } })}\n\ndata: [DONE]\n\n`;

  /** A gate in front of a fetch that answers these pieces, and what its caller reads. */
  async function pieces(sent: readonly string[], cascade: boolean | CascadeOptions, body: object = {}) {
    const own: typeof fetch = async () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            const piece = rest.shift();
            if (piece === undefined) controller.close();
            else controller.enqueue(new TextEncoder().encode(piece));
          },
        }),
        { headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' } },
      );
    const rest = [...sent];
    const { gate, records } = cascading(cascade, {}, { fetch: own });
    const asks = { model: 'gpt-5', stream: true, stream_options: { include_usage: true }, ...body };
    const response = await gate.fetch(...chat('http://127.0.0.1:1/v1', asks));
    const heldBack = sent.length - rest.length;
    const read: string[] = [];
    for await (const piece of response.body ?? []) read.push(new TextDecoder().decode(piece));
    await gate.idle();
    return { response, read, heldBack, record: records[0] };
  }

  it('that passes comes in the same pieces, under the same head', async () => {
    const text = chunk('Oil ') + chunk('the ') + chunk('chain.', 'stop') + end;
    const sent = [text.slice(0, 11), text.slice(11, 300), text.slice(300, 301), text.slice(301)];
    const { response, read, record } = await pieces(sent, true);
    expect(read).toEqual(sent);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toBe('req_1');
    expect(response.headers.get('x-farthing-source')).toBe('provider');
    expect(response.headers.get('x-farthing-id')).toBe(record?.id);
    expect(record?.route?.cascade).toMatchObject({ escalated: false });
  });

  it('that is too large is passed on as it comes, unjudged', async () => {
    const sent = [...Array.from({ length: 40 }, () => chunk("I don't know. ")), chunk('', 'stop'), end];
    const { read, heldBack, record } = await pieces(sent, { maxAnswerBytes: 1000 });
    expect(read).toEqual(sent);
    expect(heldBack).toBeLessThan(12);
    expect(record).toMatchObject({
      outcome: 'complete',
      route: { cascade: { checks: [], escalated: false, kept: 'too_large' } },
      legs: [{ usage: { outputTokens: 4 } }],
    });
  });

  it('that does not pass is followed by the strongest target’s, from its first byte', async () => {
    const { read, records } = cascading();
    nanoSays('I have no idea.');
    const { text, model } = await read();
    expect(model).toBe('gpt-5');
    expect(text).not.toMatch(/no idea/);
    expect(records[0]).toMatchObject({ stream: true, outcome: 'complete', legs: [{}, {}] });
    expect(records[0]?.firstChunkMs).toBeGreaterThan(0);
    expectExact(records[0]);
  });
});

describe('what is refused at construction', () => {
  it.each<[string, CascadeOptions, RegExp]>([
    [
      'the strongest’s own agreement',
      { agreement: 'gpt-5' },
      /`routes\['gpt-5'\]\.cascade\.agreement` to be true or the name of a target before the last, got 'gpt-5'/,
    ],
    [
      'a probability',
      { logprob: 0.5 },
      /`routes\.gpt-5\.cascade\.logprob` to be a number below 0, such as -0\.3, got 0\.5/,
    ],
    ['a scorer that is none', { scorer: {} as never }, /cascade\.scorer` to be an object with a function `score`/],
  ])('%s', (_, cascade, message) => {
    expect(() => cascading(cascade)).toThrow(message);
  });
});
