import { type DirectoryLock, lockDirectory } from '../../directory-lock.js';
import { fileSystem, userId } from '../../platform.js';
import type { Warn } from '../../warnings.js';
import { type EntryLog, openEntryLog } from './entry-log.js';
import { type LogRecord, logHeader } from './log-record.js';
import type { SemanticEntry } from './semantic-entry.js';

/** What else is kept in the directory, by whoever holds its lock. Neither throws. */
export interface DirectoryGuest {
  /** The directory is ours from now on. */
  readonly locked: () => void;
  /** It is ours for the last time. */
  readonly unlocking: () => Promise<void>;
}

/** Keeps a store's entries on the disk, off the callers' path. Nothing it does fails a call. */
export interface EntryKeeper {
  /** Resolves when the directory has been locked, and its guest has read it, or it could not be. Never rejects. */
  readonly locked: Promise<void>;
  /** Resolves when what the directory held has been restored, or could not be. Never rejects. */
  readonly ready: Promise<void>;
  readonly put: (entry: SemanticEntry) => void;
  readonly remove: (id: string) => void;
  /**
   * Resolves when what was removed before can't come back: `log` after its removal is written, `erase` when no byte of it
   * is left. A disk that takes neither loses the whole file instead.
   * @throws Error when not even that could be done
   */
  readonly settle: (how: 'log' | 'erase') => Promise<void>;
  /** Writes what is not written yet, and unlocks the directory. Never rejects. */
  readonly close: () => Promise<void>;
}

/** What a keeper needs. */
export interface EntryKeeperOptions {
  readonly dir: string;
  /** What identifies the embedder and its version: vectors of different ones can't be compared. */
  readonly embedder: string;
  readonly dimensions: number;
  readonly warn: Warn;
  /** What is to be kept now, the least recently used first. */
  readonly entries: () => Iterable<SemanticEntry>;
  /** Takes what the directory held. */
  readonly restore: (entries: readonly SemanticEntry[]) => Promise<void>;
  readonly guest?: DirectoryGuest | undefined;
  /** How long, in milliseconds, writes are gathered. @default 250 */
  readonly flushMs?: number | undefined;
  /** After how many milliseconds a failed disk is tried again; then after twice as many, and so on. @default 5000 */
  readonly retryMs?: number | undefined;
}

const longestRetryMs = 300_000;

