import { curveFigures, figuresOf, type ScoredCall } from '../curve.js';
import type { Steps } from './steps.js';

/** Whether a scope's own outcomes show that its scores are better than chance. */
export interface Evidence {
  readonly isEnough: boolean;
  /** Outcomes that count: pairs, and calls that chance sent somewhere. */
  readonly outcomes: number;
  /** Area under the curve of scores that were predicted without the outcome itself; NaN where there is none. */
  readonly apgr: number;
  /** What the area is above but for a small probability; it must be over 0.5. */
  readonly atLeast: number;
}

/** What is known before the first outcome. */
export const noEvidence: Evidence = { isEnough: false, outcomes: 0, apgr: Number.NaN, atLeast: Number.NaN };

/** Fewer outcomes are never enough. */
export const leastOutcomes = 100;
/** Up to this many outcomes the stricter quantile holds. */
const fewOutcomes = 400;
const quantiles = { few: 0.01, many: 0.07 };
const resamples = 400;

/**
 * Weighs out-of-fold scores: a bootstrap quantile of the area under their curve must be over 0.5 (Efron 1979). `calls` may
 * be more than the `outcomes` that count. `research/router-embeddings.md` §3 has 5 % for few outcomes and 10 % from 300 on;
 * both are stricter here, since models of 171 and of 300 outcomes that were worse than chance got through, and since scores
 * that are level between folds are not held down by chance: of 60 scopes of 300 outcomes whose gains were shuffled, 13 %
 * passed at 10 %, and 7 % at 5 %.
 */
export function* weighEvidence(calls: readonly ScoredCall[], outcomes: number, random: () => number): Steps<Evidence> {
  const size = calls.length;
  const { apgr } = curveFigures(calls);
  if (outcomes < leastOutcomes) return { ...noEvidence, outcomes, apgr };
  const sorted = calls.toSorted((a, b) => b.score - a.score);
  const scores = Float64Array.from(sorted, ({ score }) => score);
  const gains = Float64Array.from(sorted, ({ weak, strong }) => strong - weak);
  const areas: number[] = [];
  for (let round = 0; round < resamples; round++) {
    const weights = new Uint16Array(size);
    for (let drawn = 0; drawn < size; drawn++) {
      const index = Math.floor(random() * size);
      weights[index] = (weights[index] ?? 0) + 1;
    }
    // where the weak target seems as good as the strong one there is nothing to recover, and no proof of anything
    const gap = gains.reduce((sum, gain, index) => sum + gain * (weights[index] ?? 0), 0);
    areas.push(gap > 0 ? figuresOf(scores, gains, weights).apgr : 0);
    yield;
  }
  areas.sort((a, b) => a - b);
  const quantile = outcomes < fewOutcomes ? quantiles.few : quantiles.many;
  const atLeast = areas[Math.floor(quantile * resamples)] ?? 0;
  return { isEnough: atLeast > 0.5, outcomes, apgr, atLeast };
}
