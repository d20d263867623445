import { bootId, fileSystem, paths, processAlive } from '../platform.js';

/** A directory that this process alone may write. */
export interface DirectoryLock {
  readonly release: () => void;
}

const lockName = 'lock';
const held = new Set<string>();

/**
 * Locks a directory against other processes. A lock whose process is gone is taken over.
 * @throws Error that names the owner and what to do, when another one holds it
 */
export function lockDirectory(dir: string): DirectoryLock {
  const fs = fileSystem();
  const real = fs.realpathSync(dir);
  const path = paths().join(real, lockName);
  if (held.has(real))
    throw new Error(
      `Ledger: expected ${real} to be free, got a ledger that this process has open. Share it between gates, or close it first.`,
    );
  const mine = JSON.stringify({ pid: process.pid, boot: bootId() });
  for (let attempt = 0; ; attempt++) {
    try {
      fs.writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error; // an error of the file system has a code
      const owner = readOwner(path);
      if (attempt >= 3 || (owner && owner.boot === bootId() && owner.pid !== process.pid && processAlive(owner.pid))) {
        throw new Error(
          `Ledger: expected ${real} to be free, got one that process ${owner?.pid ?? 'unknown'} has open. A file ledger is for one process: give each its own directory, or share one ledger in one process.`,
        );
      }
      // Taken away by rename, so that of two that find the same stale lock only one removes it.
      const stale = `${path}.${process.pid}.stale`;
      try {
        fs.renameSync(path, stale);
        fs.rmSync(stale, { force: true });
      } catch {
        // Another process was faster: look again who holds it.
      }
    }
  }
  held.add(real);
  return {
    release: () => {
      held.delete(real);
      if (fs.existsSync(path) && fs.readFileSync(path, 'utf8') === mine) fs.rmSync(path, { force: true });
    },
  };
}

function readOwner(path: string): { readonly pid: number; readonly boot: string } | undefined {
  try {
    const owner: unknown = JSON.parse(fileSystem().readFileSync(path, 'utf8'));
    const { pid, boot } = owner as { pid?: unknown; boot?: unknown }; // checked in the next line
    return typeof pid === 'number' && typeof boot === 'string' ? { pid, boot } : undefined;
  } catch {
    return undefined; // torn, or gone meanwhile: no owner to respect
  }
}
