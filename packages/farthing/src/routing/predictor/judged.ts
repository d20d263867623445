import { type Expected, imputedGain, slopesOf } from './imputation.js';
import { gainOf, type Outcome, type Tier } from './outcome.js';

/** Below this a propensity says that the other tier was hardly ever tried: its weight would be all noise. */
const leastPropensity = 0.02;

/** What stands for the quality of both targets in an estimate. */
export interface Judged {
  /** Its place among the outcomes. */
  readonly index: number;
  readonly weak: number;
  readonly strong: number;
}

/**
 * The outcomes that tell something unbiased about the gain: pairs as they are, and calls that chance sent to one target,
 * by their propensity around the targets' means (augmented inverse propensity weighting, Robins et al. 1994). Calls that
 * the score alone sent somewhere are left out.
 */
export function judgedOutcomes(outcomes: readonly Outcome[]): Judged[] {
  const mean = { weak: meanOf(outcomes, 'weak'), strong: meanOf(outcomes, 'strong') };
  return outcomes.flatMap((outcome, index): Judged[] => {
    const { weak, strong, routed, propensity } = outcome;
    if (weak !== undefined && strong !== undefined) return [{ index, weak, strong }];
    const seen = routed === 'weak' ? weak : strong;
    if (seen === undefined || propensity < leastPropensity || propensity > 1 - leastPropensity) return [];
    const estimate = mean[routed] + (seen - mean[routed]) / propensity;
    return [{ index, ...mean, [routed]: estimate }];
  });
}

function meanOf(outcomes: readonly Outcome[], tier: Tier): number {
  let [sum, count] = [0, 0];
  for (const { [tier]: seen } of outcomes)
    if (seen !== undefined) {
      sum += seen;
      count++;
    }
  return sum / Math.max(1, count);
}

/**
 * The same with more power: calls that the score alone sent somewhere count with the side that was not seen imputed, and
 * each pair makes up for what imputing it would have got wrong, times the calls that it stands for (the estimator of
 * Robins et al. 1994, for a second side that is missing by chance). Without bias whatever was `expected`, as long as it was
 * not learned from the outcome itself and a coin of one bias chose the pairs; an audit share that changes while the
 * traffic does biases it a little, so no threshold is chosen on it.
 */
export function augmentedOutcomes(outcomes: readonly Outcome[], expected: readonly (Expected | undefined)[]): Judged[] {
  const judged = judgedOutcomes(outcomes);
  const known = new Set(judged.map(({ index }) => index));
  const oneSided = [...outcomes.keys()].filter((index) => !known.has(index));
  const pairs = outcomes.filter((outcome) => gainOf(outcome) !== undefined).length;
  if (oneSided.length === 0 || pairs === 0 || expected.includes(undefined)) return judged;
  const share = pairs / (pairs + oneSided.length);
  const slopes = slopesOf(outcomes, expected);
  /** The gain as if only the answer of the target that the call was routed to had been seen. */
  const imputed = (index: number): number | undefined => {
    const [outcome, usual] = [outcomes[index], expected[index]];
    const seen = outcome?.[outcome.routed];
    return outcome && usual && seen !== undefined ? imputedGain(outcome.routed, seen, usual, slopes) : undefined;
  };
  const corrected = judged.map(({ index, weak, strong }): Judged => {
    const outcome = outcomes[index];
    const guess = outcome && gainOf(outcome) !== undefined ? imputed(index) : undefined;
    return guess === undefined
      ? { index, weak, strong }
      : { index, weak: 0, strong: guess + (strong - weak - guess) / share };
  });
  const guessed = oneSided.flatMap((index): Judged[] => {
    const guess = imputed(index);
    return guess === undefined ? [] : [{ index, weak: 0, strong: guess }];
  });
  return [...corrected, ...guessed];
}
