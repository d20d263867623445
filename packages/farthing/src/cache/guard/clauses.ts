import type { Side } from './align.js';
import { auxiliaries, determiners, words } from './function-words.js';
import type { Token } from './token.js';

/** Begin a clause of their own: what is said behind one is not said of what stands before it. */
const subordinators: ReadonlySet<string> = words(
  'although because if but when while unless until before after whereas whenever since so that',
);

/**
 * The number of the clause that each token stands in. Finer than `Token.clause`, which counts punctuation alone; "and" and "or"
 * begin none, since they join words as often.
 */
export function clausesOf({ question: { tokens } }: Side): readonly number[] {
  let clause = 0;
  return tokens.map((token, at) => {
    const before = tokens[at - 1];
    if (before && (before.clause !== token.clause || opensClause(tokens, at))) clause++;
    return clause;
  });
}

/** "Before lunch" is no clause, "before I eat" is: there has to be somebody, or something, of whom it is said. */
function opensClause(tokens: readonly Token[], at: number): boolean {
  const { text } = tokens[at] ?? { text: '' };
  if (!subordinators.has(text)) return false;
  if (!/^(?:before|after|since|until|so|that)$/.test(text)) return true;
  const next = tokens[at + 1]?.text ?? '';
  return subjects.test(next) || (determiners.has(next) && !auxiliaries.has(next));
}

const subjects = /^(?:i|you|he|she|it|we|they|one|there|this|that)$/;

/** The next word with a meaning of its own, from a place on, within so many words. */
export function nextContent({ question: { tokens } }: Side, from: number, most = tokens.length): Token | undefined {
  for (let at = from; at < Math.min(tokens.length, from + most); at++) if (tokens[at]?.content) return tokens[at];
  return undefined;
}
