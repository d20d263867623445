import type { Embedder, Embedding } from './embedder.js';

const dimensions = 1024;
/** Beyond this the words of a text tell less and less about it. In UTF-16 units. */
const maxLength = 8192;

/**
 * Similarity by the letters and words that two texts share: no model, no dependency, and no idea of what they mean. It
 * finds the same question with other spelling, order or politeness, not one in other words. Each word and each run of
 * three and four letters is hashed to a dimension and a sign (feature hashing, Weinberger et al. 2009), counted by its
 * square root, and the whole made unit length.
 */
export function lexical(): Embedder {
  return {
    id: 'lexical-1024-1',
    dimensions,
    threshold: 0.6,
    embed: async (texts) => texts.map(embedText),
  };
}

function embedText(text: string): Embedding {
  const read = text.slice(0, maxLength);
  const counts = new Float32Array(dimensions);
  for (const word of read
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []) {
    add(counts, word, wordWeight);
    const framed = `^${word}$`;
    for (const length of [3, 4])
      for (let at = 0; at + length <= framed.length; at++) add(counts, framed.slice(at, at + length), pieceWeight);
  }
  return { vector: unit(counts), readLength: read.length, unreadWords: [] };
}

/** A word says more than each of the many pieces that it is cut into. */
const wordWeight = 1;
const pieceWeight = 0.5;

function add(counts: Float32Array, feature: string, weight: number): void {
  const hash = hashOf(feature);
  const at = hash % dimensions;
  counts[at] = (counts[at] ?? 0) + (hash & 0x80000000 ? -weight : weight);
}

/** FNV-1a over UTF-16 units, mixed once more so that low and high bits are independent. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

/** Square roots, so that a word said ten times is not ten words; a text without any word points one fixed way. */
function unit(counts: Float32Array): Float32Array {
  let sum = 0;
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] ?? 0;
    counts[index] = Math.sign(count) * Math.sqrt(Math.abs(count));
    sum += Math.abs(count);
  }
  if (sum === 0) {
    counts[0] = 1;
    return counts;
  }
  const length = Math.sqrt(sum);
  for (let index = 0; index < counts.length; index++) counts[index] = (counts[index] ?? 0) / length;
  return counts;
}
