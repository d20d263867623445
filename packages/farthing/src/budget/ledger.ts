import type { NanoUsd } from '../pricing/money.js';

/** The stretch of time over which a budget counts. All times in epoch milliseconds. */
export type LedgerWindow =
  /** A calendar window `[startMs, endMs)`; `endMs` of `null` is the window that never ends. */
  | { readonly kind: 'fixed'; readonly startMs: number; readonly endMs: number | null }
  /** The last `lengthMs` up to now. Spend leaves it no sooner than `lengthMs` after it was booked. */
  | { readonly kind: 'rolling'; readonly lengthMs: number };

/** One budget that a call counts against: an account in the ledger and the limit that holds there now. */
export interface Claim {
  /** Names the account across restarts and windows: budget name and tag value, e.g. `tenant-day/acme`. */
  readonly account: string;
  readonly window: LedgerWindow;
  /** `null`: only counted (a soft budget, or one that is merely observed). */
  readonly limitNanoUsd: NanoUsd | null;
  /** `true`: granted even where it passes the limit, which still says what of it is debt. */
  readonly overdraw?: boolean;
  /**
   * `true`: lives only in this process's memory (a call's envelope): never journalled, dropped `idleMs` after its last
   * use.
   */
  readonly ephemeral?: boolean;
}

/** Asks to set money aside before a call goes out. */
export interface ReserveRequest {
  /** Unique to this hold; a second `reserve` with a known id returns the first answer and sets nothing aside. */
  readonly id: string;
  readonly claims: readonly Claim[];
  /** The upper bound of what the call can cost. */
  readonly amountNanoUsd: NanoUsd;
  /** The least that would still do (a clamped call). Between the two, as much as every claim has left is granted. */
  readonly minNanoUsd?: NanoUsd;
  /** A hold that its owner has not renewed for this long may be settled at its bound by `recover`. */
  readonly ttlMs: number;
  /**
   * `true`: a job on disk owns this hold, and not the process: whichever process goes on with the job ends it. It is
   * recovered only where it was not renewed for `ttlMs`, whoever lives.
   */
  readonly lasting?: boolean;
}

/** What an account holds for one window. `remaining = limit − spent − held`, and can be negative (debt). */
export interface Balance {
  readonly account: string;
  readonly spentNanoUsd: NanoUsd;
  readonly heldNanoUsd: NanoUsd;
  /** Part of `spent` that was carried over as debt from earlier windows. */
  readonly debtNanoUsd: NanoUsd;
  readonly limitNanoUsd: NanoUsd | null;
  readonly remainingNanoUsd: NanoUsd | null;
}

export interface Hold {
  readonly id: string;
  readonly amountNanoUsd: NanoUsd;
}

export type ReserveResult =
  | { readonly granted: true; readonly hold: Hold; readonly balances: readonly Balance[] }
  /** Every account that lacked room; nothing was set aside anywhere. */
  | { readonly granted: false; readonly lacking: readonly Balance[] };

/** How a hold ended. The first end of a hold counts; a later one changes nothing and answers `ended: false`. */
export interface EndResult {
  readonly ended: boolean;
  readonly balances: readonly Balance[];
}

/** A hold that was settled because its owner is gone. */
export interface AssumedSettlement {
  readonly id: string;
  readonly accounts: readonly string[];
  readonly amountNanoUsd: NanoUsd;
}

/**
 * Money by account and window. `reserve` is atomic over all its claims: it checks `spent + held + amount ≤ limit` on
 * every one of them and sets the amount aside on all, or on none. Each hold ends exactly once.
 *
 * A settlement is booked in the window in which its hold was reserved (rolling: at the time of the settlement). Where
 * a fixed window's spend passes its limit (an unbounded call, a soft budget's account is exempt), the excess is debt:
 * it counts as spent in the next window, less one limit for each whole window that went by.
 *
 * Methods reject only when the store itself fails; the gate's `onLedgerError` decides what that means.
 */
export interface Ledger {
  reserve(request: ReserveRequest): Promise<ReserveResult>;
  /**
   * Ends a hold with what the call did cost, which may be more or less than was held.
   * @param options.assumed the cost is the bound, since the bill is not known
   */
  settle(id: string, costNanoUsd: NanoUsd, options?: { readonly assumed?: boolean }): Promise<EndResult>;
  /** Ends a hold with nothing: the call never went out, or the provider does not bill it. */
  release(id: string): Promise<EndResult>;
  /** Tells that the owner of these holds still lives. Unknown ids are ignored. */
  renew(ids: readonly string[]): Promise<void>;
  /** What an account holds now. */
  balance(claim: Claim): Promise<Balance>;
  /**
   * Settles, at its bound, each hold whose owner is gone (a dead process's, or not renewed within its time to live; a
   * lasting one only for the latter), and tells which. A ledger that is reopened does this by itself; its result is kept until asked for once.
   */
  recover(): Promise<readonly AssumedSettlement[]>;
  /** Flushes what is durable and lets go of the store. Further calls reject. */
  close(): Promise<void>;
}
