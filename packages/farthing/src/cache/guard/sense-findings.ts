import type { Side } from './align.js';
import { type Measures, reason } from './measures.js';
import { quantifierKind } from './quantifiers.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';
import { editDistance } from './typo.js';

/** "Not harmless" and "dangerous": the negated word is the one that the other side has another word for. */
function negatesSubstitute({ alignment, substitutions }: Measures): boolean {
  return [alignment.left, alignment.right].some(({ question }) =>
    question.negations.some((negation) =>
      substitutions.some(({ left, right }) =>
        [left, right].some((token) => question.tokens[negation.index + 1] === token),
      ),
    ),
  );
}

/** Negation, opposites, comparatives and who does what to whom. */
export function polarityFindings(measures: Measures): Reason[] {
  const { polarity, order, overlap, alignment } = measures;
  const found: Reason[] = [];
  if (polarity.reversed) {
    const weight = overlap.least >= 0.6 ? 'different' : 'doubt';
    const [one, other] = (polarity.opposites > 0 && alignment.antonyms[0]) || [];
    const [swap] = order.swaps;
    if (one && other) found.push(reason(weight, 'polarity', 'opposites', [one], [other]));
    else if (polarity.negations % 2 === 1)
      found.push(
        reason(
          negatesSubstitute(measures) ? 'doubt' : weight,
          'polarity',
          'a negation on one side only',
          alignment.left.question.negations,
          alignment.right.question.negations,
        ),
      );
    else
      found.push(
        reason(
          weight,
          'role-order',
          'the parts are exchanged: who does what to whom, or from where to where',
          swap?.join(' … ') ?? '',
          swap?.toReversed().join(' … ') ?? '',
        ),
      );
  }
  if (polarity.otherTarget)
    found.push(
      reason(
        'different',
        'negation-target',
        'the negation is on another word',
        alignment.left.question.negations,
        alignment.right.question.negations,
      ),
    );
  if (order.passive === 'disagrees')
    found.push(reason('different', 'role-order', 'the passive has the agent of the active as its object', '', ''));
  if (order.unexplained) found.push(reason('doubt', 'order', 'the same words in another order', '', ''));
  return found;
}

/** "How did it come about" and "why" often ask for the same. */
const howOrWhy = /^(?:how|why)$/;

/** May, must and should; when, where and who. */
export function stanceFindings(measures: Measures): Reason[] {
  const { overlap, alignment, order } = measures;
  const [left, right] = [alignment.left.question.stance, alignment.right.question.stance];
  const found: Reason[] = [];
  // "must not" and "should not" both advise against.
  const negated = alignment.left.question.negations.length > 0 && alignment.right.question.negations.length > 0;
  if (left.modality !== right.modality) {
    const both = left.modality !== undefined && right.modality !== undefined;
    if (both || [left.modality, right.modality].some((modality) => modality === 'must' || modality === 'should')) {
      found.push(
        reason(
          both && overlap.least >= 0.7 && !negated ? 'different' : 'doubt',
          'modality',
          'may, must and should are not the same',
          left.modality ?? '',
          right.modality ?? '',
        ),
      );
    }
  }
  if (left.wants && right.wants && left.wants !== right.wants)
    found.push(reason('doubt', 'question-type', 'a procedure and a definition', left.wants, right.wants));
  if (left.supposes !== right.supposes)
    found.push(
      reason('doubt', 'modality', 'one side supposes', left.supposes ? 'might' : '', right.supposes ? 'might' : ''),
    );
  if (left.asks && right.asks && left.asks !== right.asks)
    found.push(
      reason(
        overlap.least >= 0.7 && !(howOrWhy.test(left.asks) && howOrWhy.test(right.asks)) ? 'different' : 'doubt',
        'question-type',
        'another thing is asked for',
        left.asks,
        right.asks,
      ),
    );
  if (left.tense && right.tense && left.tense !== right.tense && order.passive === 'none')
    found.push(
      reason(
        overlap.least >= 0.7 && left.tense !== 'present' && right.tense !== 'present' ? 'different' : 'doubt',
        'modality',
        'another tense',
        left.tense,
        right.tense,
      ),
    );
  return found;
}

/** How many of a thing are meant. */
export function quantifierFindings({ alignment, overlap }: Measures): Reason[] {
  const quantifiers = (side: Side): Token[] =>
    side.question.tokens.filter((token) => quantifierKind(token.text) !== undefined);
  const [lefts, rights] = [quantifiers(alignment.left), quantifiers(alignment.right)];
  const only = (own: readonly Token[], others: readonly Token[]): Token[] =>
    own.filter((token) => !others.some((other) => quantifierKind(other.text) === quantifierKind(token.text)));
  const [left, right] = [only(lefts, rights), only(rights, lefts)];
  if (left.length === 0 || right.length === 0) return [];
  return [
    reason(
      overlap.least >= 0.6 ? 'different' : 'doubt',
      'quantifier',
      'another number of those that are meant',
      left,
      right,
    ),
  ];
}

/** Longer names in two spellings: Ayurveda, Ayurved. */
function spelledAlike(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= 6 && editDistance(one, other, 2) <= 2;
}

/** Words and names for which there is no counterpart. */
export function wordFindings(measures: Measures): Reason[] {
  const { overlap, substitutions } = measures;
  const named = substitutions.find((substitution) => substitution.names);
  const alike = named !== undefined && spelledAlike(named.left.text, named.right.text);
  const onlyNames = [...overlap.leftWords, ...overlap.rightWords].every((token) => token.capital);
  if (named)
    return [
      reason(
        (overlap.least >= 0.4 || onlyNames) && !alike ? 'different' : 'doubt',
        'name',
        'another name in the same place',
        [named.left],
        [named.right],
      ),
    ];
  const [lefts, rights] = [
    overlap.leftWords.filter((token) => token.name),
    overlap.rightWords.filter((token) => token.name),
  ];
  if (lefts.length > 0 && rights.length > 0)
    return [reason('doubt', 'name', 'names that do not correspond', lefts, rights)];
  const [first] = substitutions;
  if (first) return [reason('doubt', 'word', 'another word in the same place', [first.left], [first.right])];
  if (overlap.leftWords.length + overlap.rightWords.length > 0)
    return [reason('doubt', 'one-sided', 'words without a counterpart', overlap.leftWords, overlap.rightWords)];
  return [];
}
