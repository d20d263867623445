import type { Side } from './align.js';
import { words } from './function-words.js';
import { type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

type Time = 'past' | 'present' | 'future';

const times: ReadonlyMap<string, Time> = new Map([
  ...['was', 'were', 'did', 'had'].map((word) => [word, 'past'] as const),
  ...['is', 'are', 'am', 'do', 'does', 'has', 'have'].map((word) => [word, 'present'] as const),
  ...['will', 'shall'].map((word) => [word, 'future'] as const),
]);
const copula = /^(?:was|were|is|are|am|be)$/;
const asking = /^(?:who|what|which|where|how|whose|whom)$/;

/** Offices, sizes, prices and the like: who holds them and how much they are changes with the years. */
const changing: ReadonlySet<string> = words(`
  president chancellor premier minister king queen emperor pope mayor governor senator ambassador secretary ceo cfo cto chief boss
  chairman chairwoman chair director manager head leader owner holder champion captain coach editor dean rector host landlord tenant
  member team player staff employee sponsor capital headquarters office population price cost rate fare fee rent salary wage value worth
  income budget revenue profit turnover deficit debt tax duty fine score record rank ranking temperature weather status condition
  law rule policy requirement limit deadline schedule currency flag version balance size height length weight age number stamp
  tall old much richest tallest biggest largest fastest border inhabitant share`);

/** The first word that says when, behind a question word. */
function timeWord({ question: { tokens } }: Side): Token | undefined {
  const at = tokens.findIndex((token) => asking.test(token.text));
  if (at < 0 || at > 2) return undefined;
  return tokens.slice(at + 1, at + 6).find((token) => times.has(token.text));
}

/** A year, an ordinal or a name that stands alone: there "was" and "is" ask for the same. */
function isTimeless({ question: { tokens }, content }: Side): boolean {
  return (
    content.every((token) => token.capital && !isChanging(token)) ||
    tokens.some(
      (token) => token.kind === 'date' || token.kind === 'quantity' || /^(?:first|last|ever)$/.test(token.text),
    )
  );
}

/** "Who was the mayor" and "who is the mayor"; "how did Estonia vote" and "how does Estonia vote". */
export function tenseFindings({ alignment: { left, right }, order, overlap }: Measures): Reason[] {
  if (order.passive !== 'none' || overlap.leftWords.length + overlap.rightWords.length > 0) return [];
  const [one, other] = [timeWord(left), timeWord(right)];
  if (!one || !other || times.get(one.text) === times.get(other.text)) return [];
  if (isTimeless(left) || isTimeless(right)) return [];
  if ([left, right].every(isCopular))
    return [left, right].every(({ question }) => question.tokens.some(isChanging))
      ? [reason('different', 'tense', 'then and now', [one], [other])]
      : [];
  // "How do I" and "how did you" ask anybody; "when does it begin" and "when will it begin" are one question.
  const habit =
    [one, other].some((token) => token.text === 'does') && [one, other].some((token) => token.text === 'did');
  return habit ? [reason('doubt', 'tense', 'then and now', [one], [other])] : [];
}

const isCopular = ({ question: { tokens } }: Side): boolean => tokens.some((token) => copula.test(token.text));
const isChanging = (token: Token): boolean => changing.has(token.key) || changing.has(token.text);
