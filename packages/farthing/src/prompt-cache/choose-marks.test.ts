import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../pricing/price-book.js';
import { type Candidate, chooseMarks, type MarkChoice } from './choose-marks.js';
import { createLossRoom } from './loss-room.js';
import { createSightClock, noReuse, reuseOf } from './reuse-counts.js';
import { bestTtl, promptRatesOf, worthMarking } from './worth-marking.js';

const price = createPriceBook().find({
  provider: 'anthropic',
  model: 'claude-sonnet-5',
  atMs: Date.parse('2026-10-01'),
});
const rates = price && promptRatesOf(price, {}, 5000);
if (!rates) throw new Error('Expected rates of claude-sonnet-5, got none.');
const choice: MarkChoice = { rates, leastTokens: 1024, ttls: ['5m', '1h'], roomPicoUsd: 10n ** 15n };
const place = (at: Candidate['at'], block: number, tokens: number, more: Partial<Candidate> = {}): Candidate => ({
  at,
  block,
  tokens,
  warm: undefined,
  isBeingWritten: false,
  reuse: { '5m': 0, '1h': 0 },
  ...more,
});
const often = { reuse: { '5m': 900, '1h': 900 } };
const chosen = (candidates: readonly Candidate[], more: Partial<MarkChoice> = {}) => {
  const { marks, places, premiumPicoUsd } = chooseMarks(candidates, { ...choice, ...more });
  return {
    marks: marks.map(({ candidate, ttl }) => `${candidate.at} ${ttl}`),
    reasons: places.map(({ reason }) => reason),
    premiumPicoUsd,
  };
};

describe('a mark', () => {
  it('is worth it from 21.8 % reuse on for five minutes, and from 52.7 % on for an hour', () => {
    const gain = (ttl: '5m' | '1h', permille: number): bigint =>
      worthMarking(1000, rates, ttl, { '5m': permille, '1h': permille });
    expect([gain('5m', 217) < 0n, gain('5m', 218) > 0n]).toEqual([true, true]);
    expect([gain('1h', 526) < 0n, gain('1h', 527) > 0n]).toEqual([true, true]);
    // Of 1,000 tokens at $2: 900 reads save $1.80 a million each, 100 writes cost $0.50 more.
    expect(gain('5m', 900)).toBe((1000n * 900n * 1_800_000n) / 1000n - (1000n * 100n * 500_000n) / 1000n);
  });

  it('is kept for as long as its uses are apart', () => {
    expect(bestTtl(1000, rates, { '5m': 900, '1h': 910 }, ['5m', '1h'])?.ttl).toBe('5m');
    expect(bestTtl(1000, rates, { '5m': 300, '1h': 950 }, ['5m', '1h'])?.ttl).toBe('1h');
    expect(bestTtl(1000, rates, { '5m': 300, '1h': 950 }, ['5m'])?.ttl).toBe('5m');
    expect(bestTtl(1000, rates, { '5m': 100, '1h': 400 }, ['5m', '1h'])).toBeUndefined();
  });

  it('is set where a prefix is held or pays, and not where it is short, rare or being written', () => {
    expect(
      chosen([
        place('tools', 0, 500, often),
        place('system', 1, 2000, { ...often, warm: '5m' }),
        place('turn', 2, 2500),
      ]),
    ).toMatchObject({ marks: ['system 5m'], reasons: ['short', 'warm', 'rare'], premiumPicoUsd: 0n });
    expect(chosen([place('system', 1, 2000, { ...often, isBeingWritten: true })]).reasons).toEqual(['writing']);
  });

  it('of an hour stands before those of five minutes', () => {
    const hourly = { reuse: { '5m': 300, '1h': 950 } };
    expect(chosen([place('system', 0, 2000, often), place('turn', 1, 3000, hourly)]).marks).toEqual([
      'system 1h',
      'turn 1h',
    ]);
    expect(chosen([place('system', 0, 2000, hourly), place('turn', 1, 3000, often)]).marks).toEqual([
      'system 1h',
      'turn 5m',
    ]);
  });

  it('further on covers an earlier turn within 20 blocks, its own included', () => {
    const earlier = (block: number) => place('earlier', block, 3000, { warm: '5m' });
    expect(chosen([earlier(5), place('turn', 24, 4000, often)])).toMatchObject({
      marks: ['turn 5m'],
      reasons: ['covered', 'reused'],
    });
    expect(chosen([earlier(4), place('turn', 24, 4000, often)]).marks).toEqual(['earlier 5m', 'turn 5m']);
    expect(chosen([earlier(5), place('turn', 24, 4000)]).marks).toEqual(['earlier 5m']);
  });

  it('before a prefix that is read writes nothing, and is not set', () => {
    const choose = () =>
      chooseMarks([place('tools', 0, 2000, often), place('system', 1, 5000, { warm: '5m' })], choice);
    const { marks, used, places, premiumPicoUsd, expectedPicoUsd } = choose();
    expect([marks.length, used.length, premiumPicoUsd]).toEqual([1, 1, 0n]);
    expect(places.map(({ reason, ttl }) => [reason, ttl])).toEqual([
      ['covered', undefined],
      ['warm', '5m'],
    ]);
    expect(expectedPicoUsd).toBe(5000n * 1_800_000n);
  });

  it('is expected to do to the bill what it does: to read what is held, and to pay for what it writes', () => {
    const places = [place('system', 0, 2000, { warm: '5m' }), place('turn', 1, 3000, often)];
    expect(chooseMarks(places, choice).expectedPicoUsd).toBe(2000n * 1_800_000n - 1000n * 500_000n);
  });

  it('relies on nothing that should be held while more is lost than may be', () => {
    const held = place('system', 0, 2000, { ...often, warm: '5m' });
    expect(chosen([held], { roomPicoUsd: 0n }).reasons).toEqual(['warm']);
    expect(chosen([held], { roomPicoUsd: -1n })).toMatchObject({ marks: [], reasons: ['room'] });
  });

  it('costs no more than may be risked: the longest is given up first', () => {
    const places = [place('system', 0, 2000, often), place('turn', 1, 6000, often)];
    // 6,000 tokens at $0.50 more a million; and 2,000.
    expect(chosen(places).premiumPicoUsd).toBe(6000n * 500_000n);
    expect(chosen(places, { roomPicoUsd: 6000n * 500_000n })).toMatchObject({
      marks: ['system 5m'],
      reasons: ['reused', 'room'],
    });
    expect(chosen(places, { roomPicoUsd: 0n }).marks).toEqual([]);
  });
});

