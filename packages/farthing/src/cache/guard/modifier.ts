import type { Side } from './align.js';
import { determiners } from './function-words.js';
import type { Token } from './token.js';

const copula = /^(?:is|are|was|were)$/;
/** Praise and the like: with it or without, much the same is asked for. */
const idle =
  /^(?:good|best|great|useful|correct|proper|properly|exact|exactly|actual|actually|sure|ok|okay|please|kind|real|quick|able|person|people|guy)$/;
/** Real income, real rates: without inflation. */
const valued = /^(?:rate|income|interest|wage|value|price|yield|return|growth|gdp|estate|number|time|money|cost)$/;
/** "The word ennui", "the process of": what stands behind says which. */
const apposed = /^(?:word|phrase|term|name|question|situation|case|process|method|procedure|option|example|topic)$/;

/**
 * A word of the asking that stands right before a noun of the question narrows it down: "learning rate", "help desk". Elsewhere it
 * asks: "help me", "learn Korean".
 */
export function isModifier(side: Side, token: Token): boolean {
  if (!token.frame || token.kind !== 'word' || /ly$/.test(token.text)) return false;
  const { tokens } = side.question;
  const [before, after] = [tokens[token.index - 1], tokens[token.index + 1]];
  if (!before || !after || before.clause !== token.clause || after.clause !== token.clause) return false;
  if (after.kind !== 'word' || !after.content || after.frame || !side.links.has(after)) return false;
  // "A good conductor" and nothing else is a notion of its own.
  if (idle.test(token.text) && side.content.length > 2 && !(token.text === 'real' && valued.test(after.key)))
    return false;
  if (before.text === 'the' && apposed.test(token.key)) return after.key !== token.key && isHead(side, after);
  if (determiners.has(before.text) || copula.test(before.text)) return true;
  return apposed.test(token.key) && before.content && !before.frame && side.links.has(before);
}

/** "The name server is", but "the word ennui": a name, or a word that nothing is said of, is what the one before it names. */
function isHead(side: Side, token: Token): boolean {
  return !token.name && side.question.tokens[token.index + 1]?.text === 'of';
}
