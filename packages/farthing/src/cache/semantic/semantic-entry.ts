import type { Entry } from '../store.js';

/** One stored answer, the question it answers, and where that question lies. */
export interface SemanticEntry extends Entry {
  readonly id: string;
  /** A hash of all that must be equal: entries of different contexts never meet. */
  readonly context: string;
  /** What was embedded, as it was asked. */
  readonly question: string;
  /** The vector knows the question up to here, in UTF-16 units. */
  readonly readLength: number;
  /** Of unit length. Not to be changed. */
  readonly vector: Float32Array;
  /** Epoch milliseconds. */
  readonly createdAtMs: number;
  /** Epoch milliseconds. From creation on: a hit prolongs nothing. */
  readonly expiresAtMs: number;
  /** What it takes in memory, about. */
  readonly bytes: number;
}

/** What an entry takes beside its texts and vector: keys, headers, bookkeeping. */
const overheadBytes = 1024;

/** About how much memory an entry takes. */
export function bytesOf({ body, question, vector }: Pick<SemanticEntry, 'body' | 'question' | 'vector'>): number {
  // UTF-16: a text takes at most two bytes a unit. A vector is kept in float32 and, by its index, in two int8 codes.
  return overheadBytes + 2 * (body.text.length + question.length) + 6 * vector.length;
}
