import type { Words } from './words.js';

/** Words that make a run; two texts that share one share a passage. */
const runLength = 12;

/**
 * Hashes of the 12-word runs of a text, ascending, at most `limit` (the smallest, so that two texts with a long passage
 * in common keep some of the same: a bottom-k sketch, Broder 1997).
 */
export function readPassages(words: Words, limit: number): Uint32Array {
  const runs = Math.max(0, words.count - runLength + 1);
  const hashes = new Uint32Array(runs);
  for (let from = 0; from < runs; from++) {
    let hash = 0;
    for (let at = from; at < from + runLength; at++) {
      hash = Math.imul(hash ^ (words.hashes[at] ?? 0), 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    hashes[from] = Math.imul(hash, 0xc2b2ae35) >>> 0;
  }
  hashes.sort();
  const distinct = hashes.filter((hash, index) => index === 0 || hash !== hashes[index - 1]);
  return distinct.slice(0, limit);
}
