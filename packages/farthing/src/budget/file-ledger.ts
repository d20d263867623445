import { lockDirectory } from '../directory-lock.js';
import { fileSystem } from '../platform.js';
import { Accounts } from './accounts.js';
import { openJournal } from './journal.js';
import type { AssumedSettlement, Ledger } from './ledger.js';
import type { LedgerEvent } from './ledger-event.js';
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
  /** How long, in milliseconds, a call's envelope and an account whose window is over are kept unused. @default 600000 */
  readonly idleMs?: number | undefined;
  /** The journal is begun anew with a snapshot when it is longer than so many bytes. @default 16777216 */
  readonly maxJournalBytes?: number | undefined;
}

/**
 * Budgets that survive a restart and `kill -9`: an append-only journal in a directory, for one process at a time. What a
 * dead process had set aside, but for lasting holds, is settled at its bound on opening, and told by
 * `gate.on('assumed', …)`. An operation that can't be written rejects and has not happened. Containers that share a
 * volume can't see each other's processes: give each a directory of its own.
 *
 * @throws Error when another process has the directory open, or its journal is damaged; it says what to do
 */
export async function openFileLedger({
  dir,
  durability = 'write',
  now = Date.now,
  idleMs = 600_000,
  maxJournalBytes = 16 * 1024 * 1024,
}: FileLedgerOptions): Promise<Ledger> {
  fileSystem().mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(dir, 'Ledger');
  const closing = [lock.release];
  const close = (): void => {
    for (const each of closing.splice(0).reverse()) each();
  };
  try {
    const { writer, snapshot, events } = openJournal({
      dir,
      sync: durability === 'fsync',
      maxBytes: maxJournalBytes,
    });
    closing.push(writer.close);
    const accounts = new Accounts(idleMs);
    if (snapshot) accounts.restore(snapshot);
    for (const event of events) accounts.apply(event);

    const write = (event: LedgerEvent): void => {
      const lasting = accounts.lasting(event);
      if (lasting) writer.append(lasting, () => accounts.snapshot());
    };
    const recovered: AssumedSettlement[] = [];
    for (const overdue of accounts.overdue(now(), true)) {
      const { id, amountNanoUsd: cost } = overdue;
      const event: LedgerEvent = { type: 'settle', atMs: now(), id, cost, assumed: true };
      write(event);
      accounts.apply(event);
      recovered.push(overdue);
    }
    return ledgerOver({ accounts, now, write, recovered, close });
  } catch (error) {
    close();
    throw error;
  }
}
