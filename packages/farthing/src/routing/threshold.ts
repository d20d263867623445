import type { ScoredCall } from './curve.js';

/** From which score on calls go to the strong target. */
export interface Threshold {
  readonly threshold: number;
  /** Share of the calls that it was chosen on that go to the strong target. */
  readonly strongShare: number;
  /** What the net loss per call is under, and in 95 % of checks also the loss that is measured on other calls. */
  readonly bound: number;
}

/**
 * Normal quantile, a little over that of a one-sided 95 % (1.645). With that the expected loss is under the bound; but what an
 * operator then measures is itself a sample, and was over it in 7 % of the checks of `bench/router-bound.ts`. Of 1.645, 1.8
 * and 1.96 this is the least that keeps the measured loss under it in 95 % of them.
 */
const quantile = 1.8;
/** Thresholds are tried at each of this many equal shares of the calls. */
const steps = 200;
/** With fewer calls a bound costs more than routing saves (`research/router-embeddings.md` §7). */
export const leastCalls = 300;

/**
 * The lowest threshold whose net loss, the quality of always-strong minus that of the routed mix per call, is proved to be
 * at most `maxNetLoss`: from "all strong" downwards while the bound holds, and no further than its first
 * failure, so that trying many costs no confidence (fixed sequence). Undefined where not even the first step is proved.
 * The scores must come from models that did not see the outcome.
 */
export function lowestThreshold(calls: readonly ScoredCall[], maxNetLoss: number): Threshold | undefined {
  const size = calls.length;
  if (size < leastCalls) return undefined;
  const order = calls.toSorted((a, b) => a.score - b.score);
  let [loss, square, best] = [0, 0, undefined as Threshold | undefined];
  let weak = 0;
  for (let step = 1; step <= steps; step++) {
    const upTo = Math.round((step * size) / steps);
    // calls of equal score go the same way
    for (; weak < upTo || (weak < size && order[weak]?.score === order[weak - 1]?.score); weak++) {
      const call = order[weak];
      const gain = call ? call.strong - call.weak : 0;
      loss += gain;
      square += gain ** 2;
    }
    const mean = loss / size;
    const deviation = Math.sqrt(Math.max(0, square / size - mean ** 2) / size);
    const bound = mean + quantile * deviation + 1 / size;
    if (bound > maxNetLoss) break;
    best = { threshold: order[weak]?.score ?? Number.POSITIVE_INFINITY, strongShare: 1 - weak / size, bound };
  }
  return best;
}
