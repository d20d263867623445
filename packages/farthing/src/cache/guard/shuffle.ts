import type { Side } from './align.js';
import { auxiliaries, determiners } from './function-words.js';
import type { Token } from './token.js';

/** How the order differs where the words are the very same: a part moved as a whole, or the words were dealt anew. */
export type Shuffle = 'none' | 'moved' | 'dealt';

/** Fronting moves one part, which leaves three; more are a shuffle. */
const mostParts = 3;
const longest = 80;

/**
 * Two questions that consist of the very same words, small ones among them: which of them moved? People who ask the same in
 * another order rarely keep every word, and move phrases; who exchanges parts moves words out of the middle of phrases.
 */
export function readShuffle(left: Side, right: Side): Shuffle {
  if (left.leftover.length > 0 || right.leftover.length > 0) return 'none';
  const [one, other] = [wordsOf(left), wordsOf(right)];
  if (one.length !== other.length || one.length > longest) return 'none';
  const remaining = new Set(other.keys());
  let [parts, torn] = [0, 0];
  for (let at = 0; at < one.length; parts++) {
    const run = longestRun(one, at, other, remaining);
    if (run.length === 0) return 'none';
    if (inMidPhrase(left, one[at]) || inMidPhrase(right, other[run.start])) torn++;
    at += run.length;
  }
  if (parts <= mostParts) return 'none';
  return torn > 1 ? 'dealt' : 'moved';
}

function wordsOf({ question }: Side): readonly Token[] {
  return question.tokens.filter(
    ({ text, kind }) =>
      kind !== 'date' && kind !== 'negation' && text !== 'compare' && !determiners.has(text) && !auxiliaries.has(text),
  );
}

/** A phrase begins with a small word, or a clause with it. */
function inMidPhrase({ question }: Side, token: Token | undefined): boolean {
  if (!token?.content) return false;
  const before = question.tokens[token.index - 1];
  return before !== undefined && before.clause === token.clause && !auxiliaries.has(before.text);
}

/** Takes the longest run of words at `from` that stands somewhere in what remains. */
function longestRun(
  one: readonly Token[],
  from: number,
  other: readonly Token[],
  remaining: Set<number>,
): { readonly length: number; readonly start: number } {
  let [longestLength, start] = [0, 0];
  for (const at of remaining) {
    let length = 0;
    while (remaining.has(at + length) && one[from + length]?.key === other[at + length]?.key) length++;
    if (length > longestLength) [longestLength, start] = [length, at];
  }
  for (let at = start; at < start + longestLength; at++) remaining.delete(at);
  return { length: longestLength, start };
}
