import type { Side } from './align.js';
import { boundFindings } from './bounds.js';
import { isDictionaryWord } from './lexicon.js';
import { type Measures, reason, weighed } from './measures.js';
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
  // With nothing left over and no list moved, words that now hang on each other's governors have exchanged their parts.
  const dealtAnew =
    order.reassigned > 1 &&
    order.unexplained &&
    order.commutations === 0 &&
    alignment.antonyms.length === 0 &&
    overlap.leftWords.length + overlap.rightWords.length === 0;
  if ((dealtAnew || order.dealt) && !polarity.reversed)
    found.push(reason('different', 'role-order', 'the same words with their parts dealt anew', '', ''));
  else if (order.unexplained) found.push(reason('doubt', 'order', 'the same words in another order', '', ''));
  return found;
}

/** "How did it come about" and "why" often ask for the same. */
const howOrWhy = /^(?:how|why)$/;
/** "How do I download" and "where can I download". */
const howOrWhere = /^(?:how|where)$/;

const forbids =
  /\b(?:must|should|shall|can|may|ought to|need to|have to|allowed to) not\b|\bnot (?:be )?(?:allowed|permitted|supposed|need to|have to)\b/;

/** May, must and should; when, where and who. */
export function stanceFindings(measures: Measures): Reason[] {
  const { overlap, alignment, order } = measures;
  const [left, right] = [alignment.left.question.stance, alignment.right.question.stance];
  const found: Reason[] = [];
  // "must not" and "should not" both advise against.
  const negated = [alignment.left, alignment.right].every(({ question }) => forbids.test(question.text));
  // "What can I buy" and "what should I buy" ask for the same list; "may I" and "should I" do not ask for the same word.
  const bothOpen =
    left.open &&
    right.open &&
    [left.modality, right.modality].every((modality) => /^(?:can|should)$/.test(modality ?? ''));
  if (left.leads && right.leads && left.leads !== right.leads && overlap.least >= 0.7)
    found.push(reason('different', 'modality', 'what will be and what should be', left.leads, right.leads));
  if (left.modality !== right.modality) {
    const both = left.modality !== undefined && right.modality !== undefined;
    if (both || [left.modality, right.modality].some((modality) => modality === 'must' || modality === 'should')) {
      found.push(
        reason(
          both && overlap.least >= 0.7 && !negated && !bothOpen ? 'different' : 'doubt',
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
      reason(
        overlap.least >= 0.7 && [left, right].some(({ tense, modality }) => tense === 'past' || modality === 'must')
          ? 'different'
          : 'doubt',
        'modality',
        'one side supposes',
        left.supposes ? 'might' : '',
        right.supposes ? 'might' : '',
      ),
    );
  const [one, other] = [left.asks ?? 'what', right.asks ?? 'what'];
  if (one !== other) {
    const vague = [one, other].some((asked) => asked === 'what' || asked === 'whether');
    const related = [howOrWhy, howOrWhere].some((pair) => pair.test(one) && pair.test(other));
    found.push(
      reason(
        overlap.least >= 0.4 && !vague && !related ? 'different' : 'doubt',
        'question-type',
        'another thing is asked for',
        one,
        other,
      ),
    );
  }
  if (left.tense && right.tense && left.tense !== right.tense && order.passive === 'none' && overlap.least >= 0.7) {
    const tenses = [left.tense, right.tense];
    const apart = !tenses.includes('present');
    found.push(
      apart || tenses.includes('past')
        ? weighed(apart, 'modality', 'another tense', left.tense, right.tense)
        : reason('doubt', 'modality', 'another tense', left.tense, right.tense),
    );
  } else if (left.tense && right.tense && left.tense !== right.tense && order.passive === 'none')
    found.push(reason('doubt', 'modality', 'another tense', left.tense, right.tense));
  return found;
}

/** "Name a country" and "name every country". */
function universalFindings({ alignment: { left, right } }: Measures): Reason[] {
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    for (const token of side.question.tokens) {
      if (!/^(?:every|each|all)$/.test(token.text) || side.links.has(token)) continue;
      const best = other.leftover.find((each) => /^(?:\w{3,}est|latest|last|first|best|worst)$/.test(each.text));
      if (best) return [reason('different', 'quantifier', 'all of them and one', [token], [best])];
      const next = side.question.tokens[token.index + 1];
      const partner = next && side.links.get(next)?.partner;
      const before = partner && other.question.tokens[partner.index - 1];
      if (before && /^(?:an?|one|any|some|another)$/.test(before.text))
        return [reason('different', 'quantifier', 'all of them and some', [token], [before])];
    }
  }
  return [];
}

const shares: ReadonlyMap<string, string> = new Map(
  Object.entries({
    most: 'most',
    many: 'many several numerous',
    few: 'few',
    some: 'any some',
    all: 'all every each',
    none: 'no',
  }).flatMap(([kind, list]) => list.split(' ').map((word) => [word, kind] as const)),
);
/** How large a share is meant hardly changes what is asked. */
const near = /^(?:many\/some|all\/none|none\/\w+|\w+\/none)$/;

const isShare = ({ text }: Token): boolean => shares.has(text);

/** "Do most states tax groceries" and "do any": of the same noun, another share. */
function shareFindings(left: Side, right: Side): Reason[] {
  if (!left.question.tokens.some(isShare) || !right.question.tokens.some(isShare)) return [];
  const shareOf = ({ question: { tokens } }: Side, noun: Token): Token | undefined => {
    let at = noun.index - 1;
    // "Most US states", "most of the states".
    while (noun.index - at <= 3 && (tokens[at]?.text === 'of' || tokens[at]?.text === 'the' || tokens[at]?.name)) at--;
    const token = tokens[at];
    const isPlural = /s$|^(?:people|men|women|children)$/.test(noun.text);
    if (!token || !shares.has(token.text) || (token.text === 'most' && !isPlural)) return undefined;
    // "The most lakes" compares, "how many lakes" asks, and "a few" are some.
    return /^(?:the|how|a|not)$/.test(tokens[at - 1]?.text ?? '') ? undefined : token;
  };
  for (const [noun, { partner }] of left.links) {
    if (!partner || noun.kind !== 'word' || !noun.content) continue;
    const [one, other] = [shareOf(left, noun), shareOf(right, partner)];
    if (!one || !other) continue;
    const kinds = [shares.get(one.text) ?? '', shares.get(other.text) ?? ''];
    if (kinds[0] === kinds[1] || near.test([...kinds].sort().join('/'))) continue;
    return [reason('different', 'quantifier', 'another share of them', [one], [other])];
  }
  return [];
}

/** How many of a thing are meant. */
export function quantifierFindings(measures: Measures): Reason[] {
  const { alignment, overlap } = measures;
  const found = [...boundFindings(measures), ...universalFindings(measures)];
  if (found.length > 0) return found;
  const share = shareFindings(alignment.left, alignment.right);
  if (share.length > 0) return share;
  const kindOf = (token: Token): string | undefined => quantifierKind(token.text.split(' ')[0] ?? '');
  const quantifiers = (side: Side): Token[] => side.question.tokens.filter((token) => kindOf(token) !== undefined);
  const without = (
    own: readonly Token[],
    others: readonly Token[],
    of: (token: Token) => string | undefined,
  ): Token[] => own.filter((token) => !others.some((other) => of(other) === of(token)));
  const text = (token: Token): string => token.text;
  const all = [quantifiers(alignment.left), quantifiers(alignment.right)] as const;
  // What both say is out of the question first: "each line" in both says nothing of "only the first" and "every".
  const said = [without(all[0], all[1], text), without(all[1], all[0], text)] as const;
  const [left, right] = [without(said[0], said[1], kindOf), without(said[1], said[0], kindOf)];
  // "Not any" is "neither".
  const negated = [alignment.left, alignment.right].every(({ question }) => question.negations.length > 0);
  if (negated && ![...left, ...right].some((token) => kindOf(token) === 'universal')) return [];
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

/** Say what a thing is and are left out as often as not: New York City. */
const apposed = /^(?:city|state|inc|ltd|corp|corporation|company|tower|river|mountain|island|university|county|app)$/;

/** A part of a name that the other side has without it: between two parts, or behind two of them. */
function addedToName(side: Side): Token | undefined {
  const { tokens } = side.question;
  const isPart = (token: Token | undefined, clause: number): token is Token =>
    token?.capital === true && token.clause === clause && side.links.has(token);
  return side.leftover.find((token) => {
    if (!(token.capital || token.text.startsWith('letter-')) || apposed.test(token.key)) return false;
    const [before, twoBefore, after] = [tokens[token.index - 1], tokens[token.index - 2], tokens[token.index + 1]];
    if (!isPart(before, token.clause)) return false;
    return isPart(after, token.clause) || (isPart(twoBefore, token.clause) && !isDictionaryWord(token.text));
  });
}

/** Words and names for which there is no counterpart. */
export function wordFindings(measures: Measures): Reason[] {
  const { overlap, substitutions, alignment } = measures;
  const named = substitutions.find((substitution) => substitution.names);
  const alike =
    named !== undefined &&
    overlap.leftWords.length === overlap.rightWords.length &&
    spelledAlike(named.left.text, named.right.text);
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
  const longer = [alignment.left, alignment.right].flatMap((side) => addedToName(side) ?? []);
  if (longer.length > 0 && overlap.least >= 0.4)
    return [reason('different', 'name', 'a longer name: John Adams, John Quincy Adams', longer, '')];
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
