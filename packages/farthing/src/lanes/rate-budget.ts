/** What an answer told of one budget: requests or tokens. */
export interface RateReading {
  readonly remaining: number;
  readonly limit: number | undefined;
  /** Milliseconds until it is full again; `undefined`: not told. */
  readonly resetMs: number | undefined;
}

/** One budget of a key, as far as the last answer told of it. Until one has told, there is none. */
export interface RateBudget {
  /** An answer told what is left: what was taken before is counted in it. */
  readonly hear: (reading: RateReading, nowMs: number) => void;
  /** A call goes out that takes so much. */
  readonly take: (amount: number) => void;
  /** A call that took so much was turned away unserved. */
  readonly giveBack: (amount: number) => void;
  /**
   * Milliseconds until a call may go that takes so much: 0 is now.
   * @param keep the share of the budget that is left for more urgent calls, 0 to 1
   */
  readonly waitMs: (amount: number, keep: number, nowMs: number) => number;
  /** What is left now; `undefined`: not known. */
  readonly left: (nowMs: number) => number | undefined;
}

/** What was told without a reset holds so long, in milliseconds. */
const unknownResetMs = 1000;
/** Whatever was told is doubted after so long: a reset in the wrong unit must not hold calls back for days. Milliseconds. */
const longestHoldMs = 600_000;

interface Told {
  readonly atMs: number;
  readonly remaining: number;
  readonly limit: number | undefined;
  readonly resetMs: number;
}

/**
 * A budget that fills up evenly until its reset, as the providers describe theirs (a token bucket); where the size of the
 * bucket is not told, it is full at the reset and not before.
 */
export function createRateBudget(): RateBudget {
  let told: Told | undefined;
  let taken = 0;
  const leftAt = ({ atMs, remaining, limit, resetMs }: Told, nowMs: number): number => {
    const passed = resetMs === 0 ? 1 : Math.min(1, (nowMs - atMs) / resetMs);
    const filled = limit === undefined ? 0 : Math.max(0, limit - remaining) * passed;
    return remaining + filled - taken;
  };
  const overInMs = ({ atMs, resetMs }: Told, nowMs: number): number => atMs + Math.min(resetMs, longestHoldMs) - nowMs;
  const isOver = (heard: Told, nowMs: number): boolean => overInMs(heard, nowMs) <= 0;
  // None takes more than there is, whatever it says of itself.
  const atMost = (amount: number): number => Math.min(amount, told?.limit ?? Number.POSITIVE_INFINITY);
  return {
    hear: (reading, nowMs) => {
      told = { atMs: nowMs, ...reading, resetMs: reading.resetMs ?? unknownResetMs };
      taken = 0;
    },
    take: (amount) => {
      if (told) taken += atMost(amount);
    },
    giveBack: (amount) => {
      taken = Math.max(0, taken - atMost(amount));
    },
    waitMs: (amount, keep, nowMs) => {
      if (!told || isOver(told, nowMs)) return 0;
      const { limit, remaining, resetMs } = told;
      // A call that is larger than the whole bucket may go when that is as good as full.
      const wanted = limit === undefined ? amount : Math.min(amount + keep * limit, 0.95 * limit);
      const lacking = wanted - leftAt(told, nowMs);
      if (lacking <= 0) return 0;
      const toResetMs = Math.max(1, overInMs(told, nowMs));
      const refill = limit === undefined ? 0 : Math.max(0, limit - remaining) / Math.max(1, resetMs);
      const fillMs = refill > 0 ? Math.min(toResetMs, lacking / refill) : toResetMs;
      return Math.max(1, fillMs);
    },
    left: (nowMs) => (!told || isOver(told, nowMs) ? undefined : Math.max(0, leftAt(told, nowMs))),
  };
}
