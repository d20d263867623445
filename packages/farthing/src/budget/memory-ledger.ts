import { Accounts } from './accounts.js';
import type { AssumedSettlement, Ledger } from './ledger.js';
import { ledgerOver } from './ledger-over.js';

/** What a memory ledger needs. */
export interface MemoryLedgerOptions {
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Budgets counted in this process's memory: a restart begins anew. For limits that survive one, see `openFileLedger`. */
export function createMemoryLedger({ now = Date.now }: MemoryLedgerOptions = {}): Ledger {
  const recovered: AssumedSettlement[] = [];
  return ledgerOver({ accounts: new Accounts(), now, write: () => {}, recovered, close: () => {} });
}
