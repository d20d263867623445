import type { AnswerScorer } from './cascade-options.js';

/** How good an answer of the cheaper target turned out. */
export interface AnswerOutcome {
  /** The text that the user asked last. */
  readonly turn: string;
  readonly answer: string;
  /** How good it was, 0 to 1. */
  readonly weak: number;
  /** How good the strongest target's answer to the same was; with all of them, it is learned what asking it brings. */
  readonly strong?: number | undefined;
}

/** A scorer of answers that was learned. */
export interface LearnedAnswerScorer extends AnswerScorer {
  /** Outcomes that it was learned from. */
  readonly outcomes: number;
  /** All of it as text, for {@link loadAnswerScorer}. It holds hashes of words, and no text. */
  readonly save: () => string;
}

/**
 * Learns from your own outcomes which answers of the cheaper target are good enough: for `cascade: { scorer }`. Loaded apart
 * from the rest, when it is first called.
 * @throws TypeError for fewer than 50 outcomes, or one that is none
 * @example const scorer = await createAnswerScorer(outcomes);
 */
export async function createAnswerScorer(outcomes: readonly AnswerOutcome[]): Promise<LearnedAnswerScorer> {
  return (await import('./answer-scorer.js')).learnAnswerScorer(outcomes);
}

/**
 * The scorer that {@link LearnedAnswerScorer.save} wrote down: it scores as it did.
 * @throws TypeError that says what is wrong: another text, another version, damage
 */
export async function loadAnswerScorer(text: string): Promise<LearnedAnswerScorer> {
  return (await import('./answer-scorer.js')).readAnswerScorer(text);
}
