import { describe, expect, it } from 'vitest';
import { seeded } from '../audit/seeded-random.js';
import type { ScoredCall } from './curve.js';
import { lowestThreshold } from './threshold.js';

/** Calls whose strong target gains with the probability of the score. */
function madeCalls(count: number, seed: number): ScoredCall[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const score = random();
    return { score, weak: random() < score ? 0 : 1, strong: 1 };
  });
}

function netLoss(calls: readonly ScoredCall[], threshold: number): number {
  const weak = calls.filter(({ score }) => score < threshold);
  return weak.reduce((sum, call) => sum + call.strong - call.weak, 0) / calls.length;
}

describe('a threshold for a net loss', () => {
  it('holds on other calls nearly always, and saves more the more loss is allowed', () => {
    const others = madeCalls(20_000, 1000);
    let held = 0;
    for (let seed = 0; seed < 40; seed++) {
      const [strict, loose] = [0.02, 0.05].map((maxNetLoss) => lowestThreshold(madeCalls(2000, seed), maxNetLoss));
      if (!strict || !loose) throw new Error('Expected thresholds.');
      expect(loose.strongShare).toBeLessThan(strict.strongShare);
      expect(strict.bound).toBeLessThanOrEqual(0.02);
      if (netLoss(others, strict.threshold) <= 0.02) held++;
    }
    expect(held).toBeGreaterThanOrEqual(37);
  });

  it('never parts calls of equal score', () => {
    const calls = madeCalls(2000, 1).map((call) => ({ ...call, score: Math.floor(call.score * 5) }));
    const found = lowestThreshold(calls, 0.05);
    expect(found?.threshold).toBe(1);
    expect(found?.strongShare).toBeCloseTo(calls.filter(({ score }) => score >= 1).length / calls.length, 9);
    expect(
      lowestThreshold(
        calls.map((call) => ({ ...call, score: 0 })),
        0.05,
      ),
    ).toBeUndefined();
  });

  it('sends all to the weak target where it loses nothing', () => {
    const equal = madeCalls(2000, 1).map((call) => ({ ...call, weak: 1 }));
    expect(lowestThreshold(equal, 0.01)).toMatchObject({ strongShare: 0, threshold: Number.POSITIVE_INFINITY });
  });

  it('proves nothing on few calls, or where each step loses too much', () => {
    expect(lowestThreshold(madeCalls(299, 1), 0.5)).toBeUndefined();
    expect(
      lowestThreshold(
        madeCalls(2000, 1).map((call) => ({ ...call, weak: 0 })),
        0.004,
      ),
    ).toBeUndefined();
  });
});
