import { type FileHandle, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { LocalError } from '../local-error.js';
import type { Trust } from '../local-options.js';
import { printable } from '../printable.js';
import { type FileIdentity, identityOf, identityText } from './file-identity.js';
import { hashFile } from './hash-file.js';
import { isSignedBy, keyIdOf, type Manifest, manifestPathOf, readManifest } from './manifest.js';
import { changed, hashUnchanged, resolveModel, withModel } from './model-file.js';
import { readPublicKey } from './read-key.js';

/** A file that may be loaded. */
export interface VerifiedModel {
  /** The file itself, links resolved: what is to be loaded. */
  readonly path: string;
  /** Of this state of this file all else holds: `assertSameFile(path, identity)` says whether it still is. */
  readonly identity: FileIdentity;
  /** Absent where there is no manifest. */
  readonly sha256?: string;
  readonly manifest?: Manifest;
}

/** Says whether a model may be loaded. @throws LocalError `untrusted_model`, or `model_unavailable` where there is no file */
export type VerifyModel = (path: string, trust: Trust, signal?: AbortSignal) => Promise<VerifiedModel>;

/** Files whose hash is remembered. */
const mostRemembered = 64;

/** @param hash how a file is hashed */
export function createModelVerifier(hash: typeof hashFile = hashFile): VerifyModel {
  /** By identity. */
  const known = new Map<string, string>();

  const hashOnce = async (handle: FileHandle, path: string, identity: FileIdentity, signal?: AbortSignal) => {
    const key = identityText(identity);
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const sha256 = await hashUnchanged(handle, path, identity, hash, signal);
    const [oldest] = known.keys();
    if (known.size >= mostRemembered && oldest !== undefined) known.delete(oldest);
    known.set(key, sha256);
    return sha256;
  };

  return async (given, trust, signal) => {
    signal?.throwIfAborted();
    const path = await resolveModel(given);
    return withModel(path, async (handle) => {
      const identity = identityOf(await handle.stat({ bigint: true }));
      const manifest = await readManifest(path);
      if (trust !== 'unsigned') await checkSignature(path, manifest, trust.keys);
      if (!manifest) return { path, identity };
      checkName(path, manifest);
      checkSize(path, manifest, identity);
      const sha256 = await hashOnce(handle, path, identity, signal);
      checkHash(path, manifest, sha256);
      return { path, identity, sha256, manifest };
    });
  };
}

/**
 * Checks a model before anything loads it: its manifest is signed by one of the keys, and the file is byte for byte what
 * the manifest says. Where `trust` is `'unsigned'` there need be neither manifest nor signature, but the file has to be what a
 * manifest beside it says. A file that was hashed is not hashed again in this process while it is the same.
 */
export const verifyModel: VerifyModel = createModelVerifier();

/**
 * Checks that a path still leads to the file that was verified, unchanged. To be called once more when whatever loads the
 * file has opened it: then what it opened is what was verified.
 * @throws LocalError `untrusted_model`
 */
export async function assertSameFile(path: string, identity: FileIdentity): Promise<void> {
  let now: FileIdentity | undefined;
  try {
    now = identityOf(await stat(path, { bigint: true }));
  } catch {
    // It is gone, or out of reach: not the same, whatever the reason.
  }
  if (!now || identityText(now) !== identityText(identity)) throw changed(path);
}

async function checkSignature(
  path: string,
  manifest: Manifest | undefined,
  keys: Exclude<Trust, 'unsigned'>['keys'],
): Promise<void> {
  if (!manifest)
    throw refuse(
      `Nobody vouches for ${printable(path)}: expected a manifest at ${printable(manifestPathOf(path))}, got none. Sign the model with \`npx farthing-local sign ${shellWord(printable(path))} --key PRIVATE.pem --licence ID --origin URL\`, or set \`trust: 'unsigned'\` to run it all the same.`,
    );
  const trusted = await Promise.all(keys.map(readPublicKey));
  const named = trusted.filter((key) => keyIdOf(key) === manifest.keyId);
  if (named.length === 0)
    throw refuse(
      `${printable(path)} is signed by a key that is not trusted: expected ${trusted.map(keyIdOf).join(' or ') || 'one of the keys (none is given)'}, got ${manifest.keyId}. If you trust its owner, add that public key to \`trust.keys\`.`,
    );
  if (!named.some((key) => isSignedBy(manifest, key)))
    throw refuse(
      `The manifest ${printable(manifestPathOf(path))} was altered: its signature is not that of key ${manifest.keyId} over what it says. Fetch it again from whoever signed it, or sign the model anew.`,
    );
}

function checkName(path: string, { file }: Manifest): void {
  // File systems write the same letters in different ways.
  if (basename(path).normalize('NFC') === file.normalize('NFC')) return;
  throw refuse(
    `The manifest beside ${printable(path)} is of another file: expected "${printable(basename(path))}", got "${printable(file)}". Give the file its name back, or sign it anew under this one.`,
  );
}

function checkSize(path: string, { sizeBytes }: Manifest, { size }: FileIdentity): void {
  if (BigInt(sizeBytes) === size) return;
  throw refuse(
    `${printable(path)} is not the file that its manifest speaks of: expected ${sizeBytes} bytes, got ${size}. Fetch the file again.`,
  );
}

function checkHash(path: string, { sha256 }: Manifest, came: string): void {
  if (sha256 === came) return;
  throw refuse(
    `${printable(path)} was altered or is damaged: expected sha256 ${sha256}, got ${came}. Do not use it; fetch the file again.`,
  );
}

function refuse(message: string): LocalError {
  return new LocalError('untrusted_model', message);
}

/** As a shell reads it as one word. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
