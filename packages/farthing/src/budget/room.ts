import type { NanoUsd } from '../pricing/money.js';
import type { Account } from './plan.js';

/** What accounts had left when last heard of: a hint for estimates. Whether a call fits is for the ledger to say. */
export interface Room {
  readonly hear: (balances: readonly { readonly account: string; readonly remainingNanoUsd: NanoUsd | null }[]) => void;
  /** The least that any of these accounts has left; nothing where one was not heard of. */
  readonly least: (accounts: readonly Account[]) => NanoUsd;
}

/** Accounts that are remembered at once; the oldest are forgotten first. */
const maxRemembered = 10_000;

/** Knows nothing at first. */
export function createRoom(): Room {
  const left = new Map<string, NanoUsd>();
  return {
    hear: (balances) => {
      for (const { account, remainingNanoUsd } of balances)
        left.set(account, remainingNanoUsd ?? Number.MAX_SAFE_INTEGER);
      for (const oldest of left.keys()) {
        if (left.size <= maxRemembered) break;
        left.delete(oldest);
      }
    },
    least: (accounts) =>
      accounts.reduce((least, { claim }) => Math.min(least, left.get(claim.account) ?? 0), Number.MAX_SAFE_INTEGER),
  };
}
