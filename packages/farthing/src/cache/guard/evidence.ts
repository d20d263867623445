import type { Alignment, Side } from './align.js';
import { determiners, weightyFunctionWords } from './function-words.js';
import type { Measures } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** What the verifier weighs, by name; every value is small and finite. */
export type Evidence = Readonly<Record<EvidenceName, number>>;

/** The order is that of the weights. */
export const evidenceNames = [
  'overlapProduct',
  'namesOneSide',
  'namesBothSides',
  'commutations',
  'opposites',
  'reversed',
  'differences',
  'numberDoubt',
  'spanOneSided',
  'timeDoubt',
  'questionTypeDoubt',
  'smallWords',
  'modifiers',
  'chitchat',
  'governorsChanged',
  'blockMoved',
  'onlyOrder',
  'passiveAgrees',
  'shorterLength',
  'adjacentLeftovers',
  'cancelled',
  'converse',
  'sharedSpans',
  'sharedNames',
  'qualifiers',
  'synonymsOnly',
  'relatedOnly',
  'typosOnly',
  'abbreviationsOnly',
  'movedOnly',
  'bothHaveLeftovers',
  'oneExtra',
  'detachedPreamble',
  'graveDoubts',
] as const;

export type EvidenceName = (typeof evidenceNames)[number];

/** Function words of weight that stand on one side only. */
export function unmatchedFunctionWords({ left, right }: Alignment): readonly [readonly string[], readonly string[]] {
  const weighty = (side: Side): Set<string> =>
    new Set(
      side.question.tokens
        .filter((token) => weightyFunctionWords.has(token.text) && !side.links.has(token))
        .map((token) => token.text),
    );
  const [lefts, rights] = [weighty(left), weighty(right)];
  return [[...lefts].filter((word) => !rights.has(word)), [...rights].filter((word) => !lefts.has(word))];
}

/** Is all that one side has left over in sentences of which nothing corresponds: a preamble, or a condition? */
function unmatchedSentence(one: Side, other: Side): boolean {
  const leftover = one.leftover.filter((token) => !token.frame);
  if (leftover.length === 0 || other.leftover.some((token) => !token.frame)) return false;
  const matched = new Map<number, number>();
  const whole = new Map<number, number>();
  const unmatched = new Set<Token>(one.leftover);
  for (const token of one.content) {
    whole.set(token.sentence, (whole.get(token.sentence) ?? 0) + 1);
    if (!unmatched.has(token)) matched.set(token.sentence, (matched.get(token.sentence) ?? 0) + 1);
  }
  return leftover.every((token) => (matched.get(token.sentence) ?? 0) / (whole.get(token.sentence) ?? 1) <= 0.25);
}

const personal =
  /^(?:i|me|my|mine|we|us|our|ours|he|him|his|she|her|it|its|they|them|their|this|that|these|those|there|same|such)$/;

const commanding =
  /^(?:answer|say|pretend|act|reply|respond|write|use|be|make|give|speak|talk|do|always|never|only|ignore|assume|imagine|suppose|keep|start|end|include|mention|avoid|please|not|you|your)$/;
const conditional = /^(?:i|we|my|our) (?:\w+ )?(?:am|are|is|was|were|have|has|had|take|takes|took|use|live|own|rent)$/;

/** Stands before the question, tells nobody what to do, and says nothing about who asks. */
function isBeside(side: Side): boolean {
  const asked = side.content.filter((token) => side.links.has(token) && !token.frame).map((token) => token.sentence);
  const first = Math.min(...asked);
  return [...new Set(side.leftover.filter((token) => !token.frame).map((token) => token.sentence))].every(
    (sentence) => {
      const words = side.question.tokens.filter((token) => token.sentence === sentence).map((token) => token.text);
      const opening = [words.slice(0, 2).join(' '), words.slice(0, 3).join(' ')];
      return (
        sentence < first &&
        !commanding.test(words[0] ?? '') &&
        !words.includes('you') &&
        (isDetached(side) || !opening.some((start) => conditional.test(start)))
      );
    },
  );
}

/**
 * Does what corresponds speak of nobody and point at nothing? Then a sentence beside it is no condition: "My cat is asleep. What is
 * the capital of Peru?"
 */
function isDetached(side: Side): boolean {
  const asked = new Set(
    side.content.filter((token) => side.links.has(token) && !token.frame).map((token) => token.sentence),
  );
  return (
    side.question.tokens.filter((token) => asked.has(token.sentence)).length >= 4 &&
    !side.question.tokens.some((token) => asked.has(token.sentence) && personal.test(token.text))
  );
}

function countPlaced(side: Side, words: readonly Token[], fits: (side: Side, token: Token) => boolean): number {
  return words.filter((token) => fits(side, token)).length;
}

const qualifying =
  /^(?:in|on|for|with|at|during|under|if|when|as|while|near|after|before|without|inside|outside|within|until|since|unless|by|from|using|via|of)$/;

