import { createLocal, type ReadyModel } from '../local.js';
import { printableLines } from '../printable.js';
import type { Handler } from '../surface/handle.js';
import type { ServeArguments } from './serve-arguments.js';

/** The models of a command line, open. */
export interface OpenLocal {
  readonly handler: Handler;
  /** Loads a model. @throws LocalError that says why it can't be had */
  readonly ready: (model: string) => Promise<ReadyModel>;
  readonly close: () => Promise<void>;
}

/**
 * Opens what a command line asks for: the one place where the command knows of `createLocal`.
 * @throws TypeError for a value that is out of bounds
 */
export function openLocal({ models, trust, machineHour, idleUnloadMs }: ServeArguments): OpenLocal {
  const { fetch, ready, close } = createLocal({
    models,
    trust,
    machineHour,
    idleUnloadMs,
    // The binding warns in words of the file's own.
    onWarning: (message) => console.warn(printableLines(message)),
  });
  return { handler: fetch, ready, close };
}
