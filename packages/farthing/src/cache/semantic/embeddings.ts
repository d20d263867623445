import { LRUCache } from 'lru-cache';
import type { Embedder, Embedding } from '../embedder.js';
import { requireUnitVector } from './vector-index.js';

/** Embeddings of texts, each asked for once. */
export interface Embeddings {
  /** @throws Error where there is none: the embedder failed, took too long, or answered what is no unit vector */
  readonly of: (text: string) => Promise<Embedding>;
  /** Resolves when the embedder has loaded what it needs, or failed to; `undefined` once it has. Never rejects. */
  readonly loading: () => Promise<void> | undefined;
}

/** Texts whose embeddings are remembered. */
const maxRemembered = 500;

/**
 * Embeddings through an embedder that may fail, hang or answer nonsense. Equal texts that are asked for at the same time
 * are embedded once, whoever asks; a failure is not remembered. What the embedder has to load is begun at once.
 */
export function createEmbeddings(embedder: Embedder, timeoutMs: number): Embeddings {
  let loading: Promise<void> | undefined;
  if (embedder.ready)
    loading = load(embedder).then(() => {
      loading = undefined;
    });
  const known = new LRUCache<string, Promise<Embedding>>({ max: maxRemembered });
  const ask = async (text: string): Promise<Embedding> => {
    const giveUp = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const reason = new DOMException(`Expected an embedding within ${timeoutMs} ms, got none.`, 'TimeoutError');
        giveUp.abort(reason);
        reject(reason);
      }, timeoutMs);
      timer.unref?.();
    });
    try {
      const answer = embedder.embed([text], { signal: giveUp.signal });
      answer.catch(() => {}); // it may fail after it was given up
      const [embedding] = await Promise.race([answer, late]);
      if (!embedding) throw new Error('Embeddings: expected one for a text, got none.');
      requireUnitVector(embedding.vector, embedder.dimensions);
      return embedding;
    } finally {
      // `AbortSignal.timeout` can't be called off: it would go off for every text, long embedded.
      clearTimeout(timer);
    }
  };
  return {
    loading: () => loading,
    of: (text) => {
      const before = known.get(text);
      if (before) return before;
      const asked = ask(text);
      known.set(text, asked);
      asked.catch(() => known.delete(text));
      return asked;
    },
  };
}

/** What fails is told by the first text. */
async function load(embedder: Embedder): Promise<void> {
  try {
    await embedder.ready?.();
  } catch {
    // See above.
  }
}

/** The cosine of two unit vectors. */
export function cosine(left: Float32Array, right: Float32Array): number {
  let dot = 0;
  for (let index = 0; index < left.length; index++) dot += (left[index] ?? 0) * (right[index] ?? 0);
  return dot;
}
