import { longFormOf } from './abbreviations.js';
import { areAntonyms } from './antonyms.js';
import { isDictionaryWord } from './lexicon.js';
import type { Question } from './question.js';
import { synonymStrength } from './synonyms.js';
import type { Token } from './token.js';
import { isTypo } from './typo.js';
import { classesOf } from './word-classes.js';

/** Why two tokens are taken for each other. */
export type LinkKind = 'equal' | 'joined' | 'quoted' | 'abbreviation' | 'typo' | 'synonym' | 'related' | 'antonym';

export interface Link {
  readonly kind: LinkKind;
  /** The other side's token; missing where several stand for one, or it stands in a quote. */
  readonly partner: Token | undefined;
}

/** One question's tokens with what they correspond to in the other. */
export interface Side {
  readonly question: Question;
  readonly content: readonly Token[];
  readonly links: ReadonlyMap<Token, Link>;
  /** Content tokens that correspond to nothing. What a verdict rests on. */
  readonly leftover: readonly Token[];
}

export interface Alignment {
  readonly left: Side;
  readonly right: Side;
  readonly antonyms: readonly (readonly [Token, Token])[];
}

/** Pairs of leftovers are compared only up to so many on each side: beyond that two questions are not alike anyway. */
const mostLeftover = 32;

interface Half {
  readonly question: Question;
  readonly content: readonly Token[];
  readonly links: Map<Token, Link>;
  leftover: Token[];
}

function halfOf(question: Question): Half {
  const content = question.tokens.filter((token) => token.content);
  return { question, content, links: new Map(), leftover: content };
}

function link(left: Half, right: Half, one: Token, other: Token, kind: LinkKind): void {
  left.links.set(one, { kind, partner: other });
  right.links.set(other, { kind, partner: one });
}

function refresh(half: Half): void {
  half.leftover = half.leftover.filter((token) => !half.links.has(token));
}

/** Matches what two questions say, the surest matches first. */
export function align(leftQuestion: Question, rightQuestion: Question): Alignment {
  const left = halfOf(leftQuestion);
  const right = halfOf(rightQuestion);
  linkEqual(left, right);
  const antonyms: [Token, Token][] = [];
  if (left.leftover.length > 0 || right.leftover.length > 0) {
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      linkJoined(one, other);
      linkQuoted(one, other);
      linkAbbreviations(one, other);
    }
    if (left.leftover.length <= mostLeftover && right.leftover.length <= mostLeftover) {
      linkWhere(left, right, 'typo', (a, b) => !areAntonyms(a, b) && isTypo(a, b));
      linkWhere(left, right, 'equal', sameNumberWithoutUnit);
      linkWhere(left, right, 'equal', samePunctuated);
    }
  }
  if (left.question.tokens.length <= 200 && right.question.tokens.length <= 200) {
    antonyms.push(...linkAntonyms(left, right));
    if (left.leftover.length <= mostLeftover && right.leftover.length <= mostLeftover) {
      linkWhere(left, right, 'synonym', (a, b) => isWord(a, b) && synonymStrength(a, b) === 2);
      linkWhere(left, right, 'related', (a, b) => isWord(a, b) && synonymStrength(a, b) === 1);
    }
  }
  return { left, right, antonyms };
}

function isWord(one: Token, other: Token): boolean {
  return one.kind === 'word' && other.kind === 'word';
}

/** Equal keys; where several stand on one side, those in the same context first, so that order is judged by the nearest. */
function linkEqual(left: Half, right: Half): void {
  const byKey = new Map<string, Token[]>();
  for (const token of right.content) {
    const known = byKey.get(token.key);
    if (known) known.push(token);
    else byKey.set(token.key, [token]);
  }
  for (const token of left.content) {
    const candidates = byKey.get(token.key);
    const first = candidates?.[0];
    if (!candidates || !first) continue;
    const chosen =
      candidates.length === 1
        ? 0
        : Math.max(
            0,
            candidates.findIndex((other) => neighbours(left, token) === neighbours(right, other)),
          );
    link(left, right, token, candidates[chosen] ?? first, 'equal');
    candidates.splice(chosen, 1);
  }
  refresh(left);
  refresh(right);
}

function neighbours(half: Half, token: Token): string {
  return half.question.tokens[token.index - 1]?.key ?? '^';
}

