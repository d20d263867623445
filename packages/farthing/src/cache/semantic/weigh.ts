import type { Embedder } from '../embedder.js';
import { type Comparison, compare } from '../guard/compare.js';
import { verify } from '../guard/verify.js';

/** How far one stored question is from the one that is asked now. */
export interface Weighed {
  readonly similarity: number;
  readonly comparison: Comparison;
  /** How likely the stored answer fits, 0 to 1; 0 where it must not be given. */
  readonly score: number;
}

/** What is weighed against what. */
export interface Pair {
  readonly asked: string;
  readonly stored: string;
  /** Cosine of the two as a whole. */
  readonly similarity: number;
  /** The parts in which they differ, where a long frame is the same, and their cosine. */
  readonly variables?: { readonly left: string; readonly right: string; readonly similarity: number } | undefined;
  /** What stands behind the part that the embedder reads, of each. */
  readonly unread: readonly [string, string];
}

/**
 * Weighs a stored question against the one that is asked. Pure. Similarity finds what may be the same; whether it is, the
 * guard says, and what it leaves open a small model weighs.
 */
export function weigh(pair: Pair, embedder: Pick<Embedder, 'threshold' | 'scale'>): Weighed {
  const { variables, unread } = pair;
  const similarity = variables ? Math.min(pair.similarity, variables.similarity) : pair.similarity;
  const comparison = compare(pair.asked, pair.stored);
  // What the embedder did not read was compared by nobody but the guard: it must be equal.
  const fits = similarity >= embedder.threshold && unread[0] === unread[1] && comparison.verdict !== 'different';
  const framed = variables && compare(variables.left, variables.right);
  if (!fits || framed?.verdict === 'different') return { similarity, comparison: framed ?? comparison, score: 0 };
  return { similarity, comparison, score: shifted(verify({ comparison }), similarity, embedder.scale) };
}

/** What the guard makes of a pair, and what its cosine adds: log-odds, added. */
function shifted(probability: number, similarity: number, scale: Embedder['scale']): number {
  if (!scale) return probability;
  const odds = Math.log(probability / (1 - probability)) + scale.weight * (similarity - scale.neutral);
  return 1 / (1 + Math.exp(-odds));
}

/**
 * The score that is served unproved. Chosen, with the embedder's scale, on development pairs: looser, and the guard's own
 * adversarial pairs begin to pass; stricter, and hits fall faster than errors.
 */
export const strictScore = 0.845;
