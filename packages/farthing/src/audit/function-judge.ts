import { type Judge, type JudgeOptions, judgeBy, type Opinion } from './judge.js';

/**
 * A judge of the user's own: it says `true` or `'ok'` where the stored answer would have served; everything else is a
 * failure, also an error or no answer in time.
 */
export function functionJudge(opinion: Opinion, options: JudgeOptions = {}): Judge {
  return judgeBy(opinion, options);
}
