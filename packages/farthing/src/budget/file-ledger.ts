import { fileSystem } from '../platform.js';
import { Accounts, type LedgerEvent } from './accounts.js';
import { lockDirectory } from './directory-lock.js';
import { openJournal } from './journal.js';
import type { AssumedSettlement, Ledger } from './ledger.js';
import { ledgerOver } from './ledger-over.js';

/** What a file ledger needs. */
export interface FileLedgerOptions {
  /** A directory of its own; made if it is missing, readable by its owner alone. */
  readonly dir: string;
  /**
   * `write` hands each event to the kernel before it is answered: a killed process loses nothing. `fsync` waits for the
   * disk: a power cut loses nothing either, at the price of a few milliseconds for each call.
   * @default 'write'
   */
  readonly durability?: 'write' | 'fsync' | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Budgets that survive a restart and `kill -9`: an append-only journal in a directory, for one process at a time. What a
 * dead process had set aside is settled at its bound on opening, and told by `gate.on('assumed', …)`.
 *
 * @throws Error when another process has the directory open, or its journal is damaged; it says what to do
 */
export async function openFileLedger({
  dir,
  durability = 'write',
  now = Date.now,
}: FileLedgerOptions): Promise<Ledger> {
  fileSystem().mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = lockDirectory(dir);
  try {
    const { journal, snapshot, events } = openJournal(dir, durability === 'fsync');
    const accounts = new Accounts();
    if (snapshot) accounts.restore(snapshot);
    for (const event of events) accounts.apply(event);

    const write = (event: LedgerEvent): void => {
      const lasting =
        event.type === 'reserve' ? { ...event, claims: event.claims.filter((claim) => !claim.ephemeral) } : event;
      journal.append(lasting);
      // Before the event is carried out: the snapshot holds all that came before it, and the journal goes on with it.
      if (journal.isLong()) {
        journal.compact(accounts.snapshot());
        journal.append(lasting);
      }
    };
    const recovered: AssumedSettlement[] = [];
    for (const overdue of accounts.overdue(now(), true)) {
      const event: LedgerEvent = {
        type: 'settle',
        atMs: now(),
        id: overdue.id,
        cost: overdue.amountNanoUsd,
        assumed: true,
      };
      write(event);
      accounts.apply(event);
      recovered.push(overdue);
    }
    return ledgerOver({
      accounts,
      now,
      write,
      recovered,
      close: () => {
        journal.close();
        lock.release();
      },
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}
