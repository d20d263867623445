import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { LocalError } from '../local-error.js';
import { printable } from '../printable.js';
import { readSmallFile } from './open-file.js';

/** More than any manifest takes. */
const mostManifestBytes = 64 * 1024;
/** What is signed begins with this, so that no signature over anything else can pass for one over a manifest. */
const domain = 'farthing-local manifest v1\n';

/** Text of one line, so that what is shown of it is what it says. */
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'text without control characters');

const schema = z.strictObject({
  version: z.literal(1),
  file: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/\\\0]+$/, 'a file name without a folder'),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
  quantization: line(64),
  licence: line(256),
  origin: z
    .url('a URL')
    .max(2048)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'a URL without control characters'),
  signedAt: z.iso.datetime('a time such as 2026-01-31T12:00:00.000Z'),
  keyId: z.string().regex(/^[0-9a-f]{16}$/, '16 lower-case hex digits'),
  // Another way to write the same bytes is refused too: then no byte of a manifest can change unseen.
  signature: z.string().refine((text) => {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === 64 && bytes.toString('base64') === text;
  }, '64 bytes in base64'),
});

/** Who vouches for which file. */
export type Manifest = Readonly<z.infer<typeof schema>>;
/** What the signature is over. */
export type ManifestClaims = Omit<Manifest, 'signature'>;

/** Where the manifest of a model is: beside it. */
export function manifestPathOf(modelPath: string): string {
  return `${modelPath}.manifest.json`;
}

const claimed = Object.keys(schema.shape)
  .filter((name) => name !== 'signature')
  .toSorted();

/** What is signed: all fields but the signature, sorted by name, after a line that says what it is. */
export function signedBytes(claims: ManifestClaims): Buffer {
  const named: Readonly<Record<string, unknown>> = claims;
  return Buffer.from(`${domain}${JSON.stringify(Object.fromEntries(claimed.map((name) => [name, named[name]])))}`);
}

/** The name of an Ed25519 key, public or private: the start of the SHA-256 of its 32 public bytes. */
export function keyIdOf(key: KeyObject): string {
  // The secret half is never written out, not even in memory.
  const { x = '' } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex').slice(0, 16);
}

/** Vouches with an Ed25519 private key. @throws LocalError where a claim is not as it has to be */
export function signManifest(claims: Omit<ManifestClaims, 'version' | 'keyId'>, privateKey: KeyObject): Manifest {
  const named = { ...claims, version: 1 as const, keyId: keyIdOf(privateKey) };
  const signature = sign(null, signedBytes(named), privateKey).toString('base64');
  return checkManifest({ ...named, signature }, 'The manifest to be written');
}

/** Whether this key signed exactly this. */
export function isSignedBy({ signature, ...claims }: Manifest, publicKey: KeyObject): boolean {
  return verify(null, signedBytes(claims), publicKey, Buffer.from(signature, 'base64'));
}

/**
 * Reads the manifest beside a model; `undefined` where there is none. At most 64 KiB are read.
 * @throws LocalError `untrusted_model` where one is there and can't be read or is no manifest
 */
export async function readManifest(modelPath: string): Promise<Manifest | undefined> {
  const path = printable(manifestPathOf(modelPath));
  const found = await readSmallFile(manifestPathOf(modelPath), mostManifestBytes);
  switch (found.kind) {
    case 'missing':
      return undefined;
    case 'not-a-file':
      throw refuse(
        `Expected ${path} to be a manifest, got something that is no file. Remove it or sign the model anew.`,
      );
    case 'too-large':
      throw refuse(
        `Expected ${path} to be a manifest of at most ${mostManifestBytes} bytes, got a larger file, which was not read. Sign the model anew.`,
      );
    case 'unreadable':
      throw refuse(`Could not read ${path} (${found.code}). Let this user read it.`);
    case 'text':
      return parseManifest(found.text, path);
  }
}

/** @param path for messages alone. @throws LocalError `untrusted_model` that says what is wrong */
export function parseManifest(text: string, path: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse(
      `Expected ${path} to be JSON, got ${text.trim() === '' ? 'an empty file' : 'text that is no JSON'}. Fetch it again or sign the model anew.`,
    );
  }
  const manifest = checkManifest(value, path);
  if (fieldsIn(text) === Object.keys(manifest).length) return manifest;
  throw refuse(`${path} says a field twice. Fetch it again or sign the model anew.`);
}

/** Of a field that is there twice the last one counts, and whoever reads the file may see the first. */
function fieldsIn(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
}

function checkManifest(value: unknown, path: string): Manifest {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(`Expected ${path} to be a JSON object, got another value. Fetch it again or sign the model anew.`);
  const version = 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version !== 1)
    throw refuse(
      `Expected ${path} to be of version 1, got version ${version}. Use a release of @farthing/local that knows it, or sign the model anew.`,
    );
  const [issue] = error.issues;
  const field = printable(String(issue?.path[0] ?? ''), 64);
  if (issue?.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 5).map((name) => `"${printable(name, 64)}"`);
    throw refuse(
      `${path} has fields that no manifest has: ${names.join(', ')}. Fetch it again or sign the model anew.`,
    );
  }
  if (!Object.hasOwn(value, field))
    throw refuse(`${path} lacks the field "${field}". Fetch it again or sign the model anew.`);
  throw refuse(
    `The field "${field}" of ${path} is not as expected: ${issue?.message}. Fetch it again or sign the model anew.`,
  );
}

function refuse(message: string): LocalError {
  return new LocalError('untrusted_model', message);
}
