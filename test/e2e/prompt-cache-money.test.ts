import { createPromptCaches } from '@farthing/testkit';
import { type CallRecord, createGate, type GateOptions, usd } from 'farthing';
import { describe, expect, it } from 'vitest';

type Json = Record<string, unknown>;
/** What the provider says to a request; without `usage` an error of this status. */
interface Said {
  readonly status?: number;
  readonly usage?: Json;
  readonly model?: string;
}
const isMarked = (value: unknown): boolean => JSON.stringify(value).includes('"cache_control"');
const tokensOf = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4);
const prose = (tokens: number, about: string | number): string =>
  Array.from({ length: Math.ceil(tokens / 9) }, (_, index) => `Rule ${index}: ask about ${about}.`).join('\n');

/** A gate in front of a provider that answers as it is told, on a clock of its own. */
function guarded(say: (json: Json, nowMs: () => number) => Said, more: GateOptions = {}) {
  const time = { nowMs: Date.parse('2026-10-01T00:00:00Z') };
  const provider: typeof fetch = async (_, init) => {
    const json = JSON.parse(String(init?.body)) as Json; // what this file wrote
    const { status = 200, usage, model = json['model'] } = say(json, () => time.nowMs);
    const answer = { type: 'message', role: 'assistant', model, content: [], stop_reason: 'end_turn', usage };
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'no' } };
    return Response.json(usage ? answer : error, { status });
  };
  const gate = createGate({
    fetch: provider,
    now: () => time.nowMs,
    onWarning: () => {},
    promptCache: { maxLoss: 1 },
    ...more,
  });
  const records: CallRecord[] = [];
  gate.on('call', (record) => records.push(record));
  const request = (body: Json): readonly [string, RequestInit] => [
    'https://api.anthropic.com/v1/messages',
    {
      method: 'POST',
      headers: { 'x-api-key': 'sk', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-sonnet-5',
        max_tokens: 100,
        messages: [{ role: 'user', content: 'Why?' }],
        ...body,
      }),
    },
  ];
  const ask = async (body: Json): Promise<void> => {
    await (await gate.fetch(...request(body))).text();
    await gate.idle();
  };
  return { gate, records, ask, time, request };
}

const usage = (input: number, read = 0, written = 0): Json => ({
  input_tokens: input,
  output_tokens: 10,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: written,
  cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 },
});
/** Whatever is marked is written, and never found again. */
const forgetful = (json: Json): Said => {
  const tokens = tokensOf([json['system'], json['messages']]);
  return { usage: isMarked(json) ? usage(0, 0, tokens) : usage(tokens) };
};
/** What input cost so far, beyond what it would have cost without marks, as a share of that. */
function lossOf(records: readonly CallRecord[]): number {
  let [paid, plain] = [0, 0];
  for (const { usage: used } of records) {
    const [input, read, written] = [used?.inputTokens ?? 0, used?.cacheReadTokens ?? 0, used?.cacheWrite5mTokens ?? 0];
    const hour = used?.cacheWrite1hTokens ?? 0;
    plain += input + read + written + hour;
    paid += input + read * 0.1 + written * 1.25 + hour * 2;
  }
  return (paid - plain) / plain;
}

