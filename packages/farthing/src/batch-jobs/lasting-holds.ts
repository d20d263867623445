import type { Ledger } from '../budget/ledger.js';

/** Results can be fetched for 29 days at the longest; what nobody came for by then is settled at its bound. */
const ttlMs = 30 * 86_400_000;

/** A ledger whose holds belong to a job on disk: they outlive the process, and a later one settles them. */
export function lastingHolds(ledger: Ledger): Ledger {
  return {
    reserve: (request) => ledger.reserve({ ...request, ttlMs, lasting: true }),
    settle: (...end) => ledger.settle(...end),
    release: (id) => ledger.release(id),
    renew: (ids) => ledger.renew(ids),
    balance: (claim) => ledger.balance(claim),
    recover: () => ledger.recover(),
    close: () => ledger.close(),
  };
}
