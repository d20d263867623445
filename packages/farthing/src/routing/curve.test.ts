import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveFigures, figuresOf } from './curve.js';

const quality = fc.constantFrom(0, 0.25, 0.5, 1);
const calls = fc
  .array(fc.record({ score: fc.integer({ min: 0, max: 5 }), weak: quality, strong: quality }), { minLength: 1 })
  .filter((all) => all.reduce((gap, { weak, strong }) => gap + strong - weak, 0) > 0);

describe('the curve', () => {
  it('is a straight line for a constant score', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const { apgr, cpt50, cpt80 } = curveFigures(all.map((call) => ({ ...call, score: 7 })));
        expect(apgr).toBeCloseTo(0.5, 9);
        expect(cpt50).toBeCloseTo(0.5, 9);
        expect(cpt80).toBeCloseTo(0.8, 9);
      }),
    );
  });

  it('is highest for who knows the gain, and the opposite score has the opposite area', () => {
    fc.assert(
      fc.property(calls, (all) => {
        const { apgr } = curveFigures(all);
        const oracle = curveFigures(all.map((call) => ({ ...call, score: call.strong - call.weak })));
        expect(oracle.apgr).toBeGreaterThanOrEqual(apgr - 1e-9);
        expect(oracle.apgr).toBeGreaterThanOrEqual(0.5 - 1e-9);
        const opposite = curveFigures(all.map((call) => ({ ...call, score: -call.score })));
        expect(apgr + opposite.apgr).toBeCloseTo(1, 9);
      }),
    );
  });

  it('does not care about the order of the calls', () => {
    fc.assert(
      fc.property(calls, (all) => {
        expect(curveFigures(all.toReversed()).apgr).toBeCloseTo(curveFigures(all).apgr, 9);
      }),
    );
  });

  it('shares the gain of a tie linearly', () => {
    // one call recovers half the gap, two tied ones the other half, one nothing
    const figures = curveFigures([
      { score: 3, weak: 0, strong: 1 },
      { score: 2, weak: 0, strong: 1 },
      { score: 2, weak: 0, strong: 0 },
      { score: 1, weak: 1, strong: 1 },
    ]);
    expect(figures.cpt50).toBeCloseTo(0.25, 9);
    expect(figures.cpt80).toBeCloseTo(0.25 + 0.5 * 0.6, 9);
    expect(figures.apgr).toBeCloseTo(0.25 * 0.25 + 0.5 * 0.75 + 0.25, 9);
  });

  it('counts a call as often as its weight says', () => {
    const [scores, gains] = [
      [3, 2, 1],
      [1, 0, 0.5],
    ];
    expect(figuresOf(scores, gains, [2, 0, 1])).toEqual(figuresOf([3, 3, 1], [1, 1, 0.5]));
  });

  it('has no figures where there is no gap', () => {
    expect(curveFigures([]).apgr).toBeNaN();
    expect(curveFigures([{ score: 1, weak: 1, strong: 1 }])).toEqual({ apgr: NaN, cpt50: NaN, cpt80: NaN });
  });
});
