import type { Embedder } from '../embedder.js';
import { type Comparison, compare, type Question } from '../guard/compare.js';
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
  /** As text, or as the guard has read it. */
  readonly asked: string | Question;
  readonly stored: string | Question;
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
  const sure = comparison.verdict === 'same';
  const near = similarity >= embedder.threshold || (sure && similarity >= leastOfSure);
  // What the embedder did not read was compared by nobody but the guard: it must be equal.
  const fits = near && unread[0] === unread[1] && comparison.verdict !== 'different';
  const framed = variables && compare(variables.left, variables.right);
  if (!fits || framed?.verdict === 'different') return { similarity, comparison: framed ?? comparison, score: 0 };
  const probability = verify({ comparison });
  return {
    similarity,
    comparison,
    score: sure || !embedder.scale ? probability : shifted(probability, similarity, comparison, embedder.scale),
  };
}

/** Mistyped words are far off for an embedder; where the rules account for every word they outweigh it, within limits. */
export const leastOfSure = 0.3;

/**
 * What the guard makes of a pair, and what its cosine adds: log-odds, added. Above `full` a cosine says no more: there stand the
 * near misses. Nor does it speak for the very same words in another order, which it hardly sees.
 */
function shifted(
  probability: number,
  similarity: number,
  { evidence }: Comparison,
  scale: NonNullable<Embedder['scale']>,
): number {
  const added = scale.weight * (Math.min(similarity, scale.full) - scale.neutral);
  const odds = Math.log(probability / (1 - probability)) + (evidence.onlyOrder > 0 ? Math.min(0, added) : added);
  return 1 / (1 + Math.exp(-odds));
}

/**
 * The score that is served unproved. Chosen, with the embedder's scale, on development pairs: looser, and the guard's own
 * adversarial pairs begin to pass; stricter, and hits fall faster than errors.
 */
export const strictScore = 0.881;
