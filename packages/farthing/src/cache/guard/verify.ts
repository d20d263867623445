import type { Comparison } from './compare.js';
import { evidenceNames } from './evidence.js';
import { type VerifierWeights, verifierWeights } from './verifier.generated.js';

export interface VerifyOptions {
  readonly comparison: Comparison;
  /** Other weights, as the training script makes them. @default the ones that ship */
  readonly weights?: VerifierWeights;
}

/** From this probability on a pair may share an answer; chosen on development pairs by cross-validation. */
export const verifierThreshold: number = verifierWeights.threshold;

/** Of the whole range, what verdicts that rest on rules leave to those that do not. */
const margin = 0.005;

/**
 * The probability that two questions may share an answer, by logistic regression on a comparison's evidence. `different` stays
 * below 0.005 and `same` above 0.995, so the number ranks pairs of every verdict. On other traffic it is a score, not a
 * calibrated probability: the cache's bound decides what it is worth there.
 */
export function verify({ comparison, weights = verifierWeights }: VerifyOptions): number {
  let score = weights.bias;
  for (const [index, name] of evidenceNames.entries())
    score += (weights.evidence[index] ?? 0) * comparison.evidence[name];
  const probability = 1 / (1 + Math.exp(-score));
  if (comparison.verdict === 'different') return margin * probability;
  if (comparison.verdict === 'same') return 1 - margin + margin * probability;
  return margin + (1 - 2 * margin) * probability;
}
