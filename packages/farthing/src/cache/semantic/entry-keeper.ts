import { lockDirectory } from '../../budget/directory-lock.js';
import { fileSystem } from '../../platform.js';
import type { Warn } from '../../warnings.js';
import { type EntryLog, openEntryLog } from './entry-log.js';
import { type LogRecord, logHeader } from './log-record.js';
import type { SemanticEntry } from './semantic-entry.js';

/** Keeps a store's entries on the disk, off the callers' path. Nothing it does fails a call. */
export interface EntryKeeper {
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
  /** How long, in milliseconds, writes are gathered. @default 250 */
  readonly flushMs?: number | undefined;
  /** After how many milliseconds a failed disk is tried again; then after twice as many, and so on. @default 5000 */
  readonly retryMs?: number | undefined;
}

const longestRetryMs = 300_000;

/** A keeper that begins at once to read its directory. */
export function createEntryKeeper(options: EntryKeeperOptions): EntryKeeper {
  const { dir, embedder, dimensions, warn, entries, restore, flushMs = 250, retryMs = 5000 } = options;
  let queue: LogRecord[] = [];
  let opened: { readonly log: EntryLog; readonly release: () => void } | undefined;
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
    const lock = await lockDirectory(dir);
    try {
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
      opened = { log, release: lock.release };
      await restore(found);
    } catch (error) {
      lock.release();
      throw error;
    }
  };
  const write = async (forgetting: boolean, erasing: boolean): Promise<void> => {
    // What was removed before the directory was open is in its file still.
    if (!opened) {
      await open();
      behind ||= forgetting;
    }
    const log = opened?.log;
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
      await opened.log.erase();
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
    const done = last.then(turn);
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
      await opened?.log.close().catch(() => undefined);
      opened?.release();
      opened = undefined;
    },
  };
}
