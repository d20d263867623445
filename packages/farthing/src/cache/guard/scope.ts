import type { Side } from './align.js';
import { clausesOf, nextContent } from './clauses.js';
import { auxiliaries, determiners } from './function-words.js';
import { type Measures, reason, weighed } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';
import { classesOf } from './word-classes.js';

/** What a word bears on: the same words, with "only", "not" or "in French" elsewhere among them. */
export function scopeFindings(measures: Measures): Reason[] {
  return [
    ...focusFindings(measures),
    ...negatedClauseFindings(measures),
    ...negatedWordFindings(measures),
    ...impliedNegationFindings(measures),
    ...languageFindings(measures),
    ...searchFindings(measures),
  ];
}

const focusing = /^(?:only|even|just|solely|exclusively)$/;

/** What a focusing word bears on, and whether that is the subject of a question: "does only the tram run". */
interface Focus {
  readonly target: Token;
  readonly subject: boolean;
}

function focusOf(side: Side): Focus | undefined {
  const { tokens } = side.question;
  const at = tokens.findIndex((token) => focusing.test(token.text));
  const target = at < 0 ? undefined : nextContent(side, at + 1);
  const [before, after] = [tokens[at - 1], tokens[at + 1]];
  const subject = auxiliaries.has(before?.text ?? '') && (determiners.has(after?.text ?? '') || after?.name === true);
  return target && { target, subject };
}

/** "Only on Sundays does the ferry go" and "only the ferry goes on Sundays". */
function focusFindings({ alignment: { left, right }, order, overlap }: Measures): Reason[] {
  const [one, other] = [focusOf(left), focusOf(right)];
  if (!one || !other || order.commutations > 0 || left.links.get(one.target)?.partner === other.target) return [];
  const [there, here] = [left.links.get(one.target)?.partner, right.links.get(other.target)?.partner];
  if (!there || !here) return [];
  // "Only eat fish" and "eat only fish" bear on the same phrase.
  if (one.subject === other.subject && (isNear(there, other.target) || isNear(one.target, here))) return [];
  const sure = overlap.leftWords.length + overlap.rightWords.length === 0;
  return [weighed(sure, 'scope', 'only this and only that', [one.target], [other.target])];
}

const isNear = (one: Token, other: Token): boolean => Math.abs(one.index - other.index) <= 2;

/** "Not declined although I am over the limit" and "declined although I am not over it": a negation in another clause. */
function negatedClauseFindings({ alignment: { left, right }, order, overlap }: Measures): Reason[] {
  const { length } = left.question.negations;
  if (length === 0 || length !== right.question.negations.length || order.commutations > 0 || overlap.least < 0.5)
    return [];
  const [lefts, rights] = [negated(left), negated(right)];
  if (lefts.length === 0 || rights.length === 0) return [];
  const others = new Set(rights);
  const linked = [lefts, rights].filter((tokens, at) =>
    tokens.some((token) => (at === 0 ? left : right).links.has(token)),
  );
  const met = lefts.some((token) => {
    const partner = left.links.get(token)?.partner;
    return partner !== undefined && others.has(partner);
  });
  if (linked.length === 0 || met) return [];
  return [
    weighed(
      linked.length === 2,
      'negation-target',
      'the negation is in another clause',
      left.question.negations,
      right.question.negations,
    ),
  ];
}

/** "I don't file and owe" and "I file and don't owe": the same words in the same order, and the negation before another. */
function negatedWordFindings({ alignment: { left, right }, order }: Measures): Reason[] {
  const [one, ...more] = left.question.negations;
  const [other, ...others] = right.question.negations;
  if (!one || !other || more.length + others.length > 0) return [];
  if (left.leftover.length + right.leftover.length > 0 || order.movedShare > 0) return [];
  if (isInverted(left, one) || isInverted(right, other)) return [];
  const [target, otherTarget] = [nextContent(left, one.index + 1), nextContent(right, other.index + 1)];
  const there = target && left.links.get(target)?.partner;
  if (!there || !otherTarget || there === otherTarget) return [];
  return [reason('different', 'negation-target', 'the negation is on another word', [target], [otherTarget])];
}

