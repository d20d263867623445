import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScoreRanks } from './score-ranks.js';

describe('score ranks', () => {
  it('are the share of the latest 500 that is lower, whatever came before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 3 })), {
          minLength: 50,
          maxLength: 700,
        }),
        fc.integer({ min: 0, max: 3 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (scores, score, draw) => {
          const ranks = createScoreRanks();
          for (const each of scores) ranks.add(each);
          const latest = scores.slice(-500);
          const below = latest.filter((each) => each < score).length;
          const tied = latest.filter((each) => each === score).length;
          expect(ranks.rankOf(score, draw)).toBeCloseTo((below + draw * (tied + 1)) / (latest.length + 1), 9);
          expect(ranks.recent()).toEqual(latest);
          const rank = ranks.rankOf(score, draw) ?? -1;
          expect(rank).toBeGreaterThanOrEqual(0);
          expect(rank).toBeLessThan(1);
        },
      ),
    );
  });

  it('are not known of few scores, and take no number that is none', () => {
    const ranks = createScoreRanks(Array.from({ length: 49 }, (_, index) => index));
    expect(ranks.rankOf(3, 0)).toBeUndefined();
    ranks.add(Number.NaN);
    expect(ranks.rankOf(3, 0)).toBeUndefined();
    ranks.add(49);
    expect(ranks.rankOf(3, 0)).toBeCloseTo(3 / 51);
    ranks.replace([1]);
    expect(ranks.rankOf(3, 0)).toBeUndefined();
  });

  it('are uniform where all scores are equal: a lot decides', () => {
    const ranks = createScoreRanks(Array(100).fill(7));
    expect(ranks.rankOf(7, 0.25)).toBeCloseTo(0.25);
  });
});
