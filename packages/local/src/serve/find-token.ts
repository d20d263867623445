import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { UsageError } from '../cli/usage-error.js';

/** A token, and where its owner finds it. */
export interface FoundToken {
  readonly token: string;
  readonly place: { readonly kind: 'file'; readonly path: string } | { readonly kind: 'environment' | 'shown' };
  /** Something to tell its owner. */
  readonly warning?: string;
}

export const tokenVariable = 'FARTHING_LOCAL_TOKEN';

/**
 * The token of a file, of the environment, or a new one. A new one goes into the file, readable by its owner alone; without
 * a file it can only be shown, so there has to be a terminal. @throws UsageError
 */
export async function findToken(
  file: string | undefined,
  variable: string | undefined,
  canShow: boolean,
): Promise<FoundToken> {
  if (file !== undefined) return (await readToken(file)) ?? (await writeToken(file));
  if (variable !== undefined && variable !== '') return { token: variable, place: { kind: 'environment' } };
  if (canShow) return { token: makeToken(), place: { kind: 'shown' } };
  throw new UsageError(`There is no terminal to show a new token on: give --token-file FILE or ${tokenVariable}.`);
}

async function readToken(path: string): Promise<FoundToken | undefined> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    const open = process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0;
    const warning = `${path} can be read by others than its owner: chmod 600 it.`;
    return { token, place: { kind: 'file', path }, ...(open && { warning }) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeToken(path: string): Promise<FoundToken> {
  const token = makeToken();
  await writeFile(path, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return { token, place: { kind: 'file', path } };
}

function makeToken(): string {
  return randomBytes(32).toString('base64url');
}
