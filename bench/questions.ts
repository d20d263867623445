import { readFileSync } from 'node:fs';
import { minilm } from '@farthing/minilm';
import type { Embedder, Embedding } from '../packages/farthing/src/cache/embedder.js';
import { lexical } from '../packages/farthing/src/cache/lexical-embedder.js';
import { cosine } from '../packages/farthing/src/cache/semantic/embeddings.js';
import { variablesOf } from '../packages/farthing/src/cache/semantic/template.js';
import { type Weighed, weigh } from '../packages/farthing/src/cache/semantic/weigh.js';

/** The embedders that a benchmark may name. */
export function embedderOf(name: string): Embedder {
  if (name === 'minilm') return minilm({ maxWaiting: 1_000_000 });
  if (name === 'lexical') return lexical();
  throw new Error(`Expected --embedder minilm or lexical, got '${name}'.`);
}

/** The lines of a JSONL file. */
export function readLines<Line>(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line); // the benchmark says which form it expects
}

/** Embeds each text once, in batches. */
export async function embedAll(embedder: Embedder, texts: readonly string[]): Promise<Map<string, Embedding>> {
  const found = new Map<string, Embedding>();
  const distinct = [...new Set(texts)];
  for (let from = 0; from < distinct.length; from += 256) {
    const batch = distinct.slice(from, from + 256);
    for (const [index, embedding] of (await embedder.embed(batch)).entries()) {
      const text = batch[index];
      if (text !== undefined) found.set(text, embedding);
    }
  }
  return found;
}

/** Weighs two questions as the default configuration does. */
export async function weighPair(
  embedder: Embedder,
  embeddings: ReadonlyMap<string, Embedding>,
  asked: string,
  stored: string,
): Promise<Weighed> {
  const [one, other] = [embeddings.get(asked), embeddings.get(stored)];
  if (!one || !other) throw new Error('Expected both texts to be embedded.');
  const parts = variablesOf(asked, stored);
  const [left, right] = parts ? await embedder.embed([parts.left || ' ', parts.right || ' ']) : [];
  return weigh(
    {
      asked,
      stored,
      similarity: cosine(one.vector, other.vector),
      variables: parts && left && right ? { ...parts, similarity: cosine(left.vector, right.vector) } : undefined,
      unread: [asked.slice(one.readLength), stored.slice(other.readLength)],
    },
    embedder,
  );
}

/** Area under the curve of "same" scored above "different", ties by half. */
export function areaUnder(rows: readonly { readonly score: number; readonly same: boolean }[]): number {
  const sorted = rows.toSorted((a, b) => a.score - b.score);
  const positives = rows.filter((row) => row.same).length;
  let ranks = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]?.score === sorted[from]?.score) to++;
    const rank = (from + 1 + to) / 2;
    ranks += rank * sorted.slice(from, to).filter((row) => row.same).length;
    from = to;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (rows.length - positives));
}
