import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyRoute } from '../routing/predictor-file.js';
import { listOf } from './list-of.test-kit.js';
import { oldestFirst } from './record-source.js';
import { readTrainingRows, type TrainingRow, type TrainingRowsOptions } from './training-rows.js';

/** Reads files that are given as lines: values as JSON, strings as they are. */
async function read(files: unknown[][], options: Omit<TrainingRowsOptions, 'sources'> = {}) {
  const sources = files.map((lines, index) => ({
    path: `file-${index}`,
    async *lines() {
      for (const line of lines) yield typeof line === 'string' || line === undefined ? line : JSON.stringify(line);
    },
  }));
  const rows = await readTrainingRows({ sources, ...options });
  return { ...rows, found: await listOf(rows.withTurns()) };
}

const call = (id: string, content: string | undefined, more: object = {}) => ({
  id,
  purpose: 'call',
  dialect: 'openai-chat',
  ...(content !== undefined && {
    text: {
      request: JSON.stringify({
        model: 'gpt-5',
        messages: [
          { role: 'system', content: 'SECRET SYSTEM' },
          { role: 'user', content },
          { role: 'user', content: 'and then?' },
        ],
      }),
    },
  }),
  ...more,
});
const outcome = (id: string, more: object = {}) => ({
  purpose: 'outcome',
  call: id,
  time: '2026-01-02T03:04:05.000Z',
  route: 'gpt-5',
  routed: 'weak',
  propensity: 1,
  weak: 1,
  audited: false,
  ...more,
});
const sides = (rows: readonly TrainingRow[]) => rows.map(({ turn, label }) => [turn, label.weak, label.strong]);

describe('rows of the user’s own', () => {
  it('are taken with a prompt or messages, under either name of a score', async () => {
    const { found, lines } = await read([
      [
        { prompt: 'one', weak: 0, strong: 1, route: 'a' },
        {
          messages: [
            { role: 'system', content: 'no' },
            { role: 'user', content: 'two' },
          ],
          weak_score: 0.5,
          strong_score: 1,
        },
        { prompt: 'three', strong: 0.25, propensity: 0.5 },
        { prompt: 'four', weak_score: 1, strong_score: null },
        { prompt: 'five', weak: 1, strong: 1, audited: true },
      ],
    ]);
    expect(lines).toMatchObject({ row: 5, invalid: 0, foreign: 0, torn: 0 });
    expect(found.map(({ turn, route, label }) => ({ ...label, turn, route }))).toMatchObject([
      { turn: 'one', route: 'a', weak: 0, strong: 1, propensity: 1 },
      { turn: 'two', route: everyRoute, weak: 0.5, strong: 1 },
      { turn: 'three', weak: undefined, strong: 0.25, routed: 'strong', propensity: 0.5 },
      { turn: 'four', weak: 1, strong: undefined, routed: 'weak', propensity: 1, audited: false },
      { turn: 'five', audited: true },
    ]);
  });

  it.each([
    [{ prompt: 'SECRET', weak: 7 }, 'expected `weak` to be a number from 0 to 1, got 7'],
    [{ prompt: 'SECRET', weak: 'SECRET' }, 'expected `weak` to be a number from 0 to 1, got a string'],
    [{ prompt: 'SECRET' }, 'expected `weak`, `strong` or both, got neither'],
    [{ weak: 1 }, 'expected `prompt` or `messages`'],
    [{ messages: [{ role: 'system', content: 'SECRET' }], weak: 1 }, 'expected `prompt` or `messages`'],
    [{ prompt: ' ', weak: 1 }, 'expected `prompt` or `messages`'],
    [{ prompt: 'SECRET', weak: 1, propensity: 0 }, 'expected `propensity` to be above 0'],
    [{ prompt: 'SECRET', weak: 1, route: ['SECRET'] }, 'expected `route` to be a name, got a list'],
    [{ prompt: 'SECRET', weak: 1, time: 'SECRET' }, 'expected `time`'],
    [outcome('a', { routed: 'SECRET' }), 'expected `routed`'],
    [outcome('a', { weak: undefined }), 'expected `weak`, `strong` or both'],
  ])('that can’t be used are told by their place, without their text: %j', async (line, reason) => {
    const { found, lines, faults } = await read([['', line]]);
    expect(found).toEqual([]);
    expect(lines.invalid).toBe(1);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`file-0:2: ${reason}`);
    expect(faults[0]).not.toContain('SECRET');
  });

  it('are for the one route that is asked for where they name none', async () => {
    const rows = [
      { prompt: 'one', weak: 1 },
      { prompt: 'two', weak: 1, route: 'a' },
      { prompt: 'three', weak: 1, route: 'b' },
    ];
    const { found, ofOtherRoutes } = await read([rows], { route: 'a' });
    expect(found.map(({ turn, route }) => [turn, route])).toEqual([
      ['one', 'a'],
      ['two', 'a'],
    ]);
    expect(ofOtherRoutes).toBe(1);
  });
});

