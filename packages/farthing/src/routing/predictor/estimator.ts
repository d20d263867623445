import { type Blend, fitBlend, predictBlend, updateBlend } from './blend.js';
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
}

/** Pairs at which the gain weighs as much as the tiers (`research/router-embeddings.md` §4). */
const halfWeightPairs = 300;
/** Fewer pairs than this, or rows of a tier, teach nothing. */
const leastRows = 20;

/** Fits what the outcomes allow; `rows` are theirs, in order. */
export function* fitEstimator(
  rows: readonly Row[],
  outcomes: readonly Outcome[],
  columns: number,
  random: () => number,
): Steps<Estimator> {
  const fit = function* (targetOf: (outcome: Outcome) => number | undefined): Steps<Blend | undefined> {
    const used: Row[] = [];
    const targets: number[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const target = targetOf(outcome);
      const row = rows[index];
      if (target === undefined || !row) continue;
      used.push(row);
      targets.push(target);
    }
    yield;
    return used.length < leastRows ? undefined : yield* fitBlend(used, Float64Array.from(targets), columns, random);
  };
  const pairs = outcomes.filter((outcome) => gainOf(outcome) !== undefined).length;
  const gain = yield* fit(gainOf);
  if (pairs === outcomes.length) return { gain, tiers: undefined, gainWeight: 1 };
  const weak = yield* fit((outcome) => outcome.weak);
  const strong = yield* fit((outcome) => outcome.strong);
  if (!weak || !strong) return { gain, tiers: undefined, gainWeight: 1 };
  // with pairs only the gain has all the weight, with few pairs among many calls m / (m + 300)
  const oneSided = 1 - pairs / outcomes.length;
  const gainWeight = gain ? pairs / (pairs + halfWeightPairs * oneSided) : 0;
  return { gain, tiers: { weak, strong }, gainWeight };
}

/** How much better the strong target's answer is expected to be; 0 where nothing could be learned. */
export function estimateGain({ gain, tiers, gainWeight }: Estimator, row: Row): number {
  const direct = gain ? predictBlend(gain, row) : 0;
  if (!tiers) return direct;
  const difference = predictBlend(tiers.strong, row) - predictBlend(tiers.weak, row);
  return gainWeight * direct + (1 - gainWeight) * difference;
}

/** Takes one more outcome into the parts that can learn it exactly, in place. */
export function updateEstimator({ gain, tiers }: Estimator, row: Row, outcome: Outcome): void {
  const difference = gainOf(outcome);
  if (gain && difference !== undefined) updateBlend(gain, row, difference);
  for (const tier of ['weak', 'strong'] satisfies Tier[]) {
    const seen = outcome[tier];
    if (tiers && seen !== undefined) updateBlend(tiers[tier], row, seen);
  }
}