/** "for freelancers", "in a microwave": a leftover behind a preposition narrows the question down. */
function isQualifier(side: Side, token: Token): boolean {
  const { tokens } = side.question;
  let at = token.index - 1;
  while (at >= token.index - 3 && determiners.has(tokens[at]?.text ?? '')) at--;
  return qualifying.test(tokens[at]?.text ?? '');
}

const chitchat =
  /\b(?:anyway|anyways|sorry|excuse|dumb question|silly question|stupid question|first time|hello|long day|typing|bet|argument|argued|arguing|debate|debating|lol|haha|yesterday|last night|love your|love it|quick question|asked this|chatting|bored|coffee|raining|weekend|my friend|my friends|my roommate|just moved|just woke|curious|wondering|homework|trivia|newbie|new here|hope|fan of|sitting|stuck|fun fact|random|busy|thank|appreciate)\b/;

/** Puts the measures of a comparison into numbers. */
export function gatherEvidence(measures: Measures, reasons: readonly Reason[]): Evidence {
  const { alignment, overlap, order, polarity, substitutions } = measures;
  const { left, right } = alignment;
  const count = (code: Reason['code'], weight?: Reason['weight']): number =>
    reasons.filter((each) => each.code === code && (weight === undefined || each.weight === weight)).length;
  const linked = (kind: string): number => [...left.links.values()].filter((link) => link.kind === kind).length;
  const shared = (fits: (token: Token) => boolean): number =>
    left.content.filter((token) => fits(token) && left.links.has(token)).length;
  const said = (words: readonly Token[]): number => words.filter((token) => !token.frame).length;
  const [leftCount, rightCount] = [said(overlap.leftWords), said(overlap.rightWords)];
  const names = [overlap.leftWords, overlap.rightWords].map((words) => words.some((token) => token.name));
  const preamble = unmatchedSentence(left, right) || unmatchedSentence(right, left);
  const longer = unmatchedSentence(left, right) ? left : right;
  const beside = preamble && isBeside(longer);
  const nothingLeft = leftCount + rightCount === 0 ? 1 : 0;
  const lengths = [left.content.length, right.content.length];
  return {
    overlapProduct: overlap.least * overlap.most,
    namesOneSide: names[0] !== names[1] ? 1 : 0,
    namesBothSides: names[0] && names[1] ? 1 : 0,
    commutations: Math.min(order.commutations, 3),
    opposites: Math.min(polarity.opposites, 3),
    reversed: polarity.reversed ? 1 : 0,
    differences: reasons.some((each) => each.weight === 'different') ? 1 : 0,
    numberDoubt: count('number', 'doubt'),
    spanOneSided: reasons.some((each) => each.code === 'one-sided' && /quoted|date|currency/.test(each.message))
      ? 1
      : 0,
    timeDoubt: count('relative-time', 'doubt'),
    questionTypeDoubt: count('question-type', 'doubt'),
    smallWords: Math.min(
      reasons.filter(
        ({ code, weight, grave }) =>
          weight === 'doubt' && !grave && /^(?:tense|person|preposition|small-verb)$/.test(code),
      ).length,
      2,
    ),
    modifiers: Math.min(overlap.leftWords.length + overlap.rightWords.length - leftCount - rightCount, 2),
    chitchat: preamble && beside && (chitchat.test(left.question.text) || chitchat.test(right.question.text)) ? 1 : 0,
    governorsChanged: order.governorsChanged,
    blockMoved: order.blockMoved ? 1 : 0,
    onlyOrder: order.unexplained && leftCount + rightCount === 0 ? 1 : 0,
    passiveAgrees: order.passive === 'agrees' ? 1 : 0,
    shorterLength: Math.min(...lengths, 15) / 5,
    adjacentLeftovers: substitutions.length > 0 && Math.max(leftCount, rightCount) === 1 ? 1 : 0,
    cancelled: !polarity.reversed && polarity.opposites > 0 ? 1 : 0,
    converse: !polarity.reversed && polarity.swapped && polarity.opposites === 1 ? 1 : 0,
    sharedSpans: Math.min(
      shared((token) => token.kind === 'span' || token.unit === 'id'),
      2,
    ),
    sharedNames: Math.min(
      shared((token) => token.name),
      3,
    ),
    qualifiers: Math.min(
      countPlaced(left, overlap.leftWords, isQualifier) + countPlaced(right, overlap.rightWords, isQualifier),
      4,
    ),
    // Other words for the same speak for a pair only where they leave nothing open.
    synonymsOnly: nothingLeft * Math.min(linked('synonym'), 4),
    relatedOnly: nothingLeft * Math.min(linked('related'), 4),
    typosOnly: nothingLeft * Math.min(linked('typo'), 3),
    abbreviationsOnly: nothingLeft * Math.min(linked('abbreviation'), 3),
    movedOnly: nothingLeft * order.movedShare,
    bothHaveLeftovers: Math.min(leftCount, rightCount) > 0 ? overlap.least : 0,
    oneExtra: leftCount + rightCount === 1 ? 1 : 0,
    detachedPreamble: preamble && beside && isDetached(longer) ? 1 : 0,
    graveDoubts: Math.min(reasons.filter((each) => each.grave).length, 2),
  };
}