describe('outcomes of the gate’s', () => {
  it('are joined with the opening turn of their call, in any order and over files', async () => {
    const { found, lines, callsWithText } = await read([
      [outcome('b', { weak: 0 }), call('a', 'first'), call('c', 'no outcome'), { ...call('d', 'x'), purpose: 'audit' }],
      [outcome('a', { strong: 0.5 }), call('b', 'second'), { purpose: 'verdict', id: 'v', time: '' }],
    ]);
    expect(sides(found)).toEqual([
      ['first', 1, 0.5],
      ['second', 0, undefined],
    ]);
    expect(lines).toMatchObject({ outcome: 2, call: 3, other: 2 });
    expect(callsWithText).toBe(3);
    expect(JSON.stringify(found)).not.toContain('SYSTEM');
  });

  it('are read as each dialect writes its requests, with what the gate knows of a call', async () => {
    const input = JSON.stringify({
      model: 'm',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'r' }] }],
    });
    const messages = JSON.stringify({
      model: 'm',
      max_tokens: 9,
      system: 'SECRET SYSTEM',
      tools: [{ name: 't' }],
      messages: [{ role: 'user', content: [{ type: 'text', text: 'm' }] }],
    });
    const { found } = await read([
      [
        call('r', undefined, { dialect: 'openai-responses', text: { request: input } }),
        call('m', undefined, { dialect: 'anthropic-messages', text: { request: messages } }),
        outcome('r'),
        outcome('m'),
      ],
    ]);
    expect(found.map(({ turn, context }) => [turn, context])).toEqual([
      ['r', { tools: 0, images: 0, schema: false, maxTokens: undefined }],
      ['m', { tools: 1, images: 0, schema: false, maxTokens: 9 }],
    ]);
  });

  it('of calls without a text are left out, and can be told', async () => {
    const { found, outcomesOf } = await read([
      [
        call('a', undefined),
        call('b', undefined, { text: { request: 'no JSON' } }),
        call('c', undefined, { dialect: 'unmetered', text: { request: '{}' } }),
        ...['a', 'b', 'c', 'gone'].map((id) => outcome(id)),
      ],
    ]);
    expect(found).toEqual([]);
    expect(outcomesOf).toEqual(new Map([['gpt-5', 4]]));
  });

  it('of one call: the latest of each side counts, and an audit more than what was told', async () => {
    const { found } = await read([
      [
        call('told', 'told'),
        outcome('told', { weak: 0 }),
        outcome('told', { weak: undefined, strong: 0.5 }),
        outcome('told', { weak: 0.25 }),
        call('late', 'late'),
        outcome('late', { weak: 0.75, time: '2026-01-03T00:00:00Z' }),
        outcome('late', { weak: 0 }),
        call('audited', 'audited'),
        outcome('audited', { weak: 0.1, strong: 0.9, audited: true }),
        outcome('audited', { weak: 1, time: '2026-02-02T00:00:00Z' }),
        call('before', 'before'),
        outcome('before', { weak: 1, routed: 'strong', propensity: 0.5 }),
        outcome('before', { weak: 0.2, audited: true }),
      ],
    ]);
    expect(sides(found)).toEqual([
      ['told', 0.25, 0.5],
      ['late', 0.75, undefined],
      ['audited', 0.1, 0.9],
      ['before', 0.2, undefined],
    ]);
    expect(found.map(({ label }) => label.audited)).toEqual([false, false, true, true]);
    expect(found[3]?.label).toMatchObject({ routed: 'weak', propensity: 1 });
  });

  it('are kept as many as are asked for, the latest of each route', async () => {
    const at = (minute: number) => ({ time: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() });
    const minutes = [7, 3, 9, 1, 8, 2, 6, 4, 5, 0];
    const { found } = await read(
      [
        minutes.map((minute) => outcome(`c${minute}`, at(minute))),
        minutes.map((minute) => outcome(`c${minute}`, { ...at(minute), route: 'other' })),
        minutes.map((minute) => call(`c${minute}`, `t${minute}`)),
      ],
      { most: 3 },
    );
    const of = (name: string) => found.filter(({ route }) => route === name).map(({ turn }) => turn);
    expect(of('gpt-5').toSorted()).toEqual(['t7', 't8', 't9']);
    expect(of('other').toSorted()).toEqual(['t7', 't8', 't9']);
  });
});

