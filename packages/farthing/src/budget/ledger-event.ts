import type { NanoUsd } from '../pricing/money.js';
import type { Claim } from './ledger.js';

/** What changes accounts. A journal of these, replayed, gives the same accounts. Times in epoch milliseconds. */
export type LedgerEvent = ReserveEvent | SettleEvent | ReleaseEvent;

/** Money was set aside, in nano-dollars. */
export interface ReserveEvent {
  readonly type: 'reserve';
  readonly atMs: number;
  readonly id: string;
  readonly amount: NanoUsd;
  readonly ttlMs: number;
  /** A job on disk owns the hold, and not the process. Missing in what an older version wrote. */
  readonly lasting?: boolean;
  readonly claims: readonly Claim[];
}

/** A hold ended with a cost, in nano-dollars. */
export interface SettleEvent {
  readonly type: 'settle';
  readonly atMs: number;
  readonly id: string;
  readonly cost: NanoUsd;
  /** The cost is the bound: the bill is not known. */
  readonly assumed?: boolean;
}

/** A hold ended with nothing. */
export interface ReleaseEvent {
  readonly type: 'release';
  readonly atMs: number;
  readonly id: string;
}