describe('what marks may lose', () => {
  it('stays under its bound with a provider that forgets what it wrote', async () => {
    const { ask, records, time } = guarded(forgetful, { promptCache: true });
    for (let index = 0; index < 300; index++) {
      time.nowMs += 10_000;
      await ask({ system: prose(2400, 'bells') });
    }
    expect(records.some(({ promptCache }) => promptCache?.[0]?.action === 'marked')).toBe(true);
    expect(lossOf(records)).toBeGreaterThan(0);
    expect(lossOf(records)).toBeLessThanOrEqual(0.01);
    // Once it is relied on, beyond what may be lost: of 34 calls, two are a quarter dearer.
    for (let calls = 1; calls <= records.length; calls++)
      expect(lossOf(records.slice(0, calls))).toBeLessThan(0.01 + 0.25 / calls);
  });

  it.each([
    ['text', { type: 'text', media_type: 'text/plain', data: prose(60_000, 'spokes') }],
    ['PDF', { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x'.repeat(30_000) }],
    ['file', { type: 'file', file_id: 'file_1' }],
  ])('counts a document that is a %s for as large as it may be', async (_, source) => {
    const caches = createPromptCaches({
      now: () => time.nowMs,
      tokens: (text) => Math.ceil(text.length / 4),
    });
    const documentTokens = 60_000;
    const { ask, records, time } = guarded(
      (json) => {
        if (JSON.stringify(json).includes('"document"'))
          return { usage: isMarked(json) ? usage(0, 0, documentTokens) : usage(documentTokens) };
        const total = tokensOf([json['system'], json['messages']]);
        const { read, written5m, written1h } = caches.anthropic(json, total);
        return { usage: usage(total - read - written5m - written1h, read, written5m + written1h) };
      },
      { promptCache: true },
    );
    // Conversations, whose turns come again: what is learned of them holds for the first turn with a document, too.
    const turn = (index: number, about: number): Json => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: index % 2 === 0 ? prose(3000, about) : 'Yes.',
    });
    for (let about = 0; about < 60; about++)
      for (const turns of [1, 3]) {
        time.nowMs += 5000;
        await ask({ messages: Array.from({ length: turns }, (_each, index) => turn(index, about)) });
      }
    expect(lossOf(records)).toBeLessThan(0);
    const before = records.length;
    for (let index = 0; index < 4; index++)
      await ask({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'document', source },
              { type: 'text', text: `Question ${index}?` },
            ],
          },
        ],
      });
    // One such document costs $0.03 more to write; a hundredth of all that was asked before is less than a tenth of it.
    expect(records.slice(before).map(({ promptCache }) => promptCache?.[0]?.action)).toEqual(Array(4).fill('left'));
  });

  it('is told for a file by its bill, so that the next turn is marked', async () => {
    const { ask, records } = guarded(forgetful);
    const content = [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }];
    const first = { role: 'user', content };
    await ask({ system: prose(2400, 'bells'), messages: [first] });
    await ask({ system: prose(2400, 'bells'), messages: [first] });
    const places = records.map(({ promptCache }) => promptCache?.[0]?.places.at(-1)?.tokens ?? 0);
    expect(places[0]).toBeGreaterThan(100_000);
    expect(places[1]).toBeLessThan(5000);
  });
});

describe('what is told of savings', () => {
  it('counts no call that failed, or that a budget denied', async () => {
    let isDown = false;
    const { ask, gate, records } = guarded((json) => (isDown ? { status: 529 } : forgetful(json)), {
      budgets: [{ name: 'day', limit: usd('0.5'), per: 'day' }],
    });
    const body = { system: prose(2400, 'bells') };
    await ask(body);
    await ask(body);
    const before = gate.report().promptCache;
    expect(before?.calls).toBe(1);
    isDown = true;
    await ask(body);
    isDown = false;
    await ask({ ...body, max_tokens: 100_000 });
    expect(records.map(({ httpStatus }) => httpStatus)).toEqual([200, 200, 529, 402]);
    expect(records.slice(2).map(({ promptCache }) => promptCache?.[0]?.action)).toEqual(['marked', 'marked']);
    expect(gate.report().promptCache).toMatchObject({
      calls: before?.calls,
      expectedNanoUsd: before?.expectedNanoUsd,
      realisedNanoUsd: before?.realisedNanoUsd,
    });
  });

  it('is what the bill says, to the nano-dollar: at the model and in the geography that were served', async () => {
    const written = { usage: { ...usage(7, 0, 2001), inference_geo: 'us' }, model: 'claude-opus-5' };
    const { ask, gate, records } = guarded((json) => (isMarked(json) ? written : { usage: usage(2008) }));
    const body = { system: prose(2400, 'bells') };
    await ask(body);
    await ask(body);
    expect(records[1]?.costParts['cacheWrite5mTokens']).toBe(2001n * 6_875_000n);
    // Opus 5 is $5 a million, $6.25 where it is written; a tenth more in the US.
    expect(gate.report().promptCache?.realisedNanoUsd).toBe(-Math.round(2001 * 1250 * 1.1));
    expect(records[1]?.promptCache?.[0]?.expectedNanoUsd).toBeLessThan(0);
  });
});

it('explaining a request tells the bound that marks would have', async () => {
  const explain = async (more: GateOptions, body: Json = {}) => {
    const { gate, request } = guarded(forgetful, more);
    const { boundNanoUsd = 0, markedBoundNanoUsd } = await gate.explain(
      ...request({ system: prose(2400, 'a'), ...body }),
    );
    return markedBoundNanoUsd === undefined ? undefined : (markedBoundNanoUsd - 1_100_000) / (boundNanoUsd - 1_100_000);
  };
  // 100 tokens of output at $10 a million, and a tenth more in the US; input is written at 2 × or 1.25 ×.
  expect(await explain({ promptCache: true })).toBeCloseTo(2, 2);
  expect(await explain({ promptCache: { ttl: '5m' } })).toBeCloseTo(1.25, 2);
  expect(await explain({ promptCache: { mode: 'observe' } })).toBeUndefined();
  expect(await explain({ promptCache: false })).toBeUndefined();
  expect(await explain({ promptCache: true }, { cache_control: { type: 'ephemeral' } })).toBeUndefined();
});
