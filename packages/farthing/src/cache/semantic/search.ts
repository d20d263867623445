import type { Completion } from '../../call.js';
import type { Embedder, Embedding } from '../embedder.js';
import type { Asked } from './asked.js';
import { cosine, type Embeddings } from './embeddings.js';
import type { EntryStore, Match } from './entry-store.js';
import type { SemanticEntry } from './semantic-entry.js';
import { variablesOf } from './template.js';
import { type Weighed, weigh } from './weigh.js';

/** What was found for a question. */
export interface Found {
  readonly embedding: Embedding;
  /** The candidate that fits best, or is nearest where none fits; `undefined` where nothing is stored in the context. */
  readonly best: { readonly entry: SemanticEntry; readonly weighed: Weighed } | undefined;
  /** What is to be told about the fresh answer, once it is there. */
  readonly unserved: ((fresh: Completion) => void)[];
}

/** Finds the stored question that fits best. */
export interface Search {
  /** @throws Error where the question can't be embedded */
  readonly nearest: (asked: Asked) => Promise<Found>;
  /** All candidates, the best first. */
  readonly all: (asked: Asked) => Promise<readonly NonNullable<Found['best']>[]>;
}

/** Neighbours that are weighed: a near miss may stand before the question that is meant. */
const neighbours = 5;

/** Finds by similarity, and lets the guard weigh what is near. */
export function createSearch(store: EntryStore, embeddings: Embeddings, embedder: Embedder): Search {
  const weighedOf = async (asked: Asked, embedding: Embedding): Promise<NonNullable<Found['best']>[]> => {
    const weighed = [];
    for (const match of store.nearest(asked.context, embedding.vector, neighbours)) {
      weighed.push({ entry: match.entry, weighed: await weighOne(asked, embedding, match) });
      // What stands behind is no nearer, and this is the very question.
      if (match.entry.question === asked.text) break;
    }
    return weighed.sort(
      (one, other) => other.weighed.score - one.weighed.score || other.weighed.similarity - one.weighed.similarity,
    );
  };
  const weighOne = async (asked: Asked, embedding: Embedding, { entry, similarity }: Match): Promise<Weighed> => {
    const parts = similarity < embedder.threshold ? undefined : variablesOf(asked.text, entry.question);
    const variables = parts && {
      left: parts.left,
      right: parts.right,
      similarity: await similarityOf(parts.left, parts.right),
    };
    const unread = [asked.text.slice(embedding.readLength), entry.question.slice(entry.readLength)] as const;
    return weigh({ asked: asked.text, stored: entry.question, similarity, variables, unread }, embedder);
  };
  const similarityOf = async (left: string, right: string): Promise<number> => {
    if (left === '' || right === '') return 0;
    const [one, other] = await Promise.all([embeddings.of(left), embeddings.of(right)]);
    return cosine(one.vector, other.vector);
  };
  return {
    nearest: async (asked) => {
      const embedding = await embeddings.of(asked.text);
      const [best] = await weighedOf(asked, embedding);
      return { embedding, best, unserved: [] };
    },
    all: async (asked) => weighedOf(asked, await embeddings.of(asked.text)),
  };
}