describe('any files', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'row 0:1', 'call a', '__proto__');
  const quality = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(undefined, null, 2, 'x'));
  const route = fc.constantFrom('gpt-5', '__proto__', undefined, 3);
  const part = fc.record({ role: fc.constantFrom('user', 'system', 1), content: fc.jsonValue(), type: fc.jsonValue() });
  const parts = fc.oneof(fc.jsonValue(), fc.array(part));
  const body = fc.oneof(
    fc.json(),
    fc
      .record({ messages: parts, input: parts, tools: fc.jsonValue(), max_tokens: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
  );
  const line = fc.oneof(
    fc.string(),
    fc.constant(undefined),
    fc.json().filter((text) => text.trim() !== ''),
    fc.record({ prompt: fc.string(), weak: quality, strong: quality, route }),
    fc.record({ messages: fc.jsonValue(), weak_score: quality, propensity: quality }),
    fc.tuple(id, quality, quality, route).map(([of, weak, strong, to]) => outcome(of, { weak, strong, route: to })),
    fc.tuple(id, fc.string()).map(([of, content]) => call(of, content)),
    fc.tuple(id, fc.jsonValue()).map(([of, text]) => call(of, undefined, { text })),
    fc
      .tuple(id, fc.constantFrom('openai-chat', 'openai-responses', 'anthropic-messages', 'openai-embeddings'), body)
      .map(([of, dialect, request]) => call(of, undefined, { dialect, text: { request } })),
    fc.tuple(fc.constant(JSON.stringify(call('a', 'cut off'))), fc.nat(100)).map(([text, at]) => text.slice(0, at)),
  );

  it('never make it throw; each line is of one kind, and no more is found than was wanted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(line), { maxLength: 3 }), async (files) => {
        const { lines, found, outcomesOf, faults } = await read(files);
        const written = files.flat().filter((each) => typeof each !== 'string' || each.trim() !== '').length;
        expect(Object.values(lines).reduce((sum, count) => sum + count, 0)).toBe(written);
        const wanted = [...outcomesOf.values()].reduce((sum, count) => sum + count, 0);
        expect(found.length).toBeLessThanOrEqual(wanted);
        expect(wanted).toBeLessThanOrEqual(lines.row + lines.outcome);
        expect(found.length).toBeGreaterThanOrEqual(lines.row);
        expect(faults.length).toBe(Math.min(5, lines.invalid));
        for (const { turn, label } of found) {
          expect(turn.trim()).not.toBe('');
          expect(label.weak ?? label.strong).toSatisfy((seen: number) => seen >= 0 && seen <= 1);
        }
      }),
    );
  });
});

describe('rotated files', () => {
  it('are read from the oldest on, at the place of the first', () => {
    expect(oldestFirst(['b.jsonl', 'a.jsonl', 'a.jsonl.1', 'a.jsonl.10', 'a.jsonl.2'])).toEqual([
      'b.jsonl',
      'a.jsonl.10',
      'a.jsonl.2',
      'a.jsonl.1',
      'a.jsonl',
    ]);
  });
});
