import { type Blend, fitBlend, predictBlend, updateBlend } from './blend.js';
import { type Expected, pseudoGain, type Slopes, slopesOf } from './imputation.js';
import { gainOf, type Outcome, type Tier } from './outcome.js';
import type { Row } from './row.js';
import type { Steps } from './steps.js';

/** What predicts the gain of the strong target from a row, learned from pairs and from calls of which one side was seen. */
export interface Estimator {
  /** Learned on pairs. */
  readonly gain: Blend | undefined;
  /** How good each target is, learned on all that was seen; missing where only pairs were. */
  readonly tiers: { readonly weak: Blend; readonly strong: Blend } | undefined;
  /** The weight of `gain` beside the difference of the tiers. */
  readonly gainWeight: number;
  /** Learned on all outcomes, with the side that was not seen imputed; missing where only pairs were. */
  readonly imputed: { readonly blend: Blend; readonly slopes: Slopes } | undefined;
}

/** Pairs at which the gain weighs as much as the tiers (`research/router-embeddings.md` §4). */
const halfWeightPairs = 300;
/** Fewer pairs than this, or rows of a tier, teach nothing. */
const leastRows = 20;
/** How often the imputed gain learns a pair: what was seen counts for more than what was made up; 3 to 9 are alike. */
const pairRepeats = 3;

/** Fits what the outcomes allow; `rows` are theirs, in order. */
export function* fitEstimator(
  rows: readonly Row[],
  outcomes: readonly Outcome[],
  columns: number,
  random: () => number,
): Steps<Estimator> {
  const fit = function* (
    targetOf: (outcome: Outcome, index: number) => number | undefined,
    repeats = 1,
  ): Steps<Blend | undefined> {
    const used: Row[] = [];
    const targets: number[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const target = targetOf(outcome, index);
      const row = rows[index];
      if (target === undefined || !row) continue;
      for (let time = gainOf(outcome) === undefined ? repeats : 1; time <= repeats; time++) {
        used.push(row);
        targets.push(target);
      }
    }
    yield;
    return used.length < leastRows ? undefined : yield* fitBlend(used, Float64Array.from(targets), columns, random);
  };
  const pairs = outcomes.filter((outcome) => gainOf(outcome) !== undefined).length;
  const gain = yield* fit(gainOf);
  const bare = { gain, tiers: undefined, gainWeight: 1, imputed: undefined };
  if (pairs === outcomes.length) return bare;
  const weak = yield* fit((outcome) => outcome.weak);
  const strong = yield* fit((outcome) => outcome.strong);
  if (!weak || !strong) return bare;
  const tiers = { weak, strong };
  // with pairs only the gain has all the weight, with few pairs among many calls m / (m + 300)
  const oneSided = 1 - pairs / outcomes.length;
  const gainWeight = gain ? pairs / (pairs + halfWeightPairs * oneSided) : 0;
  const expected: Expected[] = [];
  for (const row of rows) {
    expected.push(expectTiers(tiers, row));
    if (expected.length % 64 === 0) yield;
  }
  const slopes = slopesOf(outcomes, expected);
  const blend = yield* fit((outcome, index) => {
    const usual = expected[index];
    return usual && pseudoGain(outcome, usual, slopes);
  }, pairRepeats);
  return { gain, tiers, gainWeight, imputed: blend && { blend, slopes } };
}

/** What each target's answer is expected to be worth. */
export function expectTiers({ weak, strong }: NonNullable<Estimator['tiers']>, row: Row): Expected {
  return { weak: predictBlend(weak, row), strong: predictBlend(strong, row) };
}

/**
 * How much better the strong target's answer is expected to be; 0 where nothing could be learned. Of calls of which one
 * side was seen, two ways of learning are averaged: they err differently, and neither is better on all data.
 */
export function estimateGain({ gain, tiers, gainWeight, imputed }: Estimator, row: Row): number {
  const direct = gain ? predictBlend(gain, row) : 0;
  if (!tiers) return direct;
  const { weak, strong } = expectTiers(tiers, row);
  const separate = gainWeight * direct + (1 - gainWeight) * (strong - weak);
  return imputed ? (separate + predictBlend(imputed.blend, row)) / 2 : separate;
}

/** Takes one more outcome into the parts that can learn it exactly, in place. */
export function updateEstimator({ gain, tiers, imputed }: Estimator, row: Row, outcome: Outcome): void {
  const difference = gainOf(outcome);
  if (gain && difference !== undefined) updateBlend(gain, row, difference);
  if (!tiers) return;
  // before the tiers learn it: else they would expect what they saw
  const target = imputed && pseudoGain(outcome, expectTiers(tiers, row), imputed.slopes);
  if (imputed && target !== undefined)
    for (let time = difference === undefined ? pairRepeats : 1; time <= pairRepeats; time++)
      updateBlend(imputed.blend, row, target);
  for (const tier of ['weak', 'strong'] satisfies Tier[]) {
    const seen = outcome[tier];
    if (seen !== undefined) updateBlend(tiers[tier], row, seen);
  }
}
