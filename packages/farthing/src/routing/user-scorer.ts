import type { Warn } from '../warnings.js';
import type { Route } from './targets.js';

/** What the user's own scorer says of a turn; `undefined` where there is none, or nothing to be had of it. */
export function scoreBy(
  { scorer, name }: Pick<Route, 'scorer' | 'name'>,
  turn: string,
  warn: Warn,
): number | undefined {
  const pass = (why: string): undefined => {
    warn('callback_error', `\`scorer\` of route '${name}' ${why}: the policy share decided.`, name);
  };
  try {
    if (scorer?.evidence !== 'learned') return undefined;
    const score = scorer.score({ turn });
    return Number.isFinite(score) ? score : pass('gave no number');
  } catch (error) {
    return pass(`threw ${error instanceof Error ? error.name : typeof error}`);
  }
}