/** A keeper that begins at once to read its directory. */
export function createEntryKeeper(options: EntryKeeperOptions): EntryKeeper {
  const { dir, embedder, dimensions, warn, entries, restore, guest, flushMs = 250, retryMs = 5000 } = options;
  let queue: LogRecord[] = [];
  /** Held from the first time that it could be had until the end, even while the log can't be used. */
  let lock: DirectoryLock | undefined;
  let opened: EntryLog | undefined;
  let tried = (): void => {};
  const locked = new Promise<void>((resolve) => {
    tried = resolve;
  });
  /** The file lacks something that no record in the queue will bring: only a new snapshot makes it good. */
  let behind = false;
  /** Something must not come back, even if the file has to go for it. */
  let [mustForget, mustErase] = [false, false];
  let waitMs = retryMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const open = async (): Promise<void> => {
    await fileSystem().promises.mkdir(dir, { recursive: true, mode: 0o700 });
    if (!lock) {
      lock = await lockDirectory(dir, 'Semantic cache');
      await makePrivate();
      guest?.locked();
      tried();
    }
    const { log, entries: found } = await openEntryLog({
      dir,
      header: logHeader(embedder, dimensions),
      onSetAside: (path, reason) =>
        warn(
          'cache_error',
          `The semantic cache begins anew: its file could not be used (${reason}) and is now ${path}. It may hold prompts: delete it when you have looked at it.`,
          path,
        ),
    });
    try {
      await restore(found);
      opened = log;
    } catch (error) {
      await log.close().catch(() => undefined);
      throw error;
    }
  };
  /** A directory that was there before may be open to others. */
  const makePrivate = async (): Promise<void> => {
    const { promises: files } = fileSystem();
    const owner = userId();
    if (owner === undefined) return;
    try {
      const { uid, mode } = await files.stat(dir);
      if ((mode & 0o077) === 0) return;
      if (uid === owner) return await files.chmod(dir, 0o700);
    } catch {
      // Said below.
    }
    warn(
      'cache_error',
      `The directory ${dir} is open to others and could not be closed to them: it holds prompts.`,
      dir,
    );
  };
  const write = async (forgetting: boolean, erasing: boolean): Promise<void> => {
    // What was removed before the directory was open is in its file still.
    if (!opened) {
      await open();
      behind ||= forgetting;
    }
    const log = opened;
    if (!log) return;
    if (behind || erasing || log.isLong()) {
      behind = false;
      // The snapshot holds all that the queue says; what is queued while it is written follows it.
      queue = [];
      // Listed when the file is open, in a turn of its own: to walk through them all takes milliseconds.
      await log.snapshot({ [Symbol.iterator]: () => entries()[Symbol.iterator]() });
      if (erasing) await log.eraseSetAside();
    }
    while (queue.length > 0) {
      const records = queue;
      queue = [];
      await log.append(records);
    }
    if (forgetting) await log.sync();
  };
  /** One turn; resolves whether it went well. */
  const turn = async (): Promise<boolean> => {
    // Taken, so that what is asked for meanwhile is not taken for done.
    const [forgetting, erasing] = [mustForget, mustErase];
    [mustForget, mustErase] = [false, false];
    try {
      await write(forgetting, erasing);
      waitMs = retryMs;
      return true;
    } catch (error) {
      queue = [];
      behind = true;
      mustForget ||= forgetting;
      mustErase ||= erasing;
      warnOf(error);
      await forgetAnyway();
      if (!closed) schedule(waitMs);
      waitMs = Math.min(2 * waitMs, longestRetryMs);
      return false;
    }
  };
  const forgetAnyway = async (): Promise<void> => {
    if (!mustForget || !opened) return;
    try {
      await opened.erase();
      [mustForget, mustErase] = [false, false];
    } catch {
      // Told to whoever waits for it, and tried again.
    }
  };
  const warnOf = (error: unknown): void => {
    // An error of the file system has a code; the lock's refusal has none.
    const code = (error as { readonly code?: unknown }).code;
    const reason = typeof code === 'string' ? code : 'another process, or another cache of this one, has it open';
    warn(
      'cache_error',
      `The semantic cache goes on in memory alone and tries again later: it could not use its directory ${dir} (${reason}).`,
      'semantic/disk',
    );
  };
  /** Turns follow each other. */
  const enqueueTurn = (): Promise<boolean> => {
    clearTimeout(timer);
    timer = undefined;
    const done = last.then(turn).finally(tried);
    last = done.then(() => undefined);
    return done;
  };
  const schedule = (inMs: number): void => {
    if (timer !== undefined || closed) return;
    timer = setTimeout(() => void enqueueTurn(), inMs);
    timer.unref?.();
  };
  const record = (each: LogRecord): void => {
    if (closed || behind) return;
    queue.push(each);
    schedule(flushMs);
  };

  return {
    locked,
    ready: enqueueTurn().then(() => undefined),
    put: (entry) => record({ kind: 'put', entry }),
    remove: (id) => record({ kind: 'remove', id }),
    settle: async (how) => {
      if (closed) return;
      mustForget = true;
      if (how === 'erase') mustErase = true;
      const well = await enqueueTurn();
      if (!well && mustForget && (opened || how === 'erase'))
        throw new Error(`Expected to remove entries from ${dir}, got an error of the disk. They may still be there.`);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await enqueueTurn();
      await opened?.close().catch(() => undefined);
      if (lock) await guest?.unlocking();
      lock?.release();
      [opened, lock] = [undefined, undefined];
    },
  };
}
