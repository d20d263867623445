/** How long a key is left alone after refusals. */
export interface KeyPause {
  /** Milliseconds until calls may go out again: 0 is now. */
  readonly leftMs: (nowMs: number) => number;
  /**
   * The provider refused a call.
   * @param retryAfterMs how long it asks to be left alone, where it says so
   * @param onlyTimeHelps no fewer calls can be under way than are: where it says nothing, a pause is all there is to try
   */
  readonly refused: (
    how: { readonly retryAfterMs: number | undefined; readonly onlyTimeHelps: boolean },
    nowMs: number,
  ) => void;
  /** It answered one. */
  readonly answered: () => void;
}

/** A provider that refuses all without saying for how long is left alone for so long, doubling. Milliseconds. */
const [firstPauseMs, longestPauseMs] = [500, 30_000];
/** A pause that a provider asks for is kept for at most so long. */
const longestRetryAfterMs = 600_000;

/** No pause yet. */
export function createKeyPause(): KeyPause {
  let untilMs = Number.NEGATIVE_INFINITY;
  let refusedInARow = 0;
  return {
    leftMs: (nowMs) => Math.max(0, untilMs - nowMs),
    refused: ({ retryAfterMs, onlyTimeHelps }, nowMs) => {
      const ownMs = onlyTimeHelps ? Math.min(longestPauseMs, firstPauseMs * 2 ** refusedInARow++) : 0;
      untilMs = Math.max(untilMs, nowMs + Math.min(longestRetryAfterMs, retryAfterMs ?? ownMs));
    },
    answered: () => {
      refusedInARow = 0;
    },
  };
}
