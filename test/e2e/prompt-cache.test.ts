import Anthropic from '@anthropic-ai/sdk';
import { type Provider, startProvider } from '@farthing/testkit';
import { type CallRecord, createGate, type GateOptions, usd } from 'farthing';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const time = { nowMs: 0 };
let provider: Provider;
beforeAll(async () => {
  provider = await startProvider({ now: () => time.nowMs });
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.reset();
  time.nowMs = Date.parse('2026-10-01T00:00:00Z');
});

/** About so many tokens of text that nothing else begins with. */
const prose = (tokens: number, about = 'bicycles'): string =>
  Array.from({ length: Math.ceil(tokens / 9) }, (_, index) => `Rule ${index}: ask about ${about}.`).join('\n');
const system = prose(2400);
const tools = [
  { name: 'look_up', description: prose(1500, 'stock'), input_schema: { type: 'object' as const, properties: {} } },
];
type Marked = { cache_control?: unknown };

/** A gate in front of the provider, taken for Anthropic and OpenAI, that may risk all it likes unless told. */
function cached(more: GateOptions = {}, host: string | null = 'anthropic') {
  const gate = createGate({
    promptCache: { maxLoss: 1 },
    now: () => time.nowMs,
    onWarning: () => {},
    ...(host !== null && { providers: { '127.0.0.1': host } }),
    ...more,
  });
  const records: CallRecord[] = [];
  gate.on('call', (record) => records.push(record));
  const anthropic = gate.wrap(new Anthropic({ apiKey: 'sk-secret', baseURL: provider.url, maxRetries: 0 }));
  const openai = gate.wrap(new OpenAI({ apiKey: 'sk-secret', baseURL: provider.openaiBaseURL, maxRetries: 0 }));
  const ask = (
    body: Partial<Anthropic.MessageCreateParamsNonStreaming> = {},
    options: Parameters<typeof gate.options>[0] = {},
  ) =>
    anthropic.messages.create(
      {
        model: 'claude-sonnet-5',
        max_tokens: 40,
        system,
        messages: [{ role: 'user', content: 'The chain slips.' }],
        ...body,
      },
      gate.options(options),
    );
  return { gate, records, anthropic, openai, ask };
}
const sent = (index: number): Record<string, unknown> => provider.requests.at(index)?.json ?? {};
const marksIn = (json: unknown): number => JSON.stringify(json).split('"cache_control"').length - 1;

