import { type Judge, type JudgeOptions, judgeBy } from './judge.js';

/** Anything that turns texts into vectors of one length, one for each text and in their order. */
export interface AnswerEmbedder {
  readonly embed: (texts: readonly string[]) => Promise<readonly { readonly vector: Float32Array }[]>;
}

/**
 * Passes answers whose embeddings point the same way: their cosine is at least `threshold`, which belongs to the
 * embedder. It is blind to numbers, negations and whatever lies behind the embedder's length limit, so its `falsePass`
 * is large: measure it on planted wrong answers before it judges alone.
 */
export function embeddingJudge(embedder: AnswerEmbedder, threshold: number, options: JudgeOptions = {}): Judge {
  if (!(threshold > 0 && threshold <= 1))
    throw new TypeError(`threshold: expected a cosine above 0, up to 1, got ${threshold}.`);
  return judgeBy(async (_question, fresh, stored) => {
    if (fresh.trim() === '' || stored.trim() === '') return false;
    const [left, right] = await embedder.embed([fresh, stored]);
    return left !== undefined && right !== undefined && cosine(left.vector, right.vector) >= threshold;
  }, options);
}

/** NaN where the vectors can't be compared: no threshold lets that pass. */
function cosine(left: Float32Array, right: Float32Array): number {
  if (left.length !== right.length) return Number.NaN;
  let [dot, leftSquares, rightSquares] = [0, 0, 0];
  for (let index = 0; index < left.length; index++) {
    const [a, b] = [left[index] ?? 0, right[index] ?? 0];
    dot += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  return dot / Math.sqrt(leftSquares * rightSquares);
}
