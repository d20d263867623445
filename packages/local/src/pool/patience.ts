/** A model that was unloaded too early stays up to so many times as long. */
const mostPatience = 8;
/** What a timer can wait; it would fire at once. */
const longestMs = 2 ** 31 - 1;

/**
 * How long a model stays from now on while nobody asks for it: one that came back sooner than it would have stayed had been
 * unloaded too early, and stays twice as long; one that did not, was not.
 * @param stays how long it stayed last, and how long it was told to, in milliseconds
 * @param awayMs how long it was unloaded
 */
export function patience(stays: { readonly idleMs: number; readonly idleUnloadMs: number }, awayMs: number): number {
  const { idleMs, idleUnloadMs } = stays;
  return awayMs < idleMs
    ? Math.min(idleMs * 2, idleUnloadMs * mostPatience, longestMs)
    : Math.max(idleMs / 2, idleUnloadMs);
}
