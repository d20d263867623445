import { seeded } from '../audit/seeded-random.js';
import type { ScoredCall } from '../routing/curve.js';
import type { Model } from '../routing/predictor/model.js';
import { gainOf, type Outcome } from '../routing/predictor/outcome.js';
import { refit } from '../routing/predictor/refit.js';
import { finish } from '../routing/predictor/steps.js';
import { leastCalls, lowestThreshold } from '../routing/threshold.js';

/** Net losses for which thresholds are told: quality of always-strong minus that of the mix, per call. */
export const netLosses = [0.01, 0.02, 0.05] as const;

/** What was learned of one route. */
export interface RouteFindings {
  readonly route: string;
  readonly model: Model;
  readonly outcomes: number;
  /** Outcomes of both targets. */
  readonly pairs: number;
  /** Mean quality of each target's answers over the outcomes that count; `undefined` where none does. */
  readonly quality: { readonly weak: number; readonly strong: number } | undefined;
  /** For each of the net losses; `undefined` where too few outcomes count. */
  readonly shares: readonly StrongShares[] | undefined;
  /** Outcomes that count and are missing before thresholds can be told; 0 where there are enough. */
  readonly missing: number;
}

/** Shares of calls that must go to the strong target so that a net loss is proved: 1 where nothing less is. */
export interface StrongShares {
  readonly byScore: number;
  readonly atRandom: number;
}

/** Draws that the share at random is a mean of. */
const draws = 20;

/** Learns from the outcomes of a route, at least one. The same seed gives the same model. */
export function learnRoute(route: string, outcomes: readonly Outcome[], seed: number): RouteFindings {
  const fitted = finish(refit({ outcomes, random: seeded(seed) }));
  if (!fitted) throw new Error(`Route '${route}': expected at least one outcome, got none.`);
  const { model, outOfFold } = fitted;
  const count = outOfFold.length;
  const mean = (side: 'weak' | 'strong') => outOfFold.reduce((sum, call) => sum + call[side], 0) / count;
  return {
    route,
    model,
    outcomes: outcomes.length,
    pairs: outcomes.filter((outcome) => gainOf(outcome) !== undefined).length,
    quality: count === 0 ? undefined : { weak: mean('weak'), strong: mean('strong') },
    shares: count < leastCalls ? undefined : sharesOf(outOfFold, seed),
    missing: Math.max(0, leastCalls - count),
  };
}

/** By the same rule for both: so they differ by what the scores know, and by nothing else. */
function sharesOf(calls: readonly ScoredCall[], seed: number): StrongShares[] {
  const random = seeded(seed);
  const drawn = Array.from({ length: draws }, () => calls.map((call) => ({ ...call, score: random() })));
  return netLosses.map((loss) => ({
    byScore: lowestThreshold(calls, loss)?.strongShare ?? 1,
    atRandom: drawn.reduce((sum, some) => sum + (lowestThreshold(some, loss)?.strongShare ?? 1), 0) / draws,
  }));
}
