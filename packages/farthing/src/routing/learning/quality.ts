import { jsonJudge } from '../../audit/json-judge.js';
import type { Judge } from '../../audit/judge.js';
import { inOrder } from '../../audit/judge-order.js';

/** How good the answers of both targets are, on one scale from 0 to 1. */
export interface Qualities {
  readonly weak: number;
  readonly strong: number;
}

/** An answer that is to be graded. */
export interface GradedAnswer {
  readonly question: string;
  readonly answer: string;
}

/** Says how good an answer is, 0 to 1, without seeing another one. */
export type Grade = (sample: GradedAnswer, signal: AbortSignal) => number | Promise<number>;

/** Compares the answers of both targets. Rejects where it can't tell. */
export type Compare = (question: string, weak: string, strong: string) => Promise<Qualities>;

/** How long a grade may take. */
const timeoutMs = 60_000;

/**
 * Compares by a grade of each answer, or else by a judge that says whether the cheaper answer could have stood for the
 * other: where it can't, all of the quality is lost, so that the loss is told too high, never too low.
 */
export function comparisonBy({
  grade,
  judge,
}: {
  readonly grade?: Grade | undefined;
  readonly judge?: Judge | undefined;
}): Compare {
  if (grade)
    return async (question, weak, strong) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const of = async (answer: string): Promise<number> => within(signal, grade({ question, answer }, signal));
      const [ofWeak, ofStrong] = await Promise.all([of(weak), of(strong)]);
      return { weak: ofWeak, strong: ofStrong };
    };
  const compare = judge ?? inOrder(jsonJudge());
  return async (question, weak, strong) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const verdict = await inTime(signal, compare(question, strong, weak, signal));
    return { weak: verdict === 'ok' ? 1 : 0, strong: 1 };
  };
}

async function within(signal: AbortSignal, grade: number | Promise<number>): Promise<number> {
  const graded = await inTime(signal, grade);
  if (typeof graded === 'number' && graded >= 0 && graded <= 1) return graded;
  throw new TypeError(
    `grade: expected a number from 0 to 1, got ${typeof graded === 'number' ? graded : typeof graded}.`,
  );
}

/** @throws the signal's reason when it aborts first */
async function inTime<Value>(signal: AbortSignal, work: Value | Promise<Value>): Promise<Value> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, late]);
}
