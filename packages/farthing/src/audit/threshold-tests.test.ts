import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceAgainst } from './e-test.js';
import { seeded } from './seeded-random.js';
import { gridShares, gridSize } from './threshold-grid.js';
import { countAudit, createTests, proveThresholds } from './threshold-tests.js';

const scores = Array.from({ length: 300 }, (_, index) => index / 300);

describe('the grid', () => {
  it('leaves its shares of the scores above each threshold', () => {
    const { grid } = createTests(scores, 0.05);
    gridShares.forEach((share, index) => {
      const above = scores.filter((score) => score >= (grid[index] ?? 0)).length / scores.length;
      expect(Math.abs(above - share)).toBeLessThan(0.01);
    });
    expect([gridShares[0], gridShares[gridSize - 1]]).toEqual([0.02, expect.closeTo(0.8, 9)]);
  });

  it('may hold one threshold many times', () => {
    const tests = createTests(new Array(300).fill(0.9), 0.05);
    expect(new Set(tests.grid)).toEqual(new Set([0.9]));
    for (let audit = 0; audit < 100; audit++) countAudit(tests, 0.9, gridSize - 1, false);
    expect(new Set(tests.audits)).toEqual(new Set([100]));
    proveThresholds(tests, evidenceAgainst(0.05));
    // Each proof hands its part to the next, which has the same evidence.
    expect(tests.loosestProved).toBe(gridSize - 1);
  });
});

describe('one audit', () => {
  it('counts for the thresholds it lies above, and for none that was not audited', () => {
    const tests = createTests(scores, 0.05);
    const score = tests.grid[10] ?? 0;
    countAudit(tests, score, 20, true);
    countAudit(tests, score, 5, true);
    tests.audits.forEach((count, index) => {
      expect(count).toBe(index >= 10 && index <= 20 ? 1 : 0);
      expect(tests.failures[index]).toBe(count);
    });
  });
});

describe('proofs', () => {
  it('never spend more than delta in all, and go only to thresholds with the evidence for it', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.06, noNaN: true }), (seed, rate) => {
        const random = seeded(seed);
        const tests = createTests(scores, 0.05);
        const evidence = evidenceAgainst(0.05);
        for (let audit = 0; audit < 600; audit++) {
          countAudit(tests, random(), gridSize - 1, random() < rate);
          proveThresholds(tests, evidence);
        }
        const left = tests.alpha.reduce((sum, each) => sum + each, 0);
        const all = tests.proved.every((each) => each === 1);
        if (all) expect(left).toBeLessThanOrEqual(0.05);
        else expect(left).toBeCloseTo(0.05, 9);
        expect(tests.loosestProved).toBe(tests.proved.lastIndexOf(1));
      }),
      { seed: 4, numRuns: 40 },
    );
  });

  it('do not need the stricter threshold to be the safer one', () => {
    const tests = createTests(scores, 0.05);
    const random = seeded(2);
    for (let audit = 0; audit < 3000; audit++) {
      const score = random();
      // The topmost scores are the worst.
      countAudit(tests, score, gridSize - 1, score > 0.995);
      proveThresholds(tests, evidenceAgainst(0.1));
    }
    expect(tests.proved[0]).toBe(0);
    expect(tests.loosestProved).toBeGreaterThan(20);
  });
});
