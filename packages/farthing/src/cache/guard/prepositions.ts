import type { Side } from './align.js';
import { nextContent } from './clauses.js';
import { determiners } from './function-words.js';
import { grave, type Measures, reason } from './measures.js';
import type { Reason } from './reason.js';
import type { Token } from './token.js';

/** What a preposition makes of the word behind it. */
const parts: ReadonlyMap<string, string> = new Map([
  ...['to', 'toward', 'towards'].map((word) => [word, 'goal'] as const),
  ...['from'].map((word) => [word, 'source'] as const),
  ...['in', 'at', 'within', 'inside'].map((word) => [word, 'place'] as const),
  ...['for'].map((word) => [word, 'use'] as const),
  ...['about', 'regarding', 'concerning'].map((word) => [word, 'topic'] as const),
  ...['by'].map((word) => [word, 'maker'] as const),
  ...['on', 'with', 'over', 'through', 'near', 'outside'].map((word) => [word, word] as const),
]);

/** Never the same behind one word: a gift for her and from her, a book by him and about him. */
const never: ReadonlySet<string> = new Set([
  'source/use',
  'source/topic',
  'goal/topic',
  'maker/topic',
  'maker/use',
  'goal/maker',
]);
/** Not the same, as a rule: trains in Spain and to Spain. */
const doubtful: ReadonlySet<string> = new Set([
  'goal/place',
  'place/source',
  'maker/on',
  'maker/place',
  'use/with',
  'goal/over',
  'goal/near',
  'near/place',
  'outside/place',
  'goal/through',
  'goal/on',
  'on/use',
]);

const pairOf = (one: string, other: string): string => [one, other].sort().join('/');

/** Prepositions that say the opposite of each other, whatever noun they stand before; "out of" is two words. */
const opposites: readonly (readonly [string, RegExp])[] = [
  ['into', /^out$/],
  ['onto', /^off$/],
  ['for', /^against$/],
  ['under', /^(?:over|above)$/],
  ['below', /^(?:over|above)$/],
  ['inside', /^outside$/],
  ['up', /^down$/],
];
const opposing = /^(?:into|out|onto|off|for|against|under|over|above|below|inside|outside|up|down)$/;
const isOpposing = ({ text }: Token): boolean => opposing.test(text);
const countOf = (tokens: readonly Token[], word: string): number =>
  tokens.reduce((count, { text }) => count + (text === word ? 1 : 0), 0);
/** A vaccine, an insurance, a remedy is for and against one thing. */
const protective =
  /\b(?:insur\w*|vaccin\w*|remed\w*|medic\w*|protect\w*|cure|treat\w*|cream|help\w*|good|spray|precaution\w*|work\w*|effective|shot|jab|tip|match|game|odds)\b/;

/** "Money into my account" and "out of my account": before the same words, though not right before. */
function oppositeFindings({ alignment: { left, right, antonyms } }: Measures): Reason[] {
  if (antonyms.length > 0) return [];
  if (!left.question.tokens.some(isOpposing) || !right.question.tokens.some(isOpposing)) return [];
  const words = (side: Side): readonly Token[] =>
    side.question.tokens.filter((token) => opposing.test(token.text) && !side.links.has(token));
  const all = [words(left), words(right)] as const;
  const only = (own: readonly Token[], others: readonly Token[]): readonly Token[] =>
    own.filter(({ text }) => countOf(own, text) > countOf(others, text));
  const [lefts, rights] = [only(...all), only(all[1], all[0])];
  for (const one of lefts) {
    for (const other of rights) {
      if (!opposites.some(([word, against]) => isPair(word, against, one, other))) continue;
      const [behind, partner] = [nextContent(left, one.index + 1, 4), nextContent(right, other.index + 1, 4)];
      if (!behind || left.links.get(behind)?.partner !== partner) continue;
      if ([one.text, other.text].includes('for') && protective.test(`${left.question.text} ${right.question.text}`))
        continue;
      return [reason('different', 'preposition', 'opposite prepositions before the same words', [one], [other])];
    }
  }
  return [];
}

function isPair(word: string, against: RegExp, one: Token, other: Token): boolean {
  return (one.text === word && against.test(other.text)) || (other.text === word && against.test(one.text));
}

/** Say where or when so plainly that no other preposition stands for them. */
const plain = /^(?:between|during|under|before|after|behind|beyond|beneath|despite|like|unlike|above|below|past)$/;
const placing =
  /^(?:in|at|on|with|for|to|from|of|by|about|through|over|near|inside|outside|between|during|under|before|after|behind|beyond|beneath|despite|like|unlike|above|below|past)$/;

