import type { Features } from '../features/features.js';

/** The cheap target and the one that the caller asked for. */
export type Tier = 'weak' | 'strong';

/** What became known of one call: how good the answer was, of one target or of both. */
export interface Outcome {
  readonly features: Features;
  /** How good the weak target's answer was, where it was seen: 0 to 1, or any scale on which more is better. */
  readonly weak: number | undefined;
  /** How good the strong target's answer was, on the same scale. */
  readonly strong: number | undefined;
  /** Where the call went, … */
  readonly routed: Tier;
  /** … and how probable that was: 1 where the score alone decided. */
  readonly propensity: number;
  /** Both targets were asked because a coin said so, whatever the score. */
  readonly audited: boolean;
}

/** Strong minus weak, where both were seen. */
export function gainOf({ weak, strong }: Outcome): number | undefined {
  return weak === undefined || strong === undefined ? undefined : strong - weak;
}

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
