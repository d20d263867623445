import { fileSystem, paths } from '../platform.js';
import type { AccountsSnapshot } from './accounts.js';
import { encodeJournalLine } from './journal-line.js';
import type { LedgerEvent } from './ledger-event.js';

/** Appends to a journal and begins it anew when it has grown long. */
export interface JournalWriter {
  /**
   * Appends an event. `state` is what all events before this one came to, for a new generation.
   * @throws Error when it can't be written; the journal is then as it was
   */
  readonly append: (event: LedgerEvent, state: () => AccountsSnapshot) => void;
  readonly close: () => void;
}

/** A journal as it was found. Lengths in bytes. */
export interface WritableJournal {
  readonly dir: string;
  readonly sync: boolean;
  readonly maxBytes: number;
  readonly generation: number;
  /** Its descriptor, opened to append; the writer closes it. */
  readonly file: number;
  readonly bytes: number;
  readonly snapshotBytes: number;
}

/** The name of a generation's file. */
export function journalFile(generation: number): string {
  return `ledger-${generation}.jsonl`;
}

/** The name of a generation that is not yet whole. */
export const journalDraft = 'ledger-next.tmp';

/** Goes on writing a journal that was read and cut to its whole lines. */
export function createJournalWriter({ dir, sync, maxBytes, snapshotBytes, ...found }: WritableJournal): JournalWriter {
  const fs = fileSystem();
  let { generation, file, bytes } = found;
  let longBytes = Math.max(maxBytes, 2 * snapshotBytes);
  let torn = false;
  const pathOf = (of: number): string => paths().join(dir, journalFile(of));
  if (sync) syncDirectory(dir);

  /** Cuts off half a line: in the middle of the file it would be damage. */
  const cut = (): void => {
    if (torn) fs.ftruncateSync(file, bytes);
    torn = false;
  };
  const beginAnew = (state: AccountsSnapshot): void => {
    const [oldFile, oldPath] = [file, pathOf(generation)];
    const draft = writeDraft(dir, encodeJournalLine({ snapshot: state }), pathOf(generation + 1));
    [file, bytes, generation, longBytes] = [
      draft.file,
      draft.bytes,
      generation + 1,
      Math.max(maxBytes, 2 * draft.bytes),
    ];
    fs.closeSync(oldFile);
    // The new name must last before the old file goes; should it stay, the next opening removes it.
    if (sync) syncDirectory(dir);
    fs.rmSync(oldPath, { force: true });
  };
  return {
    append: (event, state) => {
      const data = Buffer.from(encodeJournalLine({ event }));
      try {
        cut();
        if (bytes > longBytes) {
          try {
            beginAnew(state());
          } catch {
            longBytes = bytes + maxBytes; // the journal in use is whole: try again when it has grown once more
          }
        }
        torn = true;
        writeAll(file, data);
        if (sync) fs.fsyncSync(file);
        torn = false;
      } catch (error) {
        try {
          cut();
        } catch {
          // Tried again before the next line.
        }
        throw writeError(pathOf(generation), error);
      }
      bytes += data.length;
    },
    close: () => fs.closeSync(file),
  };
}

/** Writes a whole file aside, on the disk, and gives it its name: a crash leaves it there whole or not at all. */
function writeDraft(dir: string, text: string, path: string): { readonly file: number; readonly bytes: number } {
  const fs = fileSystem();
  const draft = paths().join(dir, journalDraft);
  const data = Buffer.from(text);
  fs.rmSync(draft, { force: true });
  const file = fs.openSync(draft, 'a', 0o600);
  try {
    writeAll(file, data);
    fs.fsyncSync(file);
    fs.renameSync(draft, path);
    return { file, bytes: data.length };
  } catch (error) {
    fs.closeSync(file);
    fs.rmSync(draft, { force: true });
    throw error;
  }
}

function writeAll(file: number, data: Buffer): void {
  for (let done = 0; done < data.length; ) done += fileSystem().writeSync(file, data, done);
}

/** Makes the names in a directory outlast a power cut, where the system lets a directory be opened. */
function syncDirectory(dir: string): void {
  const fs = fileSystem();
  let directory: number;
  try {
    directory = fs.openSync(dir, 'r');
  } catch {
    return; // Windows has no such thing
  }
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

function writeError(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `Ledger: expected to append to ${path}, got ${reason}. Nothing was changed: free space on the disk, or look at its health, and try again.`,
    { cause },
  );
}