/** "e mail" and "email", "data base" and "database". */
function linkJoined(one: Half, other: Half): void {
  for (const token of one.leftover) {
    if (token.kind !== 'word' && token.unit !== 'id') continue;
    const whole = token.text.replace(/[-.]/g, '');
    for (let i = 0; i + 1 < other.leftover.length; i++) {
      const first = other.leftover[i];
      const second = other.leftover[i + 1];
      if (!first || !second || second.index !== first.index + 1 || first.text + second.text !== whole) continue;
      one.links.set(token, { kind: 'joined', partner: first });
      other.links.set(first, { kind: 'joined', partner: token });
      other.links.set(second, { kind: 'joined', partner: token });
    }
  }
  refresh(one);
  refresh(other);
}

/** What one side quotes and the other says without quotes. */
function linkQuoted(one: Half, other: Half): void {
  const quoted = one.leftover.filter((token) => token.kind === 'span');
  // Two quotes are compared with each other: the one may well be a part of the other.
  if (quoted.length === 0 || other.leftover.some((token) => token.kind === 'span')) return;
  const said = other.question.original.toLowerCase().replace(/[‘’]/g, "'").replace(/\s+/g, ' ');
  for (const token of quoted) {
    const inner = token.key.slice(1).toLowerCase();
    if (inner.length < 2 || !said.includes(inner)) continue;
    one.links.set(token, { kind: 'quoted', partner: undefined });
    const words = new Set(inner.split(/[^a-z0-9_$]+/));
    for (const word of other.leftover) {
      if (words.has(word.text) || inner.includes(word.text))
        other.links.set(word, { kind: 'quoted', partner: undefined });
    }
  }
  refresh(one);
  refresh(other);
}

function linkAbbreviations(one: Half, other: Half): void {
  for (const token of one.leftover) {
    if (token.kind === 'span' || token.text.length > 6) continue;
    const matched = listedLongForm(token, other) ?? shortened(token, other) ?? initials(token, other);
    if (!matched) continue;
    one.links.set(token, { kind: 'abbreviation', partner: matched[0] });
    for (const part of matched)
      if (!other.links.has(part)) other.links.set(part, { kind: 'abbreviation', partner: token });
    refresh(other);
  }
  refresh(one);
}

function listedLongForm(token: Token, other: Half): readonly Token[] | undefined {
  const long = longFormOf(token.text) ?? longFormOf(token.key);
  if (!long) return undefined;
  const parts = long.map((word) =>
    other.leftover.find(
      (each) => each.key === word || each.text === word || (each.value !== undefined && String(each.value) === word),
    ),
  );
  return parts.every((part): part is Token => part !== undefined) ? parts : undefined;
}

/** "fligt" is no short form, "appt", "calc" and "pymt" are: an unknown word whose letters stand in order in a longer one. */
function shortened(token: Token, other: Half): readonly Token[] | undefined {
  const short = token.text;
  if (!/^[a-z]{3,6}$/.test(short) || token.capital || isDictionaryWord(short) || classesOf(short).length > 0)
    return undefined;
  const long = other.leftover.find((each) => {
    if (each.kind !== 'word' || each.text.length < short.length + 2 || each.text[0] !== short[0]) return false;
    if (each.text.startsWith(short)) return true;
    if (/[aeiou]/.test(short.slice(1))) return false;
    let at = 0;
    for (const letter of each.text) if (letter === short[at]) at++;
    return at === short.length;
  });
  return long && [long];
}

function initials(token: Token, other: Half): readonly Token[] | undefined {
  const short = token.text;
  if (!/^[a-z]{2,5}$/.test(short) || other.leftover.length < 2) return undefined;
  const words = other.question.tokens.filter((each) => each.kind === 'word');
  for (const run of [words, words.filter((each) => each.content)]) {
    for (let start = 0; start + short.length <= run.length; start++) {
      const parts = run.slice(start, start + short.length);
      if (!parts.every((part, i) => part.text[0] === short[i])) continue;
      const content = parts.filter((part) => part.content && !other.links.has(part));
      if (content.length > 1) return content;
    }
  }
  return undefined;
}

function linkWhere(left: Half, right: Half, kind: LinkKind, fits: (one: Token, other: Token) => boolean): void {
  if (left.leftover.length === 0 || right.leftover.length === 0) return;
  for (const one of left.leftover) {
    const other = right.leftover.find((each) => !right.links.has(each) && fits(one, each));
    if (other) link(left, right, one, other, kind);
  }
  refresh(left);
  refresh(right);
}

