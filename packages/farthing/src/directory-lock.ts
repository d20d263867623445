import { fileSystem, paths, processAlive, processStart } from './platform.js';

/** A directory that this process alone may write. */
export interface DirectoryLock {
  readonly release: () => void;
}

const attempts = 4;
/** What this process has locked, where the system does not tell its start from that of a dead one with the same id. */
const held = new Set<string>();

/**
 * Locks a directory against other processes. Each one announces itself by a file named for its process id and start,
 * and then looks whether another is there: of two that come at once neither can overlook the other. What dead processes
 * left is removed, which is safe since no other process ever has the same name.
 *
 * @param user who wants it, for the message of an error: `Ledger`
 * @throws Error that names the owner and what to do, when another one holds it
 */
export async function lockDirectory(dir: string, user: string): Promise<DirectoryLock> {
  const fs = fileSystem();
  const start = processStart(process.pid);
  const path = paths().join(fs.realpathSync(dir), `lock-${process.pid}-${start}`);
  if (start === '' && !held.has(path)) fs.rmSync(path, { force: true });
  for (let attempt = 1; ; attempt++) {
    try {
      fs.writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error; // an error of the file system has a code
      throw refusal(user, dir, 'one that this process has open. Share it between gates, or close it first.');
    }
    held.add(path);
    const release = (): void => {
      held.delete(path);
      fs.rmSync(path, { force: true });
    };
    let owner: number | undefined;
    try {
      owner = otherOwner(paths().dirname(path), path);
    } catch (error) {
      release();
      throw error;
    }
    if (owner === undefined) return { release };
    release();
    if (attempt === attempts)
      throw refusal(
        user,
        dir,
        `one that process ${owner} has open. It is for one process: give each its own directory, or share one in one process.`,
      );
    // The other may only be asking, as we are: then the one that comes back alone has it.
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40));
  }
}

/** The id of another process that lives and has announced itself; removes what dead ones left. */
function otherOwner(dir: string, own: string): number | undefined {
  const fs = fileSystem();
  for (const name of fs.readdirSync(dir)) {
    const [, id, start] = /^lock-(\d+)-(.*)$/.exec(name) ?? [];
    const path = paths().join(dir, name);
    if (id === undefined || start === undefined || path === own) continue;
    const pid = Number(id);
    // The same id with another start is a later process. Where starts can't be told, the id has to do.
    const now = processAlive(pid) ? processStart(pid) : undefined;
    if (now !== undefined && (now === start || now === '')) return pid;
    fs.rmSync(path, { force: true });
  }
  return undefined;
}

function refusal(user: string, dir: string, got: string): Error {
  return new Error(`${user}: expected ${dir} to be free, got ${got}`);
}
