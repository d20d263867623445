import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { gainOf, judgedOutcomes, type Outcome } from './outcome.js';
import { madeOutcomes } from './scope.test-kit.js';

const [pair] = madeOutcomes(1, 1, { gainOfHard: 1, gainOfEasy: 1 });
if (!pair) throw new Error('Expected an outcome.');

describe('outcomes', () => {
  it('have a gain where both targets were seen', () => {
    expect(gainOf({ ...pair, weak: 0.25, strong: 1 })).toBe(0.75);
    expect(gainOf({ ...pair, weak: undefined })).toBeUndefined();
  });

  it('tell the mean gain without bias where chance chose the target', () => {
    const random = seeded(9);
    const outcomes = Array.from({ length: 20_000 }, (): Outcome => {
      const routed = random() < 0.2 ? 'weak' : 'strong';
      const seen = random() < (routed === 'weak' ? 0.3 : 0.8) ? 1 : 0;
      return {
        ...pair,
        weak: undefined,
        strong: undefined,
        [routed]: seen,
        routed,
        propensity: routed === 'weak' ? 0.2 : 0.8,
      };
    });
    const judged = judgedOutcomes(outcomes);
    expect(judged).toHaveLength(outcomes.length);
    const gain = judged.reduce((sum, { weak, strong }) => sum + strong - weak, 0) / judged.length;
    expect(gain).toBeCloseTo(0.5, 1);
  });

  it('tell nothing of the gain where the score alone chose', () => {
    expect(judgedOutcomes([{ ...pair, weak: undefined, propensity: 1 }])).toEqual([]);
    expect(judgedOutcomes([{ ...pair, weak: undefined, propensity: 0.001 }])).toEqual([]);
    expect(judgedOutcomes([pair])).toEqual([{ index: 0, weak: 0, strong: 1 }]);
  });
});