/** "Why doesn't my fern grow": the negation stands with its auxiliary, before the subject. */
function isInverted({ question: { tokens } }: Side, negation: Token): boolean {
  const [before, twoBefore] = [tokens[negation.index - 1], tokens[negation.index - 2]];
  if (!before || !auxiliaries.has(before.text)) return before === undefined;
  return twoBefore === undefined || auxiliaries.has(twoBefore.text) || twoBefore.clause !== before.clause;
}

/** What is said in the clauses that hold a negation; nothing where one of them says nothing. */
function negated(side: Side): readonly Token[] {
  const clauses = clausesOf(side);
  if (new Set(clauses).size === 1) return side.content;
  const holding = side.question.negations.map((negation) =>
    side.content.filter((token) => clauses[token.index] === clauses[negation.index]),
  );
  return holding.some((tokens) => tokens.length === 0) ? [] : holding.flat();
}

/** Verbs that say that something is not done. */
const withholding = /^(?:avoid|stop|quit|refuse|fail|lack|cease|skip|prevent|forbid|prohibit|omit|forget|resist)$/;

/** "What should I eat" and "what should I avoid eating": the verb negates what stands behind it. */
function impliedNegationFindings({ alignment: { left, right, antonyms }, overlap, polarity }: Measures): Reason[] {
  if (left.leftover.length + right.leftover.length === 0) return [];
  const verbs = [left, right].map((side) =>
    side.leftover.filter((token) => {
      const next = nextContent(side, token.index + 1, 3);
      return withholding.test(token.key) && next !== undefined && side.links.has(next);
    }),
  );
  const [lefts = [], rights = []] = verbs;
  if (lefts.length === rights.length || antonyms.length > 0 || polarity.negations > 0) return [];
  // "How do I stop it from draining" and "it drains, what can I do": a remedy is asked for either way.
  const remedy = [left, right].some(({ question }) => /^\W*(?:how|ways?|tips?)\b/.test(question.text));
  const sure = !remedy && overlap.least >= 0.6 && Math.min(overlap.leftWords.length, overlap.rightWords.length) === 0;
  return [weighed(sure, 'polarity', 'a verb that negates on one side only', lefts, rights)];
}

const telling = /\b(?:explain|describe|write|answer|tell|summari[sz]e|list|say|reply|respond|draft|give|translate)\b/;
/** "The French word for", "French for": there the adjective names the language of the answer, too. */
const wording = /^(?:for|word|phrase|translation|name|term|expression|equivalent|meaning|version|verb|sentence)$/;

/** "Explain in French what a deductible is" and "explain what a French deductible is". */
function languageFindings({ alignment: { left, right } }: Measures): Reason[] {
  if (!left.question.text.includes('in ') && !right.question.text.includes('in ')) return [];
  const before = (side: Side, token: Token): string => side.question.tokens[token.index - 1]?.text ?? '';
  const isBare = (side: Side, token: Token): boolean =>
    !/^(?:in|to|into|from)$/.test(before(side, token)) &&
    side.question.tokens[token.index + 1]?.content === true &&
    !wording.test(side.question.tokens[token.index + 1]?.key ?? '');
  for (const [token, { partner }] of left.links) {
    if (!partner) continue;
    const [one, other] = [before(left, token) === 'in', before(right, partner) === 'in'];
    if (one === other || !classesOf(token.key).includes('language')) continue;
    if (!isBare(one ? right : left, one ? partner : token)) continue;
    if (![left, right].some(({ question }) => telling.test(question.original.toLowerCase()))) continue;
    return [reason('different', 'scope', 'the language of the answer, and of the thing', [token], [partner])];
  }
  return [];
}

const searching =
  /^\W*how (?:do|can|could|would|should|to)\b.{0,30}\b(?:find out|figure out|know|tell|check|see|determine|identify|learn) (?:what|who|which|why|if|whether|when|where)\b/;

/** "How do I stop it" and "how do I find out what stops it". */
function searchFindings({ alignment: { left, right }, overlap }: Measures): Reason[] {
  if (overlap.least < 0.6 || left.question.stance.asks !== 'how' || right.question.stance.asks !== 'how') return [];
  const [one, other] = [left, right].map(({ question }) => searching.test(question.text));
  if (one === other) return [];
  return [
    weighed(
      overlap.least >= 0.75,
      'question-type',
      'to do it, and to find out about it',
      one ? 'find out' : '',
      other ? 'find out' : '',
    ),
  ];
}
