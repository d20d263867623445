import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import { LocalError } from '../local-error.js';
import { printable } from '../printable.js';
import { readSmallFile } from './open-file.js';

const mostKeyBytes = 64 * 1024;

/** PEM text, the path of a PEM file, or a key that is read already. */
export type KeySource = string | KeyObject;

/**
 * Reads an Ed25519 public key (SPKI). A private key is refused, although the public one is in it: where models are checked,
 * it has no business. @throws LocalError `untrusted_model` that says what came instead
 */
export async function readPublicKey(source: KeySource): Promise<KeyObject> {
  return readKey(source, 'public');
}

/** Reads an Ed25519 private key (PKCS8, not encrypted). @throws LocalError `untrusted_model` that says what came instead */
export async function readPrivateKey(source: KeySource): Promise<KeyObject> {
  return readKey(source, 'private');
}

type Kind = 'public' | 'private';

async function readKey(source: KeySource, kind: Kind): Promise<KeyObject> {
  const wanted = `an Ed25519 ${kind} key`;
  const refuse = (where: string, came: string): LocalError =>
    new LocalError(
      'untrusted_model',
      `Expected ${wanted}${where}, got ${came}. \`npx farthing-local keygen\` makes a pair.`,
    );
  if (source instanceof KeyObject) return checkKind(source, kind, (came) => refuse('', came));
  const isText = source.includes('-----BEGIN');
  const where = isText
    ? ' as PEM text'
    : ` in ${isPath(source) ? printable(source) : 'the file of that path (not shown, as it looks like a key)'}`;
  const text = isText ? source : await readKeyFile(source, (came) => refuse(where, came));
  const key = parsePem(text, kind, (came) => refuse(where, came));
  return checkKind(key, kind, (came) => refuse(where, came));
}

type Refuse = (came: string) => LocalError;

async function readKeyFile(path: string, refuse: Refuse): Promise<string> {
  const found = await readSmallFile(path, mostKeyBytes);
  switch (found.kind) {
    case 'text':
      return found.text;
    case 'missing':
      throw refuse('no file');
    case 'not-a-file':
      throw refuse('something that is no file');
    case 'too-large':
      throw refuse(`a file of more than ${mostKeyBytes} bytes`);
    case 'unreadable':
      throw refuse(`a file that can't be read (${found.code})`);
  }
}

function parsePem(text: string, kind: Kind, refuse: Refuse): KeyObject {
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label = '']) => label);
  const [label] = labels;
  if (label === undefined) throw refuse('text that is no PEM');
  // The others would be passed over in silence.
  if (labels.length > 1) throw refuse(`${labels.length} PEM blocks, where one is expected`);
  if (label.includes('ENCRYPTED')) throw refuse('an encrypted private key (`openssl pkey` decrypts it)');
  if (label.includes('OPENSSH')) throw refuse('an OpenSSH key');
  const isPrivate = label.endsWith('PRIVATE KEY');
  if (!isPrivate && !label.endsWith('PUBLIC KEY')) throw refuse(`a PEM block of ${label}`);
  if (kind === 'public' && isPrivate) throw refuse('a private key (keep it where models are signed)');
  if (kind === 'private' && !isPrivate) throw refuse('a public key');
  try {
    return kind === 'public' ? createPublicKey(text) : createPrivateKey(text);
  } catch {
    // The reason may hold a piece of the key.
    throw refuse('a broken PEM block');
  }
}

function checkKind(key: KeyObject, kind: Kind, refuse: Refuse): KeyObject {
  if (key.type !== kind) throw refuse(`a ${key.type} key`);
  if (key.asymmetricKeyType !== 'ed25519') throw refuse(`one of type ${key.asymmetricKeyType ?? 'unknown'}`);
  return key;
}

/** Whether it can be shown: the inside of a PEM block, handed in without its frame, can't. */
function isPath(text: string): boolean {
  return text.length <= 4096 && !/[\r\n]/.test(text) && !/^[A-Za-z0-9+/_-]{40,}={0,2}$/.test(text);
}
