import { type FileHandle, realpath } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { isLocalError, LocalError } from '../local-error.js';
import { printable } from '../printable.js';
import { type FileIdentity, identityOf, identityText } from './file-identity.js';
import { hashFile } from './hash-file.js';
import { systemCode, withFile } from './open-file.js';

/** The file itself, links resolved. @throws LocalError `model_unavailable` */
export async function resolveModel(given: string): Promise<string> {
  try {
    return await realpath(given);
  } catch (error) {
    throw unavailable(given, error);
  }
}

/** Opens a model. @throws LocalError `model_unavailable`, or what `use` throws */
export async function withModel<Result>(path: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  try {
    return await withFile(path, async (handle) => {
      if ((await handle.stat()).isFile()) return use(handle);
      throw new LocalError(
        'model_unavailable',
        `Expected a model at ${printable(path)}, got something that is no file.`,
      );
    });
  } catch (error) {
    // Only what the system says of the file; the rest, such as a signal's reason, is not about it.
    throw !isLocalError(error) && error instanceof Error && 'syscall' in error ? unavailable(path, error) : error;
  }
}

/**
 * Hashes a file that does not change meanwhile.
 * @throws LocalError `untrusted_model` where it does; the signal's reason
 */
export async function hashUnchanged(
  handle: FileHandle,
  path: string,
  identity: FileIdentity,
  hash: typeof hashFile = hashFile,
  signal?: AbortSignal,
): Promise<string> {
  await settle(identity, signal);
  const sha256 = await hash(handle, signal);
  const after = identityOf(await handle.stat({ bigint: true }));
  if (identityText(after) !== identityText(identity)) throw changed(path);
  return sha256;
}

/**
 * Waits until a write would show: a clock of files goes in steps, and a second write in the same step leaves the time as it
 * was. Steps are a few milliseconds, or up to two seconds where times are whole seconds.
 */
async function settle({ ctimeNs }: FileIdentity, signal: AbortSignal | undefined): Promise<void> {
  const stepMs = ctimeNs % 1_000_000_000n === 0n ? 2000 : 20;
  const waitMs = Number(ctimeNs / 1_000_000n) + stepMs - Date.now();
  // The time may be from another machine's clock, far ahead.
  if (waitMs >= 0)
    await setTimeout(Math.min(waitMs + 1, stepMs), undefined, { ...(signal && { signal }) }).catch(() => {});
  signal?.throwIfAborted();
}

/** The refusal of a file that did not hold still. */
export function changed(path: string): LocalError {
  return new LocalError(
    'untrusted_model',
    `${printable(path)} was changed or replaced after it was verified, or while it was. Let whatever writes to it finish, then load the model again.`,
  );
}

function unavailable(path: string, error: unknown): LocalError {
  const code = systemCode(error);
  return new LocalError(
    'model_unavailable',
    code === 'ENOENT'
      ? `There is no file at ${printable(path)}. Give the path of a GGUF model.`
      : `Could not read ${printable(path)} (${code}). Give the path of a GGUF model that this user may read.`,
  );
}
