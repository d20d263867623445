import { Accounts } from './accounts.js';
import type { Ledger } from './ledger.js';
import { ledgerOver } from './ledger-over.js';

/** What a memory ledger needs. */
export interface MemoryLedgerOptions {
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** How long, in milliseconds, a call's envelope and an account whose window is over are kept unused. @default 600000 */
  readonly idleMs?: number | undefined;
}

/** Budgets counted in this process's memory: a restart begins anew. For limits that survive one, see `openFileLedger`. */
export function createMemoryLedger({ now = Date.now, idleMs = 600_000 }: MemoryLedgerOptions = {}): Ledger {
  return ledgerOver({ accounts: new Accounts(idleMs), now, write: () => {}, recovered: [], close: () => {} });
}