/** "B.Tech" and "btech", "e-mail" and "email". */
function samePunctuated(one: Token, other: Token): boolean {
  const plain = (token: Token): string => token.text.replace(/[.'-]/g, '');
  return one.text !== other.text && one.kind === other.kind && one.kind === 'word' && plain(one) === plain(other);
}

const isCents = (token: Token): boolean => token.unit === 'money:cent' || token.unit === 'money:penny';
const isMoney = (token: Token): boolean => token.unit?.startsWith('money:') === true;

/** "a woman of 35" and "a 35-year-old woman"; pounds of mass and of money. */
function sameNumberWithoutUnit(one: Token, other: Token): boolean {
  if (one.kind !== 'quantity' || other.kind !== 'quantity' || one.value === undefined || other.value === undefined)
    return false;
  // Bare numbers of one value and other keys are written apart on purpose: 3.1 and 3.10.
  if (one.unit === '' && other.unit === '') return false;
  if (one.value === other.value && isCents(one) !== isCents(other) && [one, other].every(isMoney)) return true;
  if ([one, other].some((token) => token.unit === 'percent') && one.unit !== other.unit) return false;
  const written = (token: Token): number =>
    Number.parseFloat(token.text) * (/thousand/.test(token.text) ? 1e3 : /million/.test(token.text) ? 1e6 : 1);
  // In everyday use "500 cal" are 500 calories, which are kilocalories; beside "kcal" they are not.
  if (one.unit === 'calorie' && other.unit === 'calorie')
    return written(one) === written(other) && [one, other].some((token) => /calories?$/.test(token.text));
  if (one.unit !== '' && other.unit !== '') {
    return (
      written(one) === written(other) &&
      [one, other].some((token) => token.text.endsWith('pounds')) &&
      [one, other].some((token) => token.unit === 'money:gbp')
    );
  }
  return (
    one.value === other.value ||
    (written(one) === written(other) && /year|month|minute|hour|day|week/.test(one.text + other.text))
  );
}

/** Function words that have opposites. They take part only where the other side has the opposite, and not the word itself. */
const oppositeFunctionWords =
  /^(?:before|after|over|under|above|below|more|less|from|to|up|down|on|off|in|out|must|may|can|until|since|all|some|any|with|most|least|every|both|either|neither|many|much|few|same|other|only|inside|outside|this|next|last|one|every|while|during|once|let|against|unless|if)$/;

function countKeys(half: Half): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of half.question.tokens) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function linkAntonyms(left: Half, right: Half): [Token, Token][] {
  const candidates = (half: Half): Token[] =>
    half.question.tokens.filter(
      (token) =>
        token.kind === 'word' && !half.links.has(token) && (token.content || oppositeFunctionWords.test(token.text)),
    );
  const ones = candidates(left);
  const others = candidates(right);
  if (ones.length === 0 || others.length === 0 || ones.length > mostLeftover * 2 || others.length > mostLeftover * 2)
    return [];
  const [lefts, rights] = [countKeys(left), countKeys(right)];
  const pairs: [Token, Token][] = [];
  for (const one of ones) {
    // "Pros and cons" and "advantages and disadvantages": each has its own counterpart.
    if (
      one.content &&
      others.some((each) => each.content && synonymStrength(one, each) === 2 && !areAntonyms(one, each))
    )
      continue;
    if (!one.content && (rights.get(one.key) ?? 0) >= (lefts.get(one.key) ?? 0)) continue;
    const other = others.find(
      (each) =>
        !right.links.has(each) &&
        (one.content || each.content || (bothFunction(one, each) && sameContext(left, one, right, each))) &&
        (each.content || (lefts.get(each.key) ?? 0) < (rights.get(each.key) ?? 0)) &&
        areAntonyms(one, each),
    );
    if (!other) continue;
    link(left, right, one, other, 'antonym');
    pairs.push([one, other]);
  }
  refresh(left);
  refresh(right);
  return pairs;
}

const particles = /^(?:in|out|on|off|up|down)$/;

/** "drink out of" and "in celebration" are no opposites: a particle's neighbour has to correspond. */
function sameContext(left: Half, one: Token, right: Half, other: Token): boolean {
  if (!particles.test(one.text)) return true;
  return [-1, 1].some((step) => {
    const [beside, besideOther] = [left.question.tokens[one.index + step], right.question.tokens[other.index + step]];
    if (!beside || !besideOther) return beside === besideOther;
    return beside.key === besideOther.key || left.links.get(beside)?.partner === besideOther;
  });
}

function bothFunction(one: Token, other: Token): boolean {
  return oppositeFunctionWords.test(one.text) && oppositeFunctionWords.test(other.text);
}