/** "Between the interviews" and "during the interviews", "live under Franco" and "live with Franco". */
function plainFindings({ alignment: { left, right, antonyms }, overlap }: Measures): Reason[] {
  if (antonyms.length > 0 || overlap.leftWords.length + overlap.rightWords.length > 0) return [];
  if (!left.question.tokens.some(isPlain) && !right.question.tokens.some(isPlain)) return [];
  for (const [token, { partner }] of left.links) {
    if (!partner || token.kind === 'symbol') continue;
    const [one, other] = [placeBefore(left, token), placeBefore(right, partner)];
    if (!one || !other || one.text === other.text || !(plain.test(one.text) || plain.test(other.text))) continue;
    return [grave('preposition', 'another place or time', [one], [other])];
  }
  return [];
}

const isPlain = ({ text }: Token): boolean => plain.test(text);

function placeBefore({ question: { tokens } }: Side, token: Token): Token | undefined {
  let at = token.index - 1;
  while (at > 0 && determiners.has(tokens[at]?.text ?? '')) at--;
  return tokens[at]?.clause === token.clause && placing.test(tokens[at]?.text ?? '') ? tokens[at] : undefined;
}

/** "Who was it dedicated to" and "dedicated by": what stands at the end. */
function strandedFindings({ alignment: { left, right } }: Measures): Reason[] {
  const last = ({ question: { tokens } }: Side): Token | undefined => {
    const token = tokens.at(-1);
    return /^(?:to|by|for|from|with|against|about)$/.test(token?.text ?? '') ? token : undefined;
  };
  const [one, other] = [last(left), last(right)];
  if (!one || !other || one.text === other.text) return [];
  return [reason('different', 'preposition', 'another preposition at the end', [one], [other])];
}

const particles = /^(?:up|off|out|down|over|away|back)$/;

/** "Set up an alarm" and "set off an alarm": of one verb, another particle. */
function particleFindings({ alignment: { left, right, antonyms } }: Measures): Reason[] {
  if (antonyms.length > 0) return [];
  const [ones, others] = [particlesOf(left), particlesOf(right)];
  for (const one of ones) {
    const verb = left.question.tokens[one.index - 1];
    const other = others.find(({ index }) => right.question.tokens[index - 1]?.key === verb?.key);
    if (other && other.text !== one.text && verb?.key !== 'fill')
      return [reason('different', 'preposition', 'another particle of the verb', [one], [other])];
  }
  return [];
}

/** Not "out of" and "up of". */
function particlesOf({ question: { tokens } }: Side): readonly Token[] {
  return tokens.filter(
    (token) =>
      particles.test(token.text) && tokens[token.index - 1]?.kind === 'word' && tokens[token.index + 1]?.text !== 'of',
  );
}

/** Words that correspond, behind prepositions that do not. */
export function prepositionFindings(measures: Measures): Reason[] {
  const { alignment, overlap, order } = measures;
  const { left, right } = alignment;
  if (overlap.least < 0.6) return [];
  const opposed = [...oppositeFindings(measures), ...strandedFindings(measures)];
  if (opposed.length > 0 || order.passive !== 'none') return opposed;
  const found: Reason[] = [...plainFindings(measures), ...particleFindings(measures)];
  const onlyThat = overlap.leftWords.length + overlap.rightWords.length === 0;
  for (const [token, { kind, partner }] of left.links) {
    if (!partner || kind === 'antonym' || ![token, partner].every(isThing)) continue;
    const [one, other] = [prepositionOf(left, token), prepositionOf(right, partner)];
    if (!one || !other || one.text === other.text) continue;
    const pair: string = pairOf(parts.get(one.text) ?? '', parts.get(other.text) ?? '');
    if (!never.has(pair) && !(doubtful.has(pair) && onlyThat)) continue;
    // "By bus", "by hand": a means.
    const means = pair.includes('maker') && !token.name && !/s$/.test(token.text);
    found.push(
      reason(
        never.has(pair) && !means ? 'different' : 'doubt',
        'preposition',
        'another preposition before the same word',
        [one, token],
        [other, partner],
      ),
    );
  }
  return found;
}

const isThing = (token: Token): boolean =>
  token.kind === 'word' && token.content && !token.frame && !/ing$/.test(token.text);

/** The preposition right before a word, determiners between them aside. */
function prepositionOf(side: Side, token: Token): Token | undefined {
  const { tokens } = side.question;
  let at = token.index - 1;
  while (at > 0 && determiners.has(tokens[at]?.text ?? '')) at--;
  const before = tokens[at];
  return before && before.clause === token.clause && parts.has(before.text) ? before : undefined;
}