describe('marks', () => {
  it('are set once a system prompt has come again, and then it is read', async () => {
    const { ask, records, gate } = cached();
    for (const content of ['One?', 'Two?', 'Three?', 'Four?']) {
      time.nowMs += 10_000;
      await ask({ messages: [{ role: 'user', content }] });
    }
    expect(provider.requests.map(({ json }) => marksIn(json))).toEqual([0, 1, 1, 1]);
    expect(sent(-1)['system']).toEqual([{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }]);
    expect(records.map(({ usage }) => [Boolean(usage?.cacheWrite5mTokens), Boolean(usage?.cacheReadTokens)])).toEqual([
      [false, false],
      [true, false],
      [false, true],
      [false, true],
    ]);
    expect(records[0]?.promptCache).toMatchObject([{ action: 'left', reason: 'none' }]);
    expect(records[2]?.promptCache).toMatchObject([
      {
        action: 'marked',
        places: [
          { at: 'system', reason: 'warm', ttl: '5m' },
          { at: 'turn', reason: 'rare' },
        ],
      },
    ]);
    const told = gate.report();
    expect(told.promptCache?.calls).toBe(3);
    expect(told.promptCache?.realisedNanoUsd).toBeGreaterThan(0);
    expect(Object.values(told.savedBy).every((saved) => saved === 0)).toBe(true);
    expect(records.every(({ savedNanoUsd }) => savedNanoUsd === 0)).toBe(true);
  });

  it('are set by nobody by default, nor for a call that says no', async () => {
    const off = cached({ promptCache: false });
    await off.ask();
    await off.ask();
    const on = cached();
    await on.ask();
    await on.ask({}, { promptCache: false });
    expect(provider.requests.map(({ json }) => marksIn(json))).toEqual([0, 0, 0, 0]);
    expect(off.gate.report().promptCache).toBeUndefined();
    expect(on.records[1]?.promptCache).toBeUndefined();
  });

  it('leave a caller’s own marks, and all else of that request, alone', async () => {
    const { ask, records } = cached();
    const own = { system: [{ type: 'text' as const, text: system, cache_control: { type: 'ephemeral' as const } }] };
    const bodies: string[] = [];
    for (let index = 0; index < 3; index++) {
      await ask(own);
      bodies.push(String(provider.requests.at(-1)?.body));
    }
    expect(new Set(bodies).size).toBe(1);
    expect(marksIn(sent(-1))).toBe(1);
    await ask({ cache_control: { type: 'ephemeral' } });
    expect(marksIn(sent(-1))).toBe(1);
    expect(records.map(({ promptCache }) => promptCache?.[0]?.reason)).toEqual(['own', 'own', 'own', 'own']);
  });

  it('are none where a prompt is shorter than the model’s least, and follow that least', async () => {
    const { ask, records } = cached();
    for (let index = 0; index < 3; index++) await ask({ system: prose(300) });
    for (let index = 0; index < 3; index++) await ask({ model: 'claude-haiku-4-5' });
    for (let index = 0; index < 3; index++) await ask({ model: 'claude-opus-5', system: prose(800, 'tyres') });
    // By then it is known that prompts come again: those of the last model are marked at first sight.
    expect(provider.requests.map(({ json }) => marksIn(json))).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 2]);
    expect(records[5]?.promptCache).toMatchObject([{ reason: 'short' }]);
    expect(records[8]?.usage?.cacheReadTokens).toBeGreaterThan(512);
  });

  it('move with a conversation: each turn reads what the one before wrote', async () => {
    const { ask, records } = cached();
    const talk = async (about: string): Promise<void> => {
      const messages: Anthropic.MessageParam[] = [];
      for (let turn = 0; turn < 5; turn++) {
        time.nowMs += 20_000;
        messages.push({ role: 'user', content: `${about}, ${turn}: ${prose(300, about)}` });
        const answer = await ask({ messages, tools });
        messages.push({ role: 'assistant', content: answer.content });
      }
    };
    for (const about of ['brakes', 'lights', 'saddles']) await talk(about);
    for (const index of [-4, -3, -2, -1]) {
      const before = records.at(index - 1)?.usage;
      // All that the turn before read and wrote.
      expect(records.at(index)?.usage?.cacheReadTokens).toBe(
        (before?.cacheReadTokens ?? 0) + (before?.cacheWrite5mTokens ?? 0) + (before?.cacheWrite1hTokens ?? 0),
      );
      // The last turn of these conversations was never followed by another: by now it is not written.
      if (index < -1) expect(records.at(index)?.usage?.inputTokens).toBeLessThan(80);
    }
    expect(provider.requests.every(({ json }) => marksIn(json) <= 4)).toBe(true);
    const { tools: sentTools, messages } = sent(-2) as { tools: Marked[]; messages: { content: unknown }[] };
    expect(sentTools.at(-1)?.cache_control).toEqual({ type: 'ephemeral' });
    expect(messages.at(-1)?.content).toMatchObject([{ cache_control: { type: 'ephemeral' } }]);
    expect(marksIn(messages.slice(0, -1))).toBe(0);
  });

  it('keep an earlier turn in reach of a turn that is many blocks long', async () => {
    const { ask, records } = cached();
    const talk = async (about: string): Promise<void> => {
      const messages: Anthropic.MessageParam[] = [];
      for (let turn = 0; turn < 4; turn++) {
        time.nowMs += 5000;
        const content = Array.from({ length: 25 }, (_, index) => ({
          type: 'text' as const,
          text: `${about} ${turn} ${index} ${prose(30, about)}`,
        }));
        messages.push({ role: 'user', content });
        const answer = await ask({ messages });
        messages.push({ role: 'assistant', content: answer.content });
      }
    };
    for (const about of ['brakes', 'lights']) await talk(about);
    const [before, last] = records.slice(-2);
    expect(last?.usage?.cacheReadTokens).toBe(
      (before?.usage?.cacheReadTokens ?? 0) + (before?.usage?.cacheWrite5mTokens ?? 0),
    );
    expect(marksIn(sent(-1))).toBeLessThanOrEqual(4);
  });

  it('stand at the tools where the system prompt never comes again', async () => {
    const { ask, records } = cached();
    for (let index = 0; index < 6; index++) await ask({ tools, system: `${index} ${system}` });
    const { tools: sentTools, system: sentSystem } = sent(-1) as { tools: Marked[]; system: unknown };
    expect(sentTools.at(-1)?.cache_control).toEqual({ type: 'ephemeral' });
    expect(sentSystem).toBe(`5 ${system}`);
    expect(records.at(-1)?.usage?.cacheReadTokens).toBeGreaterThan(1000);
  });

  it('are kept an hour where a prompt comes again after more than five minutes', async () => {
    const { ask, records } = cached();
    for (let index = 0; index < 6; index++) {
      time.nowMs += 20 * 60_000;
      await ask();
    }
    expect(sent(-1)['system']).toMatchObject([{ cache_control: { type: 'ephemeral', ttl: '1h' } }]);
    expect(records.at(-1)?.usage).toMatchObject({ cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 });
    expect(records.at(-1)?.usage?.cacheReadTokens).toBeGreaterThan(1000);
    const short = cached({ promptCache: { maxLoss: 1, ttl: '5m' } });
    for (let index = 0; index < 6; index++) {
      time.nowMs += 20 * 60_000;
      await short.ask();
    }
    expect(marksIn(sent(-1))).toBe(0);
  });

  it('are not written by two calls at once', async () => {
    const { ask, records } = cached();
    await ask();
    await ask();
    time.nowMs += 400_000; // what was written is gone
    await Promise.all(Array.from({ length: 5 }, () => ask()));
    const writes = records.filter(({ usage }) => usage && usage.cacheWrite5mTokens + usage.cacheWrite1hTokens > 0);
    expect(writes.length).toBeLessThanOrEqual(2);
    expect(records.flatMap(({ promptCache }) => promptCache ?? []).map(({ places }) => places[0]?.reason)).toContain(
      'writing',
    );
  });

  it('are set again where a call that was to write them failed', async () => {
    const { ask, records } = cached();
    await ask();
    for (const fault of [{ kind: 'status', status: 529 }, { kind: 'reset' }] as const) {
      provider.fault(fault);
      await expect(ask()).rejects.toThrow();
      expect(marksIn(sent(-1))).toBeGreaterThan(0);
    }
    await ask();
    expect(records.at(-1)?.promptCache?.[0]?.places[0]?.reason).toBe('reused');
    expect(records.at(-1)?.usage?.cacheWrite5mTokens).toBeGreaterThan(1000);
    await ask();
    expect(records.at(-1)?.usage?.cacheReadTokens).toBeGreaterThan(1000);
  });

  it('are in no call that a budget denies, and in the next that it lets pass', async () => {
    const { ask, gate } = cached({ budgets: [{ name: 'day', limit: usd('0.02'), per: 'day' }] });
    await ask();
    await ask();
    await expect(ask({ max_tokens: 60_000 })).rejects.toThrow();
    time.nowMs += 86_400_000;
    await ask();
    await ask();
    expect(provider.requests).toHaveLength(4);
    expect(marksIn(sent(-1))).toBeGreaterThan(0);
    expect(gate.report().promptCache?.realisedNanoUsd).toBeDefined();
  });

  it('wait, by default, until what they may lose is a hundredth of what was paid', async () => {
    const { ask, records } = cached({ promptCache: true });
    for (let index = 0; index < 40; index++) await ask({ messages: [{ role: 'user', content: `${index}?` }] });
    const first = provider.requests.findIndex(({ json }) => marksIn(json) > 0);
    expect(first).toBeGreaterThan(20);
    expect(first).toBeLessThan(38);
    expect(records[5]?.promptCache).toMatchObject([{ places: [{ at: 'system', reason: 'room' }, {}] }]);
  });

  it('are set in streams, whose usage tells of them', async () => {
    const { anthropic, records, gate } = cached();
    for (let index = 0; index < 3; index++) {
      const stream = anthropic.messages.stream({
        model: 'claude-sonnet-5',
        max_tokens: 40,
        system,
        messages: [{ role: 'user', content: 'The chain slips.' }],
      });
      await stream.finalMessage();
    }
    await gate.idle();
    expect(records[2]?.usage?.cacheReadTokens).toBeGreaterThan(1000);
  });

  it('are in the bound that a budget sets aside', async () => {
    const budgets = [{ name: 'day', limit: usd('10'), per: 'day' as const }];
    const held = async (promptCache: GateOptions['promptCache']): Promise<number> => {
      const { ask, records } = cached({ budgets, promptCache });
      await ask();
      await ask();
      expect(records[1]?.costNanoUsd).toBeLessThan(records[1]?.budgets[0]?.heldNanoUsd ?? 0);
      return records[1]?.budgets[0]?.heldNanoUsd ?? 0;
    };
    const [plain, marked] = [await held(false), await held({ maxLoss: 1 })];
    expect(marksIn(sent(-1))).toBeGreaterThan(0);
    // Sonnet 5: $2 a million tokens of input, $2.50 where they are written; 40 tokens of output at $10.
    expect((marked - 400_000) / (plain - 400_000)).toBeCloseTo(1.25, 2);
  });

  it('follow a route to another model, which has caches of its own', async () => {
    const { ask, records } = cached({
      routes: { 'claude-opus-5': { targets: ['claude-sonnet-5', 'claude-opus-5'], targetStrongShare: 0 } },
    });
    for (let index = 0; index < 3; index++) await ask({ model: 'claude-opus-5' });
    expect(sent(-1)['model']).toBe('claude-sonnet-5');
    expect(marksIn(sent(-1))).toBeGreaterThan(0);
    expect(records.at(-1)?.usage?.cacheReadTokens).toBeGreaterThan(1000);
    expect(records.at(-1)?.savedBy).toBe('routed');
    await ask({ model: 'claude-haiku-4-5' });
    expect(records.at(-1)?.usage?.cacheReadTokens).toBe(0);
  });

  it('are no part of what the exact cache looks for', async () => {
    const { ask, records } = cached({ cache: true });
    await ask({ messages: [{ role: 'user', content: 'One?' }] });
    await ask({ messages: [{ role: 'user', content: 'Two?' }] });
    await ask({ messages: [{ role: 'user', content: 'Two?' }] });
    expect(marksIn(sent(-1))).toBeGreaterThan(0);
    expect(records.map(({ source }) => source)).toEqual(['provider', 'provider', 'exact']);
    expect(records[2]?.promptCache).toBeUndefined();
  });

  it('go to no host that is not known to take them, and into no count of tokens', async () => {
    const unknown = cached({}, null);
    await unknown.ask();
    await unknown.ask();
    expect(unknown.records[1]?.promptCache).toMatchObject([{ action: 'left', reason: 'host' }]);
    const { ask, anthropic } = cached();
    await ask();
    await ask();
    await anthropic.messages.countTokens({
      model: 'claude-sonnet-5',
      system,
      messages: [{ role: 'user', content: 'The chain slips.' }],
    });
    expect(provider.requests.map(({ json }) => marksIn(json) > 0)).toEqual([false, false, false, true, false]);
  });

  it('are only told of in observe', async () => {
    const { ask, records } = cached({ promptCache: { mode: 'observe', maxLoss: 1 } });
    await ask();
    await ask();
    expect(marksIn(sent(-1))).toBe(0);
    expect(records[1]?.promptCache).toMatchObject([{ action: 'would_mark' }]);
  });

  it('change nothing of a request but what they add, to the last digit of a number', async () => {
    const { gate } = cached();
    const [head, tail] = [
      '{ "max_tokens":20, "seed":12345678901234567890,\n "system" : ',
      ', "model":"claude-sonnet-5"',
    ];
    const text = JSON.stringify(system);
    const end = ', "messages":[ {"role":"user", "content":"a"} ] }';
    const ask = (): Promise<Response> =>
      gate.fetch(`${provider.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': 'sk', 'content-type': 'application/json' },
        body: `${head}${text}${tail}${end}`,
      });
    for (let index = 0; index < 2; index++) await (await ask()).text();
    expect(String(provider.requests[0]?.body)).toBe(`${head}${text}${tail}${end}`);
    const marked = (value: string): string => `[{"type":"text","text":${value},"cache_control":{"type":"ephemeral"}}]`;
    expect(String(provider.requests[1]?.body)).toBe(
      `${head}${marked(text)}${tail}${end.replace('"a"', marked('"a"'))}`,
    );
  });
});

describe('a key', () => {
  const chat = (client: OpenAI, body: object = {}) =>
    client.chat.completions.create({
      model: 'gpt-5',
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: 'The chain slips.' },
      ],
      ...body,
      stream: false,
    });
  const keys = (): unknown[] => provider.requests.map(({ json }) => json?.['prompt_cache_key']);

  it('is the same for the same prefix, another for another, and a hash', async () => {
    const { openai, records, gate } = cached({}, 'openai');
    await chat(openai);
    await chat(openai, {
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: 'Another?' },
      ],
    });
    await chat(openai, {
      messages: [
        { role: 'system', content: prose(2400, 'trains') },
        { role: 'user', content: 'a' },
      ],
    });
    await openai.responses.create({ model: 'gpt-5', instructions: system, input: 'The chain slips.' });
    const [one, two, three, four] = keys();
    expect(one).toMatch(/^farthing-[\w-]{32}$/);
    expect(two).toBe(one);
    expect(new Set([one, three, four]).size).toBe(3);
    expect(records.map(({ promptCache }) => promptCache?.[0]?.action)).toEqual(Array(4).fill('keyed'));
    expect(records[1]?.usage?.cacheReadTokens).toBeGreaterThan(1000);
    expect(gate.report().promptCache?.automaticNanoUsd).toBeGreaterThan(0);
    expect(gate.report().promptCache?.realisedNanoUsd).toBe(0);
  });

  it('is never set over the caller’s own, for short prompts, or for servers that only speak the format', async () => {
    const { openai } = cached({}, 'openai');
    await chat(openai, { prompt_cache_key: 'mine' });
    await chat(openai, { messages: [{ role: 'user', content: 'Hello' }] });
    await chat(cached({}, null).openai);
    await chat(cached({}, 'groq').openai);
    expect(keys()).toEqual(['mine', undefined, undefined, undefined]);
  });

  it('is another for other conversations where one machine is not enough, and one conversation keeps its own', async () => {
    const { openai } = cached({}, 'openai');
    const ask = (opening: string) =>
      chat(openai, {
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: opening },
        ],
      });
    for (let index = 0; index < 60; index++) await ask(`Question ${index % 30}`);
    const all = keys().slice(-30);
    expect(new Set(all).size).toBeGreaterThan(1);
    expect(new Set(all).size).toBeLessThanOrEqual(4);
    await ask('Question 7');
    await ask('Question 7');
    expect(keys().at(-1)).toBe(keys().at(-2));
  });
});

describe('advice', () => {
  it('names the line near the top that defeats caching, and what it costs', async () => {
    const { ask, gate, records } = cached();
    for (let index = 0; index < 8; index++) {
      time.nowMs += 61_000;
      await ask({ system: `You help.\nNow: ${new Date(time.nowMs).toISOString()}, in Rome.\n${system}` });
    }
    const [advice, ...more] = gate.report().promptCache?.advice ?? [];
    expect(more).toEqual([]);
    expect(advice).toMatchObject({ model: 'claude-sonnet-5', line: 2, character: 6, kind: 'timestamp', calls: 8 });
    expect(advice?.variants).toBeGreaterThan(6);
    // Seven calls could have read their 2,400 tokens and more at $0.20 a million instead of $2.
    const tokens = records[1]?.usage?.inputTokens ?? 0;
    expect(advice?.lostNanoUsd).toBeGreaterThan(7 * tokens * 1800 * 0.7);
    expect(advice?.lostNanoUsd).toBeLessThan(7 * tokens * 1800 * 1.4);
    expect(advice?.lostNanoUsdPerDay).toBe((advice?.lostNanoUsd ?? 0) * 24);
    expect(advice).not.toHaveProperty('text');
  });

  it.each([
    ['uuid', (index: number) => `Session 6f1c2b3a-1111-4222-8333-abcdefabcd${10 + index}`],
    ['number', (index: number) => `Ticket ${1000 + index * 37}`],
    ['other', (index: number) => `You talk to ${['Anna', 'Bob', 'Chen', 'Dora', 'Emil'][index]}`],
  ])('tells a %s', async (kind, line) => {
    const { openai, gate } = cached({ promptCache: { adviceText: true } }, 'openai');
    for (let index = 0; index < 5; index++)
      await openai.chat.completions.create({
        model: 'gpt-5',
        messages: [
          { role: 'system', content: `${line(index)}\n${system}` },
          { role: 'user', content: 'The chain slips.' },
        ],
      });
    expect(gate.report().promptCache?.advice).toMatchObject([
      { kind, line: 1, variants: 5, text: line(4).split(' ').at(-1) },
    ]);
  });

  it('is silent on prompts that are the same, that are different, or that are short', async () => {
    const { ask, gate } = cached();
    for (const about of ['brakes', 'lights', 'saddles', 'bells']) {
      await ask({ system: prose(2400, about).split('\n').reverse().join(about) });
      await ask();
      await ask({ system: `Hello at ${about}` });
    }
    expect(gate.report().promptCache?.advice).toEqual([]);
  });
});

it('keeps no text: neither record nor report holds a word of a prompt', async () => {
  const { ask, gate, records } = cached();
  for (let index = 0; index < 5; index++) await ask({ system: `Secret ${index * 7919}\n${system}`, tools });
  const told = JSON.stringify([records, gate.report()], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  for (const word of ['Secret', 'bicycles', 'stock', 'chain', '7919']) expect(told).not.toContain(word);
});
