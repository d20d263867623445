import type { Side } from './align.js';
import { lemmaOf } from './lemma.js';
import { isDictionaryWord } from './lexicon.js';
import { grave, type Measures, reason, weighed } from './measures.js';
import type { Reason } from './reason.js';
import { placeOf } from './synonyms.js';
import type { Token } from './token.js';
import { classesOf } from './word-classes.js';

/** Behind a model's number they make another model of it. */
const trims =
  /^(?:pro|plus|max|mini|ultra|lite|air|se|fe|xl|xr|xs|ti|gt|rs|neo|turbo|prime|note|edge|fold|flip|slim|super|x|s|e|c|t|a|i|home|enterprise|premium|beta|alpha|rc|oled|le)$/;
/** Of these, what is hardly ever anything else. */
const sureTrims = /^(?:pro|plus|max|mini|ultra|lite|fe|xl|fold|air)$/;
/** Say of a version what it is anyway. */
const usual = /^(?:lts|gb|tb|us|uk|eu|inc|ltd)$/;

/** Numbers and names with more behind them: "iPhone 15" and "iPhone 15 Plus", "USDC" and "USDT". */
export function identifierFindings({ alignment: { left, right }, overlap }: Measures): Reason[] {
  if (overlap.least < 0.5) return [];
  if (left.leftover.length + right.leftover.length === 0) return sortFindings(left, right);
  const [lefts, rights] = [trimsOf(left), trimsOf(right)];
  if (lefts.length + rights.length > 0)
    return [reason('different', 'number', 'a model with more in its name', lefts, rights)];
  const spans = [left, right].some(({ question }) => question.spans.some(({ kind }) => kind !== 'url'));
  const flags = [left, right].map((side) => side.leftover.filter(({ text }) => !spans && text.startsWith('flag-')));
  if (flags[0]?.length || flags[1]?.length)
    return [reason('different', 'code', 'another flag', flags[0] ?? '', flags[1] ?? '')];
  return [
    ...qualifiedFindings(left, right),
    ...coinFindings(left, right),
    ...sortFindings(left, right),
    ...headFindings(left, right),
  ];
}

/** A letter, a trim or a name right behind a number that both name, where that number belongs to a name. */
function trimsOf(side: Side): readonly Token[] {
  const { tokens } = side.question;
  return side.leftover.filter((token) => {
    const [before, twoBefore, after] = [tokens[token.index - 1], tokens[token.index - 2], tokens[token.index + 1]];
    // "iPad Air 5" and "iPad 5".
    if (sureTrims.test(token.text) && before?.name && side.links.has(before) && after?.kind === 'quantity')
      return side.links.has(after);
    if (before?.kind !== 'quantity' || before.clause !== token.clause || !side.links.has(before)) return false;
    if (token.kind !== 'word' || usual.test(token.text) || !(before.unit === '' || before.unit === 'id')) return false;
    const isCode = before.unit === 'id' && /[a-z]/.test(before.text);
    const isNamed =
      twoBefore?.kind === 'word' &&
      side.links.has(twoBefore) &&
      (twoBefore.name ||
        (twoBefore.content && sureTrims.test(token.text)) ||
        classesOf(twoBefore.key).includes('technology'));
    if (!isCode && !isNamed) return false;
    return trims.test(token.text) || (/^[a-z]$/.test(token.text) && token.text !== 'v');
  });
}

const titles =
  /^(?:president|king|queen|prince|princess|mr|mrs|ms|dr|prime|minister|sir|pope|lord|saint|senator|general|captain|professor|the|city|lake|mount|mt|river|republic|hotel|university|san|los|us|usa|uk|old|miss|father|prophet|judge|emperor)$/;

/** "Guinea" and "Equatorial Guinea", "Friday" and "Good Friday": a word of the dictionary that belongs to a name. */
function qualifiedFindings(left: Side, right: Side): Reason[] {
  const parts = (side: Side): Token[] =>
    side.leftover.filter((token) => {
      const after = side.question.tokens[token.index + 1];
      if (!token.capital || token.acronym || titles.test(token.key) || !after || after.clause !== token.clause)
        return false;
      const named = after.kind === 'date' || (after.kind === 'word' && after.capital);
      const known = isDictionaryWord(token.text) || placeOf(token.text) !== token.text;
      return named && side.links.has(after) && known;
    });
  const [lefts, rights] = [parts(left), parts(right)];
  if (lefts.length > 0 === rights.length > 0) return [];
  const longer = lefts.length > 0 ? left : right;
  // Good Friday is one day of the year.
  const day = [...lefts, ...rights].some((token) => longer.question.tokens[token.index + 1]?.kind === 'date');
  return [weighed(day, 'name', 'a word more in a name', lefts, rights)];
}

/** A currency, and a word in capitals that nobody knows: USDT, USDC. */
function coinFindings(left: Side, right: Side): Reason[] {
  const coins = (side: Side): Token[] => side.leftover.filter((token) => token.kind === 'currency');
  const codes = (side: Side): Token[] => side.leftover.filter((token) => token.acronym && token.name);
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const [coin] = coins(one);
    const [code] = codes(other);
    if (coin && code && coins(other).length === 0)
      return [
        reason('different', 'currency', 'another currency', [one === left ? coin : code], [one === left ? code : coin]),
      ];
  }
  return [];
}

const sorts =
  'state country city town river island province county continent planet element metal band film movie book novel song album series show game app bird fish fruit tree company brand god goddess language animal insect dance actor singer';
const sortWords: ReadonlySet<string> = new Set(sorts.split(' '));
const apposition = new RegExp(`\\b(\\w+),? (?:the|an?) (?:(?:usa|us|uk|\\w+) )?(${sorts.replaceAll(' ', '|')})\\b`);

/** "Georgia, the state" and "Georgia, the country": of one name, which of the things that bear it. */
function sortFindings(left: Side, right: Side): Reason[] {
  const isSort = ({ text }: Token): boolean => sortWords.has(text);
  if (!left.question.tokens.some(isSort) || !right.question.tokens.some(isSort)) return [];
  const [one, other] = [left, right].map(({ question }) => apposition.exec(question.text));
  if (!one || !other || one[1] !== other[1] || one[2] === other[2]) return [];
  const named = one[0].includes(',') || left.content.some((token) => token.text === one[1] && token.capital);
  return named ? [weighed(true, 'name', 'two things of one name', one[2] ?? '', other[2] ?? '')] : [];
}

/** Ends of words for those who do something: rider, editor, dentist. */
const doing = /(?:[^aeiou]er|or|ist|ian|owner)s?$/;

/** "A horse" and "a horse rider": a word behind another makes somebody else of it. */
function headFindings(left: Side, right: Side): Reason[] {
  const heads = (side: Side): Token[] =>
    side.leftover.filter((token) => {
      const before = side.question.tokens[token.index - 1];
      return (
        token.kind === 'word' &&
        !token.frame &&
        (doing.test(token.text) ? lemmaOf(token.text.replace(/s$/, '')) === token.text.replace(/s$/, '') : false) &&
        before?.kind === 'word' &&
        before.content &&
        !before.frame &&
        before.clause === token.clause &&
        side.links.has(before)
      );
    });
  const [lefts, rights] = [heads(left), heads(right)];
  return lefts.length > 0 === rights.length > 0 ? [] : [grave('name', 'somebody who has to do with it', lefts, rights)];
}
