import type { Side } from './align.js';
import { auxiliaries, determiners } from './function-words.js';
import type { Token } from './token.js';

/** The word that a word hangs on: the one before it, determiners apart; `^` at the start and after an auxiliary. */
export function governorOf(side: Side, token: Token): string {
  const { tokens } = side.question;
  let at = token.index - 1;
  while (at >= 0 && determiners.has(tokens[at]?.text ?? '')) at--;
  const before = tokens[at];
  if (before === undefined || (before.kind === 'word' && auxiliaries.has(before.text))) return '^';
  return before.clause === token.clause ? before.key : ',';
}
