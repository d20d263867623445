import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import type { Expected } from './imputation.js';
import { augmentedOutcomes, type Judged, judgedOutcomes } from './judged.js';
import type { Outcome } from './outcome.js';
import { madeOutcomes } from './scope.test-kit.js';

const [pair] = madeOutcomes(1, 1, { gainOfHard: 1, gainOfEasy: 1 });
if (!pair) throw new Error('Expected an outcome.');
const gainsOf = (judged: readonly Judged[]) => judged.map(({ weak, strong }) => strong - weak);
const meanOf = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** Calls that a score sent somewhere, every tenth audited: on hard ones the weak target fails more, the strong one less so. */
function routed(count: number, seed: number): { outcomes: Outcome[]; difficulties: number[]; gap: number } {
  const random = seeded(seed);
  const difficulties = Array.from({ length: count }, random);
  let gap = 0;
  const outcomes = difficulties.map((difficulty): Outcome => {
    const weak = random() < 1 - 0.8 * difficulty ? 1 : 0;
    const strong = weak === 1 || random() < 0.4 ? 1 : 0;
    gap += (strong - weak) / count;
    const tier = difficulty > 0.7 ? 'strong' : 'weak';
    const audited = random() < 0.1;
    const seen = audited
      ? { weak, strong }
      : { weak: undefined, strong: undefined, [tier]: tier === 'weak' ? weak : strong };
    return { ...pair, ...seen, routed: tier, propensity: 1, audited } as Outcome; // both branches have both tiers
  });
  return { outcomes, difficulties, gap };
}

describe('outcomes', () => {
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
    expect(meanOf(gainsOf(judged))).toBeCloseTo(0.5, 1);
  });

  it('tell nothing of the gain where the score alone chose', () => {
    expect(judgedOutcomes([{ ...pair, weak: undefined, propensity: 1 }])).toEqual([]);
    expect(judgedOutcomes([{ ...pair, weak: undefined, propensity: 0.001 }])).toEqual([]);
    expect(judgedOutcomes([pair])).toEqual([{ index: 0, weak: 0, strong: 1 }]);
  });
});

describe('augmented outcomes', () => {
  /** The mean gains of many streams, told by pairs alone and with the one-sided calls. */
  const errors = (expectedOf: (difficulty: number) => Expected) =>
    Array.from({ length: 60 }, (_, seed) => {
      const { outcomes, difficulties, gap } = routed(1000, seed);
      const told = (judged: readonly Judged[]) => meanOf(gainsOf(judged)) - gap;
      return {
        pairs: told(judgedOutcomes(outcomes)),
        augmented: told(augmentedOutcomes(outcomes, difficulties.map(expectedOf))),
      };
    });
  const spread = (numbers: readonly number[]) => Math.sqrt(meanOf(numbers.map((one) => one ** 2)));

  it('tell more of the gain than pairs do', () => {
    const found = errors((difficulty) => ({ weak: 1 - 0.8 * difficulty, strong: 1 - 0.48 * difficulty }));
    expect(spread(found.map(({ augmented }) => augmented))).toBeLessThan(0.8 * spread(found.map(({ pairs }) => pairs)));
  });

  it('have no bias where the expectation is wrong', () => {
    const found = errors(() => ({ weak: 0.9, strong: 0.1 }));
    expect(Math.abs(meanOf(found.map(({ augmented }) => augmented)))).toBeLessThan(0.03);
  });

  it('are the pairs where there is nothing else, or no expectation', () => {
    const { outcomes } = routed(200, 1);
    const pairs = outcomes.filter(({ audited }) => audited);
    const expected = { weak: 0.5, strong: 0.7 };
    expect(
      augmentedOutcomes(
        pairs,
        pairs.map(() => expected),
      ),
    ).toEqual(judgedOutcomes(pairs));
    expect(
      augmentedOutcomes(
        outcomes,
        outcomes.map(() => undefined),
      ),
    ).toEqual(judgedOutcomes(outcomes));
  });
});
