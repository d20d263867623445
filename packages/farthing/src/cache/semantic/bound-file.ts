import type { Controller } from '../../audit/controller.js';
import { fileSystem, paths } from '../../platform.js';
import type { Warn } from '../../warnings.js';

/** Keeps what is known about the error rate over restarts. */
export interface BoundFile {
  /** Writes soon, once for many changes. */
  readonly changed: () => void;
  readonly close: () => Promise<void>;
}

/** How long changes are gathered. A process that dies in between loses the latest audits, whatever their verdict. */
const gatherMs = 1000;

/** Restores a controller from a directory, and writes it back as it learns. A file that can't be read begins anew. */
export function openBoundFile(dir: string, controller: Controller, warn: Warn): BoundFile {
  const fs = fileSystem();
  const path = paths().join(dir, 'bound.json');
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: Promise<void> = Promise.resolve();
  try {
    if (fs.existsSync(path)) controller.restore(JSON.parse(fs.readFileSync(path, 'utf8')));
  } catch {
    warn('cache_error', `${path} could not be read: what was proved is being proved again.`, 'semantic/bound');
  }
  const write = async (): Promise<void> => {
    timer = undefined;
    try {
      await fs.promises.mkdir(dir, { recursive: true, mode: 0o700 });
      // A crash leaves the old file or the new one.
      await fs.promises.writeFile(`${path}.tmp`, JSON.stringify(controller.snapshot()), { mode: 0o600 });
      await fs.promises.rename(`${path}.tmp`, path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : typeof error;
      warn('cache_error', `${path} could not be written: ${reason}. A restart proves anew.`, 'semantic/bound');
    }
  };
  return {
    changed: () => {
      if (timer) return;
      timer = setTimeout(() => {
        last = last.then(write);
      }, gatherMs);
      timer.unref?.();
    },
    close: async () => {
      clearTimeout(timer);
      last = last.then(write);
      await last;
    },
  };
}
