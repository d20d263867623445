/** How many inputs a server has shown to take, where it takes fewer than the limit. */
export interface LearnedLimit {
  readonly maxInputs: () => number;
  /** A request was refused, and all its calls were answered once they were split: so many inputs pass. */
  readonly learn: (maxInputs: number) => void;
  readonly isKnown: () => boolean;
}

/** After this time a server is tried again, in milliseconds: it may have been the size of those texts. */
const forgetMs = 600_000;

/** @param clock never jumps, in milliseconds */
export function createLearnedLimit(given: number, clock: () => number): LearnedLimit {
  let learned: { readonly maxInputs: number; readonly untilMs: number } | undefined;
  const isKnown = (): boolean => {
    if (learned && clock() >= learned.untilMs) learned = undefined;
    return learned !== undefined;
  };
  return {
    maxInputs: () => (isKnown() ? (learned?.maxInputs ?? given) : given),
    learn: (maxInputs) => {
      learned = { maxInputs: Math.max(1, Math.min(given, maxInputs)), untilMs: clock() + forgetMs };
    },
    isKnown,
  };
}
