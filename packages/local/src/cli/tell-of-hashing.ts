import { stat } from 'node:fs/promises';
import { readable } from '../gguf/memory-advice.js';
import type { Terminal } from './terminal.js';

/** Below, nobody has time to wonder: a second hashes about half of it. */
const longBytes = 1e9;

/** Says that it takes a while, where it does. */
export async function tellOfHashing(file: string, tell: Terminal['tell']): Promise<void> {
  // What is wrong with the file is said when it is opened.
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size >= longBytes) tell(`Hashing ${readable(size)}: this takes a while.`);
}
