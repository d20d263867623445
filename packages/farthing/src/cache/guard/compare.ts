import { align } from './align.js';
import { aspectFindings } from './aspect.js';
import { comparisonFindings } from './bounds.js';
import { conditionFindings } from './conditions.js';
import { coordinationFindings } from './coordination.js';
import { directionFindings } from './direction.js';
import { type Evidence, evidenceNames, gatherEvidence, unmatchedFunctionWords } from './evidence.js';
import { identifierFindings } from './identifiers.js';
import type { Measures } from './measures.js';
import { readOrder } from './order.js';
import { measureOverlap } from './overlap.js';
import { personFindings } from './persons.js';
import { readPolarity } from './polarity.js';
import { prepositionFindings } from './prepositions.js';
import { type Question, readQuestion } from './question.js';
import type { Reason, ReasonCode } from './reason.js';
import { scopeFindings } from './scope.js';
import { polarityFindings, quantifierFindings, stanceFindings, wordFindings } from './sense-findings.js';
import { kindFindings, quantityFindings, spanFindings, timeFindings } from './slot-findings.js';
import { smallVerbFindings } from './small-verbs.js';
import { subjectFindings } from './subjects.js';
import { findSubstitutions } from './substitution.js';
import { tenseFindings } from './tense.js';

export type { Evidence } from './evidence.js';
export { type Question, readQuestion } from './question.js';
export type { Reason, ReasonCode } from './reason.js';

/** `same`: the stored answer may serve. `different`: it may not. `unsure`: ask `verify`. */
export type Verdict = 'same' | 'different' | 'unsure';

export interface Comparison {
  readonly verdict: Verdict;
  /** Why, the weightiest first; never empty. */
  readonly reasons: readonly Reason[];
  /** What `verify` weighs. */
  readonly evidence: Evidence;
}

/**
 * Do two questions ask for the same answer? Pure, symmetric in its verdict, and never throws. Judges what is left over once
 * all that corresponds is taken away: near misses differ in one place of an unchanged context.
 *
 * @example
 * compare('Convert 5 miles to km', 'Convert 5 km to miles').verdict; // 'different'
 * compare('Who painted Guernica?', 'By whom was Guernica painted?').verdict; // 'same'
 */
export function compare(a: string | Question, b: string | Question): Comparison {
  const left = typeof a === 'string' ? readQuestion(a) : a;
  const right = typeof b === 'string' ? readQuestion(b) : b;
  // Words are matched greedily from the left: one fixed order of the two makes the verdict the same in both.
  if (left.text <= right.text) return compareInOrder(left, right);
  const { reasons, ...comparison } = compareInOrder(right, left);
  return { ...comparison, reasons: reasons.map((reason) => ({ ...reason, left: reason.right, right: reason.left })) };
}

function compareInOrder(left: Question, right: Question): Comparison {
  if (
    left.original === right.original ||
    (left.text === right.text &&
      sameSpans(left, right) &&
      left.indents === right.indents &&
      left.symbols === right.symbols &&
      left.tokens.length > 0)
  ) {
    return settled('same', 'equal', 'equal but for case, punctuation and courtesy', 1);
  }
  if (left.tooLong || right.tooLong) {
    if (left.text === right.text) return settled('same', 'equal', 'equal but for white space', 1);
    return settled('different', 'too-long', 'too long to be compared, and not equal', 0);
  }
  if (left.tokens.length === 0 || right.tokens.length === 0)
    return settled('different', 'one-sided', 'nothing to compare', 0);
  const alignment = align(left, right);
  const overlap = measureOverlap(alignment);
  const order = readOrder(alignment);
  const polarity = readPolarity(alignment, order);
  const measures: Measures = {
    alignment,
    overlap,
    order,
    polarity,
    substitutions: findSubstitutions(alignment, overlap),
  };
  const found = [
    ...quantityFindings(measures),
    ...spanFindings(measures),
    ...timeFindings(measures),
    ...kindFindings(measures),
    ...polarityFindings(measures),
    ...directionFindings(measures),
    ...quantifierFindings(measures),
    ...stanceFindings(measures),
    ...tenseFindings(measures),
    ...personFindings(measures),
    ...prepositionFindings(measures),
    ...smallVerbFindings(measures),
    ...wordFindings(measures),
    ...functionWordFindings(measures),
  ];
  // One reason decides: what costs more is looked at only where there is none.
  if (!found.some(decides)) found.push(...closerFindings(measures));
  found.sort((one, other) => rank(one) - rank(other));
  const evidence = gatherEvidence(measures, found);
  if (found[0]?.weight === 'different') return { verdict: 'different', reasons: found, evidence };
  const uncertain = [...alignment.left.links.values()].some(
    (link) => link.kind === 'synonym' || link.kind === 'related' || link.kind === 'antonym',
  );
  if (found.length > 0 || uncertain || overlap.frames > 4) {
    return { verdict: 'unsure', reasons: found.length > 0 ? found : [synonymsOnly(measures)], evidence };
  }
  return {
    verdict: 'same',
    reasons: [{ code: 'reworded', weight: 'same', message: 'all that is said corresponds', left: '', right: '' }],
    evidence,
  };
}

const decides = ({ weight }: Reason): boolean => weight === 'different';

/** Differences that the same words can hold: who does it, what bears on what, when it is, under which condition. */
function closerFindings(measures: Measures): Reason[] {
  return [
    ...identifierFindings(measures),
    ...comparisonFindings(measures),
    ...scopeFindings(measures),
    ...subjectFindings(measures),
    ...aspectFindings(measures),
    ...conditionFindings(measures),
    ...coordinationFindings(measures),
  ];
}

const rank = (reason: Reason): number => (reason.weight === 'different' ? 0 : 1);

function sameSpans(left: Question, right: Question): boolean {
  return left.spans.length === right.spans.length && left.spans.every((span, i) => span.text === right.spans[i]?.text);
}

/** A verdict that rests on no comparison of words. */
function settled(verdict: Verdict, code: ReasonCode, message: string, overlap: 0 | 1): Comparison {
  const none = Object.fromEntries(evidenceNames.map((name) => [name, 0]));
  // Every name is there: the object was made from all of them.
  const evidence = { ...none, overlapProduct: overlap } as Evidence;
  return {
    verdict,
    reasons: [{ code, weight: verdict === 'same' ? 'same' : 'different', message, left: '', right: '' }],
    evidence,
  };
}

function functionWordFindings({ alignment }: Measures): Reason[] {
  const [left, right] = unmatchedFunctionWords(alignment);
  if (left.length + right.length === 0) return [];
  return [
    {
      code: 'function-word',
      weight: 'doubt',
      message: 'a small word that can change the question on one side only',
      left: left.join(' '),
      right: right.join(' '),
    },
  ];
}

function synonymsOnly({ alignment }: Measures): Reason {
  const pairs = [...alignment.left.links].filter(
    ([, { kind }]) => kind === 'synonym' || kind === 'related' || kind === 'antonym',
  );
  return {
    code: 'word',
    weight: 'doubt',
    message: 'other words that may mean the same',
    left: pairs.map(([token]) => token.text).join(' '),
    right: pairs.map(([, { partner }]) => partner?.text ?? '').join(' '),
  };
}
