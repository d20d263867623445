import type { Side } from './align.js';
import { type Measures, reason, weighed } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** What stands before a number and bounds it. */
const boundOf: ReadonlyMap<string, 'least' | 'most'> = new Map([
  ...['minimum', 'over', 'above', 'exceeding', 'beyond'].map((word) => [word, 'least'] as const),
  ...['maximum', 'under', 'below', 'within', 'beneath'].map((word) => [word, 'most'] as const),
]);
const exactly = /^(?:exactly|precisely|just|only)$/;

/** A number that both name, with its bound on each side. */
interface Bounded {
  readonly one: string;
  readonly other: string;
}

function boundBefore({ question: { tokens } }: Side, token: Token): string {
  let at = token.index - 1;
  while (/^(?:the|a|age|of|about|currency)$/.test(tokens[at]?.text ?? '') && token.index - at < 4) at--;
  const word = tokens[at];
  return word && word.clause === token.clause && (boundOf.has(word.text) || exactly.test(word.text)) ? word.text : '';
}

function boundedNumbers(left: Side, right: Side): readonly Bounded[] {
  const found: Bounded[] = [];
  for (const [token, { partner }] of left.links) {
    if (token.kind !== 'quantity' || partner?.kind !== 'quantity') continue;
    found.push({ one: boundBefore(left, token), other: boundBefore(right, partner) });
  }
  return found;
}

/** "50 or more" and "under 50", "exactly one" and "at least one": a number that both name, bounded otherwise. */
export function boundFindings({ alignment: { left, right } }: Measures): Reason[] {
  const exact = (side: Side): boolean => side.question.tokens.some((token) => exactly.test(token.text));
  for (const { one, other } of boundedNumbers(left, right)) {
    const [kind, otherKind] = [boundOf.get(one), boundOf.get(other)];
    if (kind && otherKind && kind !== otherKind)
      return [reason('different', 'quantifier', 'at least so many, and at most', one, other)];
    if ((kind === undefined) === (otherKind === undefined)) continue;
    // "Within 30 days" and "in 30 days".
    if ([one, other].includes('within')) continue;
    if (kind === undefined ? exact(left) : exact(right))
      return [reason('different', 'quantifier', 'a bound and an exact number', one || 'exactly', other || 'exactly')];
  }
  return [];
}

const more = /\b(?:(?:more|less|fewer)(?: \w+){0,2}|\w{2,}er) than\b/;
const equally = /\bas (?!soon|long|far|well|much as possible)(?:much|many)? ?[\w-]+ as\b/;

/** "Firmer than the Classic" and "as firm as the Classic". */
export function comparisonFindings({ alignment: { left, right, antonyms }, overlap, polarity }: Measures): Reason[] {
  if (overlap.least < 0.5 || polarity.negations > 0 || antonyms.length > 0) return [];
  const kind = ({ question: { text } }: Side): 'more' | 'equal' | undefined =>
    !/ (?:than|as) /.test(text)
      ? undefined
      : equally.test(text)
        ? more.test(text)
          ? undefined
          : 'equal'
        : more.test(text)
          ? 'more'
          : undefined;
  const [one, other] = [kind(left), kind(right)];
  if (!one || !other || one === other) return [];
  if ([left, right].some(({ question }) => question.negations.length > 0)) return [];
  return [weighed(overlap.least >= 0.6, 'quantifier', 'more than it, and as much', one, other)];
}
