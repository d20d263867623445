import type { Side } from './align.js';
import { type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';

/** "a or b and c" and "a and b or c": the same words in the same order, joined otherwise. */
export function coordinationFindings({ alignment: { left, right } }: Measures): Reason[] {
  if (left.leftover.length + right.leftover.length > 0) return [];
  const [one, other] = [left, right].map(({ question }) =>
    question.tokens.flatMap(({ text }) => (text === 'and' || text === 'or' ? [text] : [])),
  );
  if (!one || !other || one.length < 2 || one.length !== other.length || one.join() === other.join()) return [];
  if ([...one].sort().join() !== [...other].sort().join() || othersOf(left) !== othersOf(right)) return [];
  return [reason('different', 'scope', 'joined by and and or otherwise', one.join(' '), other.join(' '))];
}

function othersOf({ question: { tokens } }: Side): string {
  return tokens.flatMap(({ text, key }) => (text === 'and' || text === 'or' ? [] : [key])).join(' ');
}
