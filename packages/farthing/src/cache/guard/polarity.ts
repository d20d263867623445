import type { Alignment, Side } from './align.js';
import type { Order } from './order.js';
import type { Token } from './token.js';

/** Negations, opposites and exchanged roles, each of which turns a question round. */
export interface Polarity {
  readonly negations: number;
  readonly opposites: number;
  readonly swapped: boolean;
  /** They do not cancel out: the questions ask for opposites. */
  readonly reversed: boolean;
  /** As many negations, but of other words. */
  readonly otherTarget: boolean;
}

/** Counts what turns a question round. Odd: reversed. Two cancel out as a converse or a double negation does. */
export function readPolarity(alignment: Alignment, order: Order): Polarity {
  const { left, right, antonyms } = alignment;
  const least = (side: Side): boolean =>
    side.question.tokens.some((token) => /^(?:least|less)$/.test(token.text) && !side.links.has(token));
  const comparison = antonyms.length > 0 && least(left) !== least(right) ? 1 : 0;
  const lessened = antonyms.length === 0 && lessens(left, right) !== lessens(right, left) ? 1 : 0;
  const negations = Math.abs(negationsOf(left).length - negationsOf(right).length) + comparison + lessened;
  const direction = antonyms.filter(([one, other]) => isDirection(one) && isDirection(other)).length;
  const swapped = order.swaps.length > 0 || exchangesSpeaker(alignment, order) || asksOtherParty(alignment, order);
  // "Rents to" and "rents from" are a converse only where the parties have changed places.
  const opposites = antonyms.length - direction + (swapped && direction > 0 && antonyms.length === direction ? 1 : 0);
  let odd = (negations + opposites + (swapped ? 1 : 0)) % 2 === 1;
  // An exchange undoes an opposite, as in a converse; it does not undo a negation.
  if (opposites === 0 && negations % 2 === 1) odd = true;
  if (opposites >= 2 && negations === 0 && !swapped) odd = true;
  if (opposites === 1 && negations === 1 && !swapped && comparison === 0 && !negatesOpposite(alignment)) odd = true;
  return { negations, opposites, swapped, reversed: odd, otherTarget: negations === 0 && negatesOther(alignment) };
}

/** Negations of what corresponds: "I can hardly think here. Solve for x" negates nothing of the task. */
function negationsOf(side: Side): readonly Token[] {
  return side.question.negations.filter((negation) => {
    const around = side.content.filter((token) => token.sentence === negation.sentence);
    const alone = around.length === side.content.length;
    return alone || around.length === 0 || around.some((token) => side.links.has(token) && !token.frame);
  });
}

/** "Less dense" where the other side says "denser", or "dense". */
function lessens(side: Side, other: Side): boolean {
  const { tokens } = side.question;
  return tokens.some((token) => {
    const partner = side.links.get(tokens[token.index + 1] ?? token)?.partner;
    if (!/^(?:less|least)$/.test(token.text) || side.links.has(token) || !partner) return false;
    return other.question.tokens[partner.index - 1]?.text !== token.text;
  });
}

const isDirection = (token: Token): boolean => token.text === 'to' || token.text === 'from';

/** A negation cancels an opposite only where it stands right before it: "not unsafe", "don't lack". */
function negatesOpposite({ left, right }: Alignment): boolean {
  const more = left.question.negations.length > right.question.negations.length ? left : right;
  return more.question.negations.some((negation) =>
    more.question.tokens
      .slice(negation.index + 1, negation.index + 5)
      .some((token) => more.links.get(token)?.kind === 'antonym'),
  );
}

/** The next content words of a negation's own clause. */
function targets(side: Side): readonly (readonly Token[])[] {
  return side.question.negations.map((negation) =>
    side.question.tokens
      .slice(negation.index + 1)
      .filter((token) => token.content && token.clause === negation.clause)
      .slice(0, 3),
  );
}

function negatesOther({ left, right }: Alignment): boolean {
  if (left.question.negations.length === 0) return false;
  const lefts = targets(left);
  const rights = targets(right);
  const elsewhere = (
    own: readonly (readonly Token[])[],
    others: readonly (readonly Token[])[],
    side: Side,
  ): boolean => {
    const negated = new Set(others.flat());
    return own.some((tokens) => {
      const [first] = tokens;
      const partner = first && side.links.get(first)?.partner;
      return (
        partner !== undefined &&
        !tokens.some((token) => {
          const other = side.links.get(token)?.partner;
          return other !== undefined && negated.has(other);
        })
      );
    });
  };
  return elsewhere(lefts, rights, left) && elsewhere(rights, lefts, right);
}

const asksObject = /^\W*(?:who|whom|(?:which|what)(?: [\w-]+){1,3}?|what) (?:did|does|do) (?!not\b)/;
const asksSubject =
  /^\W*(?:who|which [\w-]+(?: [\w-]+)?|what (?!(?:the|a|an|my|your|if|about|kind|sort|type|to)\b)[\w-]+(?: [\w-]+)?) (?!(?:i|you|we|they|he|she|it|the|a|an|my|your|to|in|on|for|of)\b)\w+/;
const auxiliary =
  /^\W*(?:who|(?:which|what)(?: [\w-]+){0,3}?) (?:did|does|do|is|are|was|were|will|would|can|could|should|has|have|had|may|might)\b/;

/** "Who defeated Federer" and "who did Federer defeat": the one asks for him who does, the other for him to whom it is done. */
function asksOtherParty({ left, right }: Alignment, order: Order): boolean {
  if (order.passive !== 'none' || order.swaps.length > 0) return false;
  const [one, other] = [left.question.text, right.question.text];
  const asksWhoDoes = (text: string): boolean => asksSubject.test(text) && !auxiliary.test(text);
  return (asksObject.test(one) && asksWhoDoes(other)) || (asksWhoDoes(one) && asksObject.test(other));
}

const converse = /^(?:lend|borrow|give|receive|get|buy|sell|teach|learn|rent|send|pay|owe|take)$/;

/** "lend me" and "may I borrow": the verb is the converse and the speaker the other party. */
function exchangesSpeaker({ left, right, antonyms }: Alignment, order: Order): boolean {
  if (order.swaps.length > 0 || !antonyms.some(([one, other]) => converse.test(one.key) && converse.test(other.key)))
    return false;
  const says = (side: Side, word: string): boolean => side.question.tokens.some((token) => token.text === word);
  const from = (side: Side): boolean => /\bfrom (?:whom|who|which|what)\b/.test(side.question.text);
  return (says(left, 'i') && says(right, 'me')) || (says(left, 'me') && says(right, 'i')) || from(left) !== from(right);
}