describe('what may be risked', () => {
  it('is a share of the input (19 of 20 parts of it), less what runs and what was lost, and never what was saved', () => {
    const room = createLossRoom(0.01);
    const settle = (riskedPicoUsd: bigint, savedPicoUsd: bigint): void =>
      room.settle({ riskedPicoUsd, inputPicoUsd: 1000n, savedPicoUsd });
    settle(0n, 0n);
    expect(room.leftPicoUsd()).toBe(9n);
    room.risk(8n);
    expect(room.leftPicoUsd()).toBe(1n);
    settle(8n, -8n);
    expect(room.leftPicoUsd()).toBe(10n);
    settle(0n, 900n);
    expect(room.leftPicoUsd()).toBe(27n);
  });
});

describe('reuse', () => {
  const minute = 60_000;

  it('counts what is open as not followed, until enough is known', () => {
    const clock = createSightClock();
    const counts = noReuse();
    for (let index = 0; index < 6; index++) clock.open([counts], 0);
    clock.follow(clock.open([counts], 0), minute);
    clock.follow(clock.open([counts], 0), 10 * minute);
    expect(reuseOf([counts])).toEqual({ '5m': Math.floor(1000 / 11), '1h': Math.floor(2000 / 11) });
  });

  it('counts only what is over, once that is enough', () => {
    const clock = createSightClock();
    const counts = noReuse();
    for (let index = 0; index < 40; index++) clock.follow(clock.open([counts], 0), minute);
    for (let index = 0; index < 100; index++) clock.open([counts], 6 * minute);
    clock.advance(6 * minute);
    expect(reuseOf([counts])['5m']).toBe(Math.floor(40_000 / 43));
    clock.advance(12 * minute);
    expect(reuseOf([counts])['5m']).toBe(Math.floor(40_000 / 143));
  });

  it('of what was never seen is that of its kind', () => {
    const clock = createSightClock();
    const kind = noReuse();
    for (let index = 0; index < 40; index++) clock.follow(clock.open([kind], 0), minute);
    expect(reuseOf([noReuse(), kind])['5m']).toBeGreaterThan(900);
    expect(reuseOf([noReuse(), noReuse()])).toEqual({ '5m': 0, '1h': 0 });
  });
});
