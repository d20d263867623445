import { describe, expect, it } from 'vitest';
import { seeded } from '../audit/seeded-random.js';
import {
  decideLimit,
  type LimitAim,
  type LimitState,
  type LimitWindow,
  refuseLimit,
  startLimit,
} from './limit-decision.js';
import { createLimiter, type Limiter } from './limiter.js';
import { scattered, simulate } from './simulated-provider.test-kit.js';

const aim: LimitAim = { min: 1, max: 100, start: 10, slowdown: 1.15 };
const at = (limit: number, over: Partial<LimitState> = {}): LimitState => ({
  ...startLimit(aim),
  limit,
  step: 0.05,
  edge: 15,
  ...over,
});
const seen = (ratio: number, load: number, over: Partial<LimitWindow> = {}): LimitWindow => ({
  ratio,
  load,
  error: 0.02,
  isAbsolute: false,
  isBound: true,
  ...over,
});

describe('a limit', () => {
  it('grows where no queue is seen, stands where there is a little one, and shrinks where it is long', () => {
    expect(decideLimit(at(20), seen(1, 20), aim)).toMatchObject({ limit: 21, reason: 'grown' });
    expect(decideLimit(at(20), seen(1.12, 20), aim)).toMatchObject({ limit: 20, calm: 1 });
    const shrunk = decideLimit(at(20), seen(2, 20), aim);
    expect(shrunk).toMatchObject({ reason: 'latency', trial: { kind: 'shrink', limit: 20 } });
    expect(shrunk.limit).toBeCloseTo(20 * (1.09 / 2));
  });

  it('grows faster while that is free, but not where a queue was seen before', () => {
    const grow = (state: LimitState, times: number): LimitState =>
      times === 0 ? state : grow(decideLimit(state, seen(1, state.limit), aim), times - 1);
    expect(grow(at(20), 4).limit).toBeGreaterThan(35);
    expect(grow(at(20, { edge: 40 }), 4).limit).toBeLessThan(30);
  });

  it('grows where first bytes come earlier than they just did: there is more room than there was', () => {
    const calm = decideLimit(decideLimit(at(20), seen(1.16, 20), aim), seen(1.16, 20), aim);
    expect(calm).toMatchObject({ limit: 20, calm: 2 });
    expect(decideLimit(calm, seen(1.07, 20), aim)).toMatchObject({ limit: 21, reason: 'grown' });
    expect(decideLimit(at(20), seen(1.07, 20), aim).limit).toBe(20);
  });

  it('takes back a cut that did not help: the provider has become slower for everyone', () => {
    const shrunk = decideLimit(at(20), seen(1.5, 20), aim);
    const back = decideLimit(shrunk, seen(1.5, shrunk.limit), aim);
    expect(back).toMatchObject({ limit: 20, reason: 'restored' });
    expect(back.level).toBeCloseTo(1.5);
    // What is usual now is no reason to shrink again.
    expect(decideLimit(back, seen(1.5, 20), aim).limit).toBeGreaterThanOrEqual(20);
  });

  it('keeps a cut that did', () => {
    const shrunk = decideLimit(at(20), seen(2, 20), aim);
    expect(decideLimit(shrunk, seen(1.1, shrunk.limit), aim).limit).toBeCloseTo(shrunk.limit);
  });

  it('is put to a trial after a while, and keeps what the trial shows', () => {
    let state = at(20);
    for (let window = 0; window < 6; window++) state = decideLimit(state, seen(1.1, 20), aim);
    expect(state).toMatchObject({ limit: 24, reason: 'trial', trial: { kind: 'up' } });
    expect(decideLimit(state, seen(1.1, 24), aim)).toMatchObject({ limit: 24, reason: 'grown' });
    expect(decideLimit(state, seen(1.32, 24), aim)).toMatchObject({ limit: 20, reason: 'restored', patience: 12 });
  });

  it('comes back within some calls after an hour in which all were refused without a word, and asks little meanwhile', () => {
    const { clock, provider, pool, random, backlog } = simulate({ slots: 16 });
    provider.workMs = () => 1000 * (0.9 + 0.2 * random());
    backlog('interactive', 40, 4_000_000);
    clock.runUntil(60_000);
    provider.most = 0;
    clock.runUntil(3_660_000);
    const { limit, refused, sent } = pool.report();
    expect(limit).toBe(1);
    expect(refused).toBeLessThan(3_600_000 / 25_000);
    provider.most = Number.POSITIVE_INFINITY;
    clock.runUntil(3_780_000);
    const { limit: then, ...after } = pool.report();
    expect(then).toBeGreaterThanOrEqual(12);
    expect([after.refused, after.sent - sent]).toEqual([refused, expect.toSatisfy((served: number) => served > 600)]);
  });

  it('does not move by calls that it did not hold back', () => {
    for (const ratio of [0.5, 1, 3])
      expect(decideLimit(at(20), seen(ratio, 5, { isBound: false }), aim).limit).toBe(20);
  });

  it('stays between its bounds', () => {
    expect(decideLimit(at(99), seen(1, 99), aim).limit).toBe(100);
    expect(decideLimit(at(1), seen(5, 1), aim).limit).toBe(1);
  });

  it('shrinks once for a burst of refusals, and stays under what was refused', () => {
    const first = refuseLimit(at(30), { load: 25, isFirst: true, isConcurrency: true }, aim);
    expect(first).toMatchObject({ limit: 20, ceiling: 24, reason: 'refused' });
    const second = refuseLimit(first, { load: 24, isFirst: false, isConcurrency: true }, aim);
    expect(second).toMatchObject({ limit: 20, ceiling: 23 });
    expect(decideLimit({ ...second, limit: 22.9 }, seen(1, 22), aim).limit).toBe(23);
  });

  it('is cut, and not brought down, by a refusal far under it', () => {
    const once = refuseLimit(at(30), { load: 2, isFirst: true, isConcurrency: true }, aim);
    expect(once).toMatchObject({ limit: 24, ceiling: Number.POSITIVE_INFINITY });
  });

  it('takes a refusal that is about a rate for nothing else', () => {
    expect(refuseLimit(at(30), { load: 25, isFirst: true, isConcurrency: false }, aim).limit).toBe(30);
  });
});

