import type { Alignment, Side } from './align.js';
import { determiners, weightyFunctionWords } from './function-words.js';
import type { Measures } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** What the verifier weighs, by name; every value is small and finite. */
export type Evidence = Readonly<Record<EvidenceName, number>>;

/** The order is that of the weights. */
export const evidenceNames = [
  'leastOverlap',
  'mostOverlap',
  'overlapProduct',
  'leftoverFewer',
  'leftoverMore',
  'leftoverFrames',
  'substitutions',
  'nameSubstituted',
  'namesOneSide',
  'namesBothSides',
  'swapped',
  'commutations',
  'opposites',
  'negations',
  'reversed',
  'doubts',
  'differences',
  'numberDoubt',
  'spanOneSided',
  'formatDoubt',
  'timeDoubt',
  'modalityDoubt',
  'questionTypeDoubt',
  'unmatchedSentence',
  'chitchat',
  'synonyms',
  'related',
  'typos',
  'abbreviations',
  'inversions',
  'governorsChanged',
  'unexplainedOrder',
  'blockMoved',
  'movedGoverned',
  'movedShare',
  'onlyOrder',
  'scattered',
  'passiveAgrees',
  'shorterLength',
  'lengthDifference',
  'functionWords',
  'nothingLeft',
  'oneSideCovered',
  'adjacentLeftovers',
  'cancelled',
  'converse',
  'sharedSpans',
  'sharedNumbers',
  'sharedNames',
  'qualifiers',
  'modifiers',
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

/** "vegan restaurants": a leftover right before a word that corresponds. */
function isModifier(side: Side, token: Token): boolean {
  const next = side.question.tokens[token.index + 1];
  return next?.content === true && side.links.has(next) && next.clause === token.clause;
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
  const [leftCount, rightCount] = [overlap.leftWords.length, overlap.rightWords.length];
  const names = [overlap.leftWords, overlap.rightWords].map((words) => words.some((token) => token.name));
  const preamble = unmatchedSentence(left, right) || unmatchedSentence(right, left);
  const [leftOnly, rightOnly] = unmatchedFunctionWords(alignment);
  const lengths = [left.content.length, right.content.length];
  return {
    leastOverlap: overlap.least,
    mostOverlap: overlap.most,
    overlapProduct: overlap.least * overlap.most,
    leftoverFewer: Math.min(leftCount, rightCount, 6),
    leftoverMore: Math.min(Math.max(leftCount, rightCount), 8),
    leftoverFrames: Math.min(overlap.frames, 6),
    substitutions: Math.min(substitutions.length, 3),
    nameSubstituted: substitutions.some((each) => each.left.name || each.right.name) ? 1 : 0,
    namesOneSide: names[0] !== names[1] ? 1 : 0,
    namesBothSides: names[0] && names[1] ? 1 : 0,
    swapped: polarity.swapped ? 1 : 0,
    commutations: Math.min(order.commutations, 3),
    opposites: Math.min(polarity.opposites, 3),
    negations: Math.min(polarity.negations, 3),
    reversed: polarity.reversed ? 1 : 0,
    doubts: Math.min(reasons.filter((each) => each.weight === 'doubt').length, 6),
    differences: reasons.some((each) => each.weight === 'different') ? 1 : 0,
    numberDoubt: count('number', 'doubt'),
    spanOneSided: reasons.some((each) => each.code === 'one-sided' && /quoted|date|currency/.test(each.message))
      ? 1
      : 0,
    formatDoubt: count('format', 'doubt'),
    timeDoubt: count('relative-time', 'doubt'),
    modalityDoubt: Math.min(count('modality', 'doubt'), 2),
    questionTypeDoubt: count('question-type', 'doubt'),
    unmatchedSentence: preamble ? 1 : 0,
    chitchat: preamble && (chitchat.test(left.question.text) || chitchat.test(right.question.text)) ? 1 : 0,
    synonyms: Math.min(linked('synonym'), 4),
    related: Math.min(linked('related'), 4),
    typos: Math.min(linked('typo'), 3),
    abbreviations: Math.min(linked('abbreviation'), 3),
    inversions: order.inversions,
    governorsChanged: order.governorsChanged,
    unexplainedOrder: order.unexplained ? 1 : 0,
    blockMoved: order.blockMoved ? 1 : 0,
    movedGoverned: order.movedGoverned,
    movedShare: order.movedShare,
    scattered: order.unexplained && !order.blockMoved ? 1 : 0,
    onlyOrder: order.unexplained && leftCount + rightCount === 0 ? 1 : 0,
    passiveAgrees: order.passive === 'agrees' ? 1 : 0,
    shorterLength: Math.min(...lengths, 15) / 5,
    lengthDifference: Math.min(Math.abs((lengths[0] ?? 0) - (lengths[1] ?? 0)), 10) / 5,
    functionWords: Math.min(leftOnly.length + rightOnly.length, 4),
    nothingLeft: leftCount + rightCount === 0 ? 1 : 0,
    oneSideCovered: Math.min(leftCount, rightCount) === 0 ? 1 : 0,
    adjacentLeftovers: substitutions.length > 0 && Math.max(leftCount, rightCount) === 1 ? 1 : 0,
    cancelled: !polarity.reversed && polarity.opposites > 0 ? 1 : 0,
    converse: !polarity.reversed && polarity.swapped && polarity.opposites === 1 ? 1 : 0,
    sharedSpans: Math.min(
      shared((token) => token.kind === 'span' || token.unit === 'id'),
      2,
    ),
    sharedNumbers: Math.min(
      shared((token) => token.kind === 'quantity' && token.unit !== 'id'),
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
    modifiers: Math.min(
      countPlaced(left, overlap.leftWords, isModifier) + countPlaced(right, overlap.rightWords, isModifier),
      4,
    ),
  };
}
