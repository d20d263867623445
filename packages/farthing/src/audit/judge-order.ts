import { equalAnswers } from './answer-equality.js';
import type { Judge } from './judge.js';

/**
 * Asks cheap judges first: the first `ok` ends it, a `fail` asks the next. Each judge's false passes add up, so one that
 * may not be believed alone has no place here. Answers that are equal when normalised pass without any judge.
 */
export function inOrder(...judges: readonly Judge[]): Judge {
  return async (question, fresh, stored, signal) => {
    if (equalAnswers(fresh, stored)) return 'ok';
    for (const judge of judges) if ((await failing(judge)(question, fresh, stored, signal)) === 'ok') return 'ok';
    return 'fail';
  };
}

/**
 * Looks again at each failure: only two failures are one. It takes away nearly all false failures, which otherwise
 * decide what can be proved at all, and about doubles the false passes: say `falsePass: 0.1` then. The second judge
 * should err on other cases: another model, or `swapped`.
 */
export function secondLook(judge: Judge, second: Judge): Judge {
  return inOrder(judge, second);
}

/** The user may have written the judge: one that rejects has failed too. */
function failing(judge: Judge): Judge {
  return async (...question) => {
    try {
      return (await judge(...question)) === 'ok' ? 'ok' : 'fail';
    } catch {
      return 'fail';
    }
  };
}
