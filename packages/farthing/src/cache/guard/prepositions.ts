import type { Side } from './align.js';
import { determiners } from './function-words.js';
import { type Measures, reason } from './measures.js';
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
const opposed: ReadonlySet<string> = new Set([
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
]);

const pairOf = (one: string, other: string): string => [one, other].sort().join('/');

/** Words that correspond, behind prepositions that do not. */
export function prepositionFindings({ alignment: { left, right }, overlap, order }: Measures): Reason[] {
  if (order.passive !== 'none' || overlap.least < 0.6) return [];
  const found: Reason[] = [];
  const onlyThat = overlap.leftWords.length + overlap.rightWords.length === 0;
  for (const [token, { kind, partner }] of left.links) {
    if (!partner || kind === 'antonym' || ![token, partner].every(isThing)) continue;
    const [one, other] = [prepositionOf(left, token), prepositionOf(right, partner)];
    if (!one || !other || one.text === other.text) continue;
    const pair: string = pairOf(parts.get(one.text) ?? '', parts.get(other.text) ?? '');
    if (!opposed.has(pair) && !(doubtful.has(pair) && onlyThat)) continue;
    // "By bus", "by hand": a means.
    const means = pair.includes('maker') && !token.name && !/s$/.test(token.text);
    found.push(
      reason(
        opposed.has(pair) && !means ? 'different' : 'doubt',
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
