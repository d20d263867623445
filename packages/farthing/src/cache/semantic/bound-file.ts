import type { Controller } from '../../audit/controller.js';
import { fileSystem, paths } from '../../platform.js';
import type { Warn } from '../../warnings.js';
import type { DirectoryGuest } from './entry-keeper.js';

/** Keeps what is known about the error rate over restarts, for as long as the directory is ours. */
export interface BoundFile extends DirectoryGuest {
  /** Writes soon, once for many changes. */
  readonly changed: () => void;
}

/** How long changes are gathered. A process that dies in between loses the latest audits, whatever their verdict. */
const gatherMs = 1000;

/**
 * Restores a controller when its directory is locked, and writes it back as it learns. Who has no lock neither reads nor
 * writes: it would put what it knows over what the owner has learnt. A file that can't be used begins anew.
 */
export function createBoundFile(dir: string, controller: Controller, warn: Warn): BoundFile {
  const fs = fileSystem();
  const path = paths().join(dir, 'bound.json');
  const draft = `${path}.tmp`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: Promise<void> = Promise.resolve();
  let owned = false;
  const unusable = (why: string): void =>
    warn('cache_error', `${path} ${why}: what was proved is being proved again.`, 'semantic/bound');
  const read = (): void => {
    let value: unknown;
    try {
      if (!fs.existsSync(path)) return;
      value = JSON.parse(fs.readFileSync(path, 'utf8'));
    } catch {
      unusable('could not be read');
      return;
    }
    // A directory that came free late: what was revoked here meanwhile stays so, whatever the one before had proved.
    const isRevoked = controller.snapshot().revoked;
    if (isRevoked && (value as { readonly revoked?: unknown } | null)?.revoked !== true) return; // any JSON has no or some such field
    if (controller.restore(value) === 'impossible') unusable('holds what no audits could have proved');
  };
  const write = async (): Promise<void> => {
    timer = undefined;
    try {
      await fs.promises.mkdir(dir, { recursive: true, mode: 0o700 });
      // Made anew, and never through a link that somebody put there. A crash leaves the old file or the new one.
      await fs.promises.rm(draft, { force: true });
      await fs.promises.writeFile(draft, JSON.stringify(controller.snapshot()), { mode: 0o600, flag: 'wx' });
      await fs.promises.rename(draft, path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : typeof error;
      warn('cache_error', `${path} could not be written: ${reason}. A restart proves anew.`, 'semantic/bound');
    }
  };
  return {
    changed: () => {
      if (!owned || timer) return;
      timer = setTimeout(() => {
        last = last.then(write);
      }, gatherMs);
      timer.unref?.();
    },
    locked: () => {
      owned = true;
      read();
    },
    unlocking: async () => {
      if (!owned) return;
      owned = false;
      clearTimeout(timer);
      last = last.then(write);
      await last;
    },
  };
}