function feed(limiter: Limiter, kind: () => { kind: string; firstByteMs: number }, calls: number): void {
  for (let call = 0; call < calls; call++) {
    const sent = limiter.sent(limiter.limit(), true);
    limiter.answered(sent, { ...kind(), usualMs: undefined });
  }
}

describe('a limiter', () => {
  it('is not moved by a lone slow call', () => {
    const limiter = createLimiter(aim);
    let call = 0;
    feed(limiter, () => ({ kind: 'whole', firstByteMs: ++call % 15 === 0 ? 60_000 : 100 }), 400);
    expect(limiter.limit()).toBe(100);
  });

  it('does not take long outputs for congestion', () => {
    const limiter = createLimiter(aim);
    const random = seeded(3);
    let long = 0.1;
    const mixed = () =>
      random() < long ? { kind: 'output 10', firstByteMs: 5000 } : { kind: 'output 4', firstByteMs: 200 };
    feed(limiter, mixed, 200);
    long = 0.9;
    feed(limiter, mixed, 300);
    expect(limiter.limit()).toBe(100);
  });

  it('learns for the objective of a lane, where it has one', () => {
    const limitAt = (usualMs: number): number => {
      const limiter = createLimiter(aim);
      for (let call = 0; call < 1000; call++) {
        const load = limiter.limit();
        limiter.answered(limiter.sent(load, true), { kind: 'whole', firstByteMs: 10 * load, usualMs });
      }
      return limiter.limit();
    };
    // A first byte of 10 ms for each call under way: the objective says how many those are.
    expect(limitAt(200)).toBeGreaterThan(15);
    expect(limitAt(200)).toBeLessThan(30);
    expect(limitAt(600)).toBeGreaterThan(45);
  });
});

describe('in front of a provider with so many slots', () => {
  it.each([
    { slots: 16, spread: 0.05, seed: 1 },
    { slots: 16, spread: 0.2, seed: 2 },
    { slots: 48, spread: 0.2, seed: 3 },
    { slots: 32, spread: 0.5, seed: 4 },
  ])('finds them, and again when they halve and double ($slots, scatter $spread)', ({ slots, spread, seed }) => {
    const { clock, provider, pool, calls, random, traffic, backlog } = simulate({ slots, seed });
    provider.workMs = scattered(random, 100, spread);
    const perSecond = (): number => provider.slots / (0.1 * Math.exp(spread ** 2 / 2));
    const phaseMs = 60_000;
    traffic('interactive', () => 0.3 * perSecond(), 3 * phaseMs);
    backlog('nearline', 2 * slots, 3 * phaseMs);
    backlog('batch', 4 * slots, 3 * phaseMs);
    for (const [phase, share] of [1, 0.5, 1].entries()) {
      provider.slots = slots * share;
      provider.most = 2 * provider.slots;
      const from = calls.length;
      clock.runUntil((phase + 0.5) * phaseMs);
      const halfway = calls.length;
      clock.runUntil((phase + 1) * phaseMs);
      const { limit } = pool.report();
      expect(limit / provider.slots).toBeGreaterThan(0.7);
      expect(limit / provider.slots).toBeLessThan(1.9);
      const served = calls.slice(halfway).filter(({ ended }) => ended === 200);
      expect(served.length / (perSecond() * (phaseMs / 2000))).toBeGreaterThan(0.85);
      const all = calls.slice(from);
      expect(all.filter(({ ended }) => ended === 429).length / all.length).toBeLessThan(0.01);
      expect(new Set(served.map(({ lane }) => lane))).toEqual(new Set(['interactive', 'nearline', 'batch']));
    }
  });

  it('finds a limit that shows by nothing but refusals, and keeps those rare', () => {
    const { clock, provider, pool, calls, backlog } = simulate({ slots: 1000, seed: 5 });
    provider.most = 16;
    backlog('batch', 64, 120_000);
    clock.runUntil(120_000);
    expect(pool.report()).toMatchObject({ inFlight: expect.any(Number) });
    expect(pool.report().limit).toBeGreaterThanOrEqual(12);
    expect(pool.report().limit).toBeLessThanOrEqual(20);
    expect(calls.filter(({ ended }) => ended === 429).length / calls.length).toBeLessThan(0.02);
  });
});
