import { fileSystem, paths } from '../platform.js';
import type { AccountsSnapshot } from './accounts.js';
import { damagedJournal, decodeJournal } from './journal-line.js';
import { createJournalWriter, type JournalWriter, journalDraft, journalFile } from './journal-writer.js';
import type { LedgerEvent } from './ledger-event.js';

/** What a journal held when it was opened, and what goes on writing it. */
export interface OpenedJournal {
  readonly snapshot: AccountsSnapshot | undefined;
  readonly events: readonly LedgerEvent[];
  readonly writer: JournalWriter;
}

/** How a journal is kept. */
export interface JournalOptions {
  readonly dir: string;
  /** Whether each append waits for the disk (surviving a power cut) or only for the kernel (a killed process). */
  readonly sync: boolean;
  /** A journal longer than this, and than twice its snapshot, is begun anew. */
  readonly maxBytes: number;
}

const privateFile = 0o600;

/**
 * Opens the newest generation in a directory: `ledger-N.jsonl`, which begins with a snapshot where N is not 0. Each line
 * carries a checksum; a torn last line is cut off.
 *
 * @throws Error when the journal is damaged
 */
export function openJournal({ dir, sync, maxBytes }: JournalOptions): OpenedJournal {
  const fs = fileSystem();
  const { join } = paths();
  const generations = fs
    .readdirSync(dir)
    .flatMap((name) => /^ledger-(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const generation = generations.pop() ?? 0;
  const path = join(dir, journalFile(generation));
  const file = fs.openSync(path, 'a', privateFile);
  try {
    const data = fs.readFileSync(path);
    const { lines, bytes } = decodeJournal(data, path);
    const [first] = lines;
    const snapshot = first && 'snapshot' in first ? first.snapshot : undefined;
    // A later generation appears with its snapshot or not at all: without one it would begin from nothing.
    if (generation > 0 && !snapshot) throw damagedJournal(path, 0);
    fs.ftruncateSync(file, bytes);
    // Left behind by a process that was killed while it began a generation.
    for (const old of generations) fs.rmSync(join(dir, journalFile(old)), { force: true });
    fs.rmSync(join(dir, journalDraft), { force: true });
    const snapshotBytes = snapshot ? data.indexOf('\n') : 0;
    return {
      snapshot,
      events: lines.flatMap((line) => ('event' in line ? [line.event] : [])),
      writer: createJournalWriter({ dir, sync, maxBytes, generation, file, bytes, snapshotBytes }),
    };
  } catch (error) {
    fs.closeSync(file);
    throw error;
  }
}
