import { equalAnswers } from './answer-equality.js';
import { type Judge, judgeBy } from './judge.js';

/** Passes answers that are equal but for white space, case, punctuation and markdown. It costs nothing. */
export function exactJudge(): Judge {
  return judgeBy((_question, fresh, stored) => equalAnswers(fresh, stored));
}
