import { type DirectoryLock, lockDirectory } from '../../directory-lock.js';
import { fileSystem, paths, sha256 } from '../../platform.js';

/** What of a route outlives a restart: two files in a directory of the route's own, which one process alone may write. */
export interface LearningFiles {
  /**
   * Locks the directory and reads what it holds; a file that is not there is `undefined`.
   * @throws Error where another process has it, or it can't be read: nothing is written then
   */
  readonly open: () => Promise<Saved>;
  /** Writes soon, once for many changes. `all` also writes what was learned, which may be large. */
  readonly changed: (what: 'evidence' | 'all') => void;
  /** Writes all of it, and unlocks the directory. */
  readonly close: () => Promise<void>;
}

/** What the files hold. */
export interface Saved {
  /** Counts of audits: JSON. */
  readonly evidence: string | undefined;
  /** Outcomes and model: a learner's snapshot. */
  readonly learner: string | undefined;
}

/** Where the files are, and what goes into them. */
export interface LearningFilesOptions {
  readonly dir: string;
  readonly route: string;
  readonly evidence: () => string;
  readonly learner: () => string;
  readonly onError: (message: string) => void;
}

const gatherMs = 1000;

/** The files of one route. Nothing is touched before `open`. */
export function createLearningFiles({ dir, route, evidence, learner, onError }: LearningFilesOptions): LearningFiles {
  const fs = fileSystem();
  const { join } = paths();
  const own = join(dir, sha256(route).slice(0, 16));
  let lock: DirectoryLock | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAllDue = false;
  let last: Promise<void> = Promise.resolve();

  const read = async (name: string): Promise<string | undefined> => {
    const path = join(own, name);
    return fs.existsSync(path) ? fs.promises.readFile(path, 'utf8') : undefined;
  };
  /** A crash leaves the old file or the new one; and a link that somebody put there is replaced, not followed. */
  const put = async (name: string, text: string): Promise<void> => {
    const path = join(own, name);
    const draft = `${path}.tmp`;
    await fs.promises.rm(draft, { force: true });
    await fs.promises.writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await fs.promises.rename(draft, path);
  };
  const write = async (): Promise<void> => {
    timer = undefined;
    const all = isAllDue;
    isAllDue = false;
    try {
      if (all) await put('learner.txt', learner());
      await put('evidence.json', evidence());
    } catch (error) {
      isAllDue ||= all;
      onError(`${own} could not be written: ${error instanceof Error ? error.message : typeof error}.`);
    }
  };
  return {
    open: async () => {
      await fs.promises.mkdir(own, { recursive: true, mode: 0o700 });
      const held = await lockDirectory(own, `Route '${route}'`);
      try {
        const saved = { evidence: await read('evidence.json'), learner: await read('learner.txt') };
        lock = held;
        return saved;
      } catch (error) {
        held.release();
        throw error;
      }
    },
    changed: (what) => {
      if (what === 'all') isAllDue = true;
      if (!lock || timer) return;
      timer = setTimeout(() => {
        last = last.then(write);
      }, gatherMs);
      timer.unref?.();
    },
    close: async () => {
      if (!lock) return;
      clearTimeout(timer);
      isAllDue = true;
      last = last.then(write);
      await last;
      lock.release();
      lock = undefined;
    },
  };
}
