import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isPredictorFile } from '../routing/predictor-file.js';
import { UsageError } from './usage-error.js';

/**
 * Makes sure, before work begins, that a predictor can be written to this path, and that nothing else is lost by it.
 * @throws UsageError
 */
export async function checkOutput(path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) return refuse(path, 'a path in a folder that is there', 'none', 'Make the folder first');
  const before = await stat(path).catch(() => undefined);
  if (!before) return;
  if (!before.isFile()) return refuse(path, 'a file', before.isDirectory() ? 'a folder' : 'something else');
  if (before.size > 0 && !isPredictorFile(await firstPart(path)))
    return refuse(path, 'a new file, or one that this command wrote', 'another one', 'It is left as it is');
}

/** A crash leaves the old file or the new one. Only its owner can read it. @throws the error of the file system */
export async function writeOutput(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await rm(draft, { force: true });
    await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function firstPart(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return '';
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function refuse(path: string, expected: string, got: string, remedy = 'Name another path'): never {
  throw new UsageError(`--out '${path}': expected ${expected}, got ${got}. ${remedy}.`);
}
