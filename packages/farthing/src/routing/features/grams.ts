import type { Words } from './words.js';

/** Columns that single words and pairs of neighbours are hashed to. */
export const gramColumns = 2 ** 18;

/** How often each word and each pair of neighbouring words stands in a text. */
export interface Grams {
  /** Columns in ascending order, each once. */
  readonly columns: Uint32Array;
  /** Occurrences at the same place, at least 1. */
  readonly counts: Uint16Array;
}

/** Feature hashing (Weinberger et al. 2009) of word 1-grams and 2-grams, without signs: collisions are rare enough. */
export function readGrams(words: Words): Grams {
  const all = new Uint32Array(Math.max(0, 2 * words.count - 1));
  let before = 0;
  for (let index = 0, put = 0; index < words.count; index++) {
    const hash = words.hashes[index] ?? 0;
    all[put++] = columnOf(hash);
    if (index > 0) all[put++] = columnOf(Math.imul(before, 0x9e3779b1) ^ hash);
    before = hash;
  }
  all.sort();
  const counts = new Uint16Array(all.length);
  let distinct = 0;
  for (let index = 0; index < all.length; index++) {
    const column = all[index] ?? 0;
    if (distinct === 0 || all[distinct - 1] !== column) all[distinct++] = column;
    counts[distinct - 1] = Math.min(0xffff, (counts[distinct - 1] ?? 0) + 1);
  }
  return { columns: all.slice(0, distinct), counts: counts.slice(0, distinct) };
}

function columnOf(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return (mixed ^ (mixed >>> 15)) & (gramColumns - 1);
}
