import { gainOf, type Outcome, type Tier } from './outcome.js';

/** How good each target's answer is expected to be. */
export type Expected = Readonly<Record<Tier, number>>;

/** By how much each target's answer is better than expected for every point that the other's is. */
export type Slopes = Readonly<Record<Tier, number>>;

/**
 * The slopes of pairs, by least squares through 0: where a call that the weak target fails is one that the strong target
 * fails too, more often than their expectations say, what was seen of the one tells of the other.
 */
export function slopesOf(outcomes: readonly Outcome[], expected: readonly (Expected | undefined)[]): Slopes {
  let [weakSquare, strongSquare, product] = [0, 0, 0];
  for (const [index, { weak, strong }] of outcomes.entries()) {
    const usual = expected[index];
    if (weak === undefined || strong === undefined || !usual) continue;
    weakSquare += (weak - usual.weak) ** 2;
    strongSquare += (strong - usual.strong) ** 2;
    product += (weak - usual.weak) * (strong - usual.strong);
  }
  return {
    weak: strongSquare > 0 ? product / strongSquare : 0,
    strong: weakSquare > 0 ? product / weakSquare : 0,
  };
}

/** Strong minus weak, where one of them was not seen and stands in as it is to be expected beside the one that was. */
export function imputedGain(seen: Tier, quality: number, expected: Expected, slopes: Slopes): number {
  const surprise = quality - expected[seen];
  return seen === 'weak'
    ? expected.strong + slopes.strong * surprise - quality
    : quality - expected.weak - slopes.weak * surprise;
}

/** The gain of an outcome: as it was seen, or imputed (the X-learner of Künzel et al. 2019, with the slopes beside). */
export function pseudoGain(outcome: Outcome, expected: Expected, slopes: Slopes): number | undefined {
  const { weak, strong } = outcome;
  if (weak !== undefined && strong !== undefined) return gainOf(outcome);
  if (weak !== undefined) return imputedGain('weak', weak, expected, slopes);
  return strong === undefined ? undefined : imputedGain('strong', strong, expected, slopes);
}
