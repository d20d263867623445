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
