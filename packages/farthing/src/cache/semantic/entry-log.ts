import { fileSystem, paths } from '../../platform.js';
import { readLog, Unusable } from './log-reader.js';
import { encodeRecord, type LogHeader, type LogRecord } from './log-record.js';
import type { SemanticEntry } from './semantic-entry.js';

/** A log that was opened, and what it held: the least recently used first. */
export interface OpenedLog {
  readonly log: EntryLog;
  readonly entries: readonly SemanticEntry[];
}

/** One file: a snapshot, and what happened since. Its methods are called one at a time, and reject where it fails. */
export interface EntryLog {
  /** Whether it has grown past its snapshot, so that a new one would be shorter. */
  readonly isLong: () => boolean;
  /** After a rejection only a new snapshot makes it good again. */
  readonly append: (records: Iterable<LogRecord>) => Promise<void>;
  /** Waits until what was appended would outlast a power cut. */
  readonly sync: () => Promise<void>;
  /** Begins anew with these entries: on the disk is either the old file or the new one, whole. */
  readonly snapshot: (entries: Iterable<SemanticEntry>) => Promise<void>;
  /** Removes what was set aside: nobody can tell whose questions are in it. */
  readonly eraseSetAside: () => Promise<void>;
  /** Removes all that was ever written here. */
  readonly erase: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** How a log is opened. */
export interface EntryLogOptions {
  /** This process holds its lock. */
  readonly dir: string;
  readonly header: LogHeader;
  /** Told when what was found can't be used and was set aside. */
  readonly onSetAside: (path: string, reason: string) => void;
}

type FileHandle = Awaited<ReturnType<ReturnType<typeof fileSystem>['promises']['open']>>;

const name = 'entries.log';
const draftName = `${name}.draft`;
const privateFile = 0o600;
/** What is encoded before others get their turn. */
const writeBytes = 256 * 1024;
/** A log shorter than this is not worth a new snapshot. */
const shortBytes = 4 * 1024 * 1024;

/**
 * Opens the log of a directory and reads it through. A torn last record is cut off; a file that is damaged, truncated
 * within its snapshot, or of another embedder is set aside, and the log begins anew.
 */
export async function openEntryLog({ dir, header, onSetAside }: EntryLogOptions): Promise<OpenedLog> {
  const { promises: files } = fileSystem();
  const path = paths().join(dir, name);
  const { O_APPEND, O_WRONLY, O_NOFOLLOW = 0 } = fileSystem().constants;
  const appendTo = O_APPEND | O_WRONLY | O_NOFOLLOW; // of what was just read: Windows knows no such links
  let file: FileHandle | undefined;
  let [bytes, snapshotBytes] = [0, 0];

  const close = async (): Promise<void> => {
    const open = file;
    file = undefined;
    await open?.close();
  };
  const writeAll = async (to: FileHandle, records: Iterable<LogRecord>): Promise<number> => {
    let [total, size] = [0, 0];
    // One for all that is written: a new one each time would keep the garbage collector busy.
    let piece = Buffer.allocUnsafe(writeBytes);
    const flush = async (): Promise<void> => {
      await to.appendFile(piece.subarray(0, size));
      total += size;
      size = 0;
    };
    for (const record of records) {
      const encoded = encodeRecord(record);
      if (size > 0 && size + encoded.length > piece.length) await flush();
      if (encoded.length > piece.length) piece = Buffer.allocUnsafe(encoded.length);
      encoded.copy(piece, size);
      size += encoded.length;
    }
    if (size > 0) await flush();
    return total;
  };
  const snapshot = async (entries: Iterable<SemanticEntry>): Promise<void> => {
    const draft = paths().join(dir, draftName);
    await files.rm(draft, { force: true });
    const next = await files.open(draft, 'ax', privateFile);
    try {
      const written = await writeAll(next, snapshotRecords(header, entries));
      await next.sync();
      // Some systems rename over no file that is open.
      await close();
      await files.rename(draft, path);
      [file, bytes, snapshotBytes] = [next, written, written];
    } catch (error) {
      await next.close().catch(ignore);
      await files.rm(draft, { force: true }).catch(ignore);
      throw error;
    }
    await syncDirectory(dir);
  };

  const eraseAll = async (prefix: string): Promise<void> => {
    for (const each of await files.readdir(dir))
      if (each.startsWith(prefix)) await files.rm(paths().join(dir, each), { force: true });
  };

  let entries: readonly SemanticEntry[] = [];
  // Left by a process that was killed while it wrote a snapshot.
  await files.rm(paths().join(dir, draftName), { force: true });
  try {
    const found = await readLog(path, header);
    if (found) {
      entries = found.entries;
      file = await files.open(path, appendTo, privateFile);
      // One that was there before may be open to others.
      if (((await file.stat()).mode & 0o077) !== 0) await file.chmod(privateFile);
      await file.truncate(found.bytes);
      [bytes, snapshotBytes] = [found.bytes, found.snapshotBytes];
    } else await snapshot([]);
  } catch (error) {
    await close();
    if (!(error instanceof Unusable)) throw error;
    const aside = await freeName(path);
    await files.rename(path, aside);
    onSetAside(aside, error.message);
    await snapshot([]);
  }
  const log: EntryLog = {
    isLong: () => bytes - snapshotBytes > Math.max(shortBytes, snapshotBytes),
    append: async (records) => {
      if (!file) throw new Error('Expected an open log, got a closed one.');
      bytes += await writeAll(file, records);
    },
    sync: async () => file?.sync(),
    snapshot,
    eraseSetAside: () => eraseAll(`${name}.set-aside-`),
    erase: async () => {
      await close().catch(ignore);
      await eraseAll(name);
    },
    close,
  };
  return { log, entries };
}

function* snapshotRecords(header: LogHeader, entries: Iterable<SemanticEntry>): Generator<LogRecord> {
  yield { kind: 'header', header };
  for (const entry of entries) yield { kind: 'put', entry };
  yield { kind: 'snapshotEnd' };
}

async function freeName(path: string): Promise<string> {
  const taken = new Set(await fileSystem().promises.readdir(paths().dirname(path)));
  for (let number = 1; ; number++) {
    const aside = `${path}.set-aside-${number}`;
    if (!taken.has(paths().basename(aside))) return aside;
  }
}

/** Makes a new name outlast a power cut, where the system lets a directory be opened. */
async function syncDirectory(dir: string): Promise<void> {
  const directory = await fileSystem().promises.open(dir, 'r').catch(ignore);
  await directory?.sync().catch(ignore);
  await directory?.close();
}

function ignore(): undefined {
  return undefined;
}
