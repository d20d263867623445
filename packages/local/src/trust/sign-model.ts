import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { identityOf } from './file-identity.js';
import { hashFile } from './hash-file.js';
import { type Manifest, manifestPathOf, signManifest } from './manifest.js';
import { hashUnchanged, resolveModel, withModel } from './model-file.js';
import { type KeySource, readPrivateKey } from './read-key.js';
import { assertSameFile } from './verify-model.js';

/** What whoever signs says of the model. */
export interface SignOptions {
  readonly privateKey: KeySource;
  /** Its licence, by SPDX where there is such an id: `Apache-2.0`. */
  readonly licence: string;
  /** The URL that it came from. */
  readonly origin: string;
  /** Says how it is quantized, such as `Q4_K_M`, from its head. */
  readonly quantizationOf: (path: string) => Promise<string>;
  readonly signedAt: Date;
  readonly signal?: AbortSignal;
}

/**
 * Hashes a model and writes its manifest beside it, in the place of one that was there.
 * @throws LocalError; the signal's reason; the system's error where the manifest can't be written
 */
export async function signModel(
  given: string,
  options: SignOptions,
): Promise<{ readonly path: string; readonly manifest: Manifest }> {
  const { licence, origin, signedAt, signal } = options;
  const privateKey = await readPrivateKey(options.privateKey);
  const path = await resolveModel(given);
  return withModel(path, async (handle) => {
    const identity = identityOf(await handle.stat({ bigint: true }));
    const quantization = await options.quantizationOf(path);
    const claims = {
      file: basename(path),
      sizeBytes: Number(identity.size),
      quantization,
      licence,
      origin,
      signedAt: signedAt.toISOString(),
    };
    // Bad words are told before a long time of hashing.
    signManifest({ ...claims, sha256: '0'.repeat(64) }, privateKey);
    const sha256 = await hashUnchanged(handle, path, identity, hashFile, signal);
    await assertSameFile(path, identity);
    const manifest = signManifest({ ...claims, sha256 }, privateKey);
    await writeWhole(manifestPathOf(path), `${JSON.stringify(manifest, undefined, 2)}\n`);
    return { path, manifest };
  });
}

/** Readers see the old file or the new one, never a part. */
async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(unfinished, 'wx', 0o644);
  try {
    try {
      await handle.writeFile(text);
      // Whatever the user's mask says: it holds no secret, and servers under other users have to read it.
      await handle.chmod(0o644);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
