import type { Completion } from '../../call.js';
import type { Embedder, Embedding } from '../embedder.js';
import { type Question, readQuestion } from '../guard/compare.js';
import type { Asked } from './asked.js';
import { cosine, type Embeddings } from './embeddings.js';
import type { EntryStore, Match } from './entry-store.js';
import type { SemanticEntry } from './semantic-entry.js';
import { variablesOf } from './template.js';
import { leastOfSure, strictScore, type Weighed, weigh } from './weigh.js';

/** A stored question and what was made of it. */
export interface Candidate {
  readonly entry: SemanticEntry;
  readonly weighed: Weighed;
}

/** What was found for a question. */
export interface Found {
  readonly embedding: Embedding;
  /** What was asked, as the guard reads it; `undefined` where nothing is stored in the context. */
  readonly read: Question | undefined;
  /** The candidate that fits best, or is nearest where none fits; `undefined` where nothing is stored in the context. */
  readonly best: Candidate | undefined;
  /** What is to be told about the fresh answer, once it is there. */
  readonly unserved: ((fresh: Completion | undefined) => void)[];
}

type Embedded = Pick<Found, 'embedding' | 'read'>;

/** Finds the stored question that fits best. */
export interface Search {
  /** @throws Error where the question can't be embedded */
  readonly nearest: (asked: Asked) => Promise<Found>;
  /** All candidates, the best first. */
  readonly all: (asked: Asked) => Promise<readonly Candidate[]>;
}

/** Neighbours that are weighed: a near miss may stand before the question that is meant. */
const neighbours = 5;

/** Finds by similarity, and lets the guard weigh what is near. */
export function createSearch(store: EntryStore, embeddings: Pick<Embeddings, 'of'>, embedder: Embedder): Search {
  /** Of what can't fit, only the nearest is weighed, to say why: `all` weighs the rest, too. */
  const weighedOf = async (asked: Asked, { embedding, read }: Embedded, all: boolean): Promise<Candidate[]> => {
    const weighed: Candidate[] = [];
    let question = read;
    for (const match of store.nearest(asked.context, embedding.vector, neighbours)) {
      if (!all && weighed.length > 0 && isFarOff(match.similarity, weighed)) break;
      question ??= readQuestion(asked.text);
      weighed.push({ entry: match.entry, weighed: await weighOne(asked, question, embedding, match) });
      // What stands behind is no nearer, and this is the very question.
      if (match.entry.question === asked.text) break;
    }
    return weighed.sort(
      (one, other) => other.weighed.score - one.weighed.score || other.weighed.similarity - one.weighed.similarity,
    );
  };
  /** Nothing that far off can fit, or it is not needed: under the threshold the guard alone decides, which takes its time. */
  const isFarOff = (similarity: number, nearer: readonly Candidate[]): boolean =>
    similarity < Math.min(leastOfSure, embedder.threshold) ||
    (similarity < embedder.threshold && nearer.some(({ weighed }) => weighed.score >= strictScore));
  const weighOne = async (
    asked: Asked,
    read: Question,
    embedding: Embedding,
    { entry, similarity }: Match,
  ): Promise<Weighed> => {
    const parts = similarity < embedder.threshold ? undefined : variablesOf(asked.text, entry.question);
    const variables = parts && {
      left: parts.left,
      right: parts.right,
      similarity: await similarityOf(parts.left, parts.right),
    };
    const unread = [asked.text.slice(embedding.readLength), entry.question.slice(entry.readLength)] as const;
    return weigh({ asked: read, stored: store.read(entry), similarity, variables, unread }, embedder);
  };
  const similarityOf = async (left: string, right: string): Promise<number> => {
    if (left === '' || right === '') return 0;
    const [one, other] = await Promise.all([embeddings.of(left), embeddings.of(right)]);
    return cosine(one.vector, other.vector);
  };
  /** Embeds what is asked. An embedder that works elsewhere leaves the time to read it; where nothing is stored, why read? */
  const embed = async (asked: Asked): Promise<Embedded> => {
    const embedding = embeddings.of(asked.text);
    if (!store.holds(asked.context)) return { embedding: await embedding, read: undefined };
    let read: Question | undefined;
    const timer = setTimeout(() => {
      read = readQuestion(asked.text);
    });
    try {
      const found = await embedding;
      return { embedding: found, read: read ?? readQuestion(asked.text) };
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    nearest: async (asked) => {
      const embedded = await embed(asked);
      const [best] = await weighedOf(asked, embedded, false);
      return { ...embedded, best, unserved: [] };
    },
    all: async (asked) => weighedOf(asked, await embed(asked), true),
  };
}
