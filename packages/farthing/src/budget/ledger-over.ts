import { type Accounts, checkAmount } from './accounts.js';
import type { AssumedSettlement, EndResult, Ledger, ReserveRequest, ReserveResult } from './ledger.js';
import type { LedgerEvent } from './ledger-event.js';

/** What a ledger in this process is made of. */
export interface LedgerParts {
  readonly accounts: Accounts;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Makes an event durable, or throws: then it has not happened. */
  readonly write: (event: LedgerEvent) => void;
  /** Settlements of a dead owner's holds that nobody has asked for yet. */
  readonly recovered: AssumedSettlement[];
  readonly close: () => void;
}

/** A ledger over accounts in memory: each event is written first and carried out then, so that memory is never ahead. */
export function ledgerOver({ accounts, now, write, recovered, close }: LedgerParts): Ledger {
  let closed = false;
  const open = (): void => {
    if (closed)
      throw new Error(
        'Ledger: expected an open ledger, got one that was closed. Don’t call close() before the last call is settled.',
      );
  };
  const reserve = (request: ReserveRequest): ReserveResult => {
    const atMs = now();
    const decision = accounts.decide(request, atMs);
    if (decision.outcome === 'refuse') return { granted: false, lacking: decision.lacking };
    if (decision.outcome === 'known') {
      const hold = { id: request.id, amountNanoUsd: decision.amountNanoUsd };
      return { granted: true, hold, balances: request.claims.map((claim) => accounts.balance(claim, atMs)) };
    }
    write(decision.event);
    const balances = accounts.apply(decision.event);
    return { granted: true, hold: { id: request.id, amountNanoUsd: decision.event.amount }, balances };
  };
  const end = (event: LedgerEvent): EndResult => {
    if (!accounts.isOpen(event.id)) return { ended: false, balances: [] };
    write(event);
    return { ended: true, balances: accounts.apply(event) };
  };
  return {
    reserve: async (request) => {
      open();
      return reserve(request);
    },
    settle: async (id, cost, { assumed = false } = {}) => {
      open();
      checkAmount('costNanoUsd', cost);
      return end({ type: 'settle', atMs: now(), id, cost, ...(assumed && { assumed }) });
    },
    release: async (id) => {
      open();
      return end({ type: 'release', atMs: now(), id });
    },
    renew: async (ids) => {
      open();
      accounts.renew(ids, now());
    },
    balance: async (claim) => {
      open();
      return accounts.balance(claim, now());
    },
    recover: async () => {
      open();
      for (const overdue of accounts.overdue(now())) {
        end({ type: 'settle', atMs: now(), id: overdue.id, cost: overdue.amountNanoUsd, assumed: true });
        recovered.push(overdue);
      }
      return recovered.splice(0);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      close();
    },
  };
}
