import { cardinals, multipliers, ordinals } from './number-words.js';
import { currencyOf, unitOf } from './units.js';

/** A number with its unit, read from a run of raw tokens. */
export interface Quantity {
  readonly value: number;
  /** Dimension, `money:usd`, or empty for a bare number. */
  readonly unit: string;
  /** How many raw tokens it takes. */
  readonly length: number;
  /** "one" and "half" often are no numbers at all: they never speak against a match alone. */
  readonly soft: boolean;
}

const notANumberAfter: ReadonlySet<string> = new Set('which the this that no any another every each some'.split(' '));
const notANumberBefore: ReadonlySet<string> = new Set(
  'do does can apply should would of by is go get use has will another'.split(' '),
);

const afterInches =
  /^(?:to|by|long|wide|tall|high|deep|thick|in|and|or|of|monitor|screen|display|tv|pipe|board|diameter|is|into|x)$/;

function readCardinal(raw: readonly string[], start: number): { value: number; length: number } {
  let total = 0;
  let current = 0;
  let at = start;
  for (; at < raw.length; at++) {
    const word = raw[at] ?? '';
    const small = cardinals.get(word);
    const ordinal = ordinals.get(word);
    const multiplier = multipliers.get(word);
    if (small !== undefined) {
      if (!(current % 100 === 0 || (current % 100 >= 20 && current % 10 === 0 && small < 10))) break;
      current += small;
    } else if (ordinal !== undefined && at > start && ordinal < 10 && current % 10 === 0) {
      current += ordinal;
      at++;
      break;
    } else if (word === 'hundred' || word === 'dozen') current = (current || 1) * (multiplier ?? 1);
    else if (multiplier !== undefined) {
      total += (current || 1) * multiplier;
      current = 0;
    } else if (!(word === 'and' && at > start && raw[at - 1] === 'hundred' && cardinals.has(raw[at + 1] ?? ''))) break;
  }
  return { value: total + current, length: at - start };
}

/** May a number in words begin with it? */
export function startsNumber(word: string): boolean {
  return cardinals.has(word) || ordinals.has(word) || /^(?:hundred|dozen|half|twice)$/.test(word);
}

function readNumber(
  raw: readonly string[],
  start: number,
): { value: number; length: number; soft: boolean } | undefined {
  const word = raw[start] ?? '';
  if (word.startsWith('frac:')) {
    const [, above, below] = word.split(':');
    return {
      value: Number(above) / Number(below),
      length: /^(?:of|an?)$/.test(raw[start + 1] ?? '') ? 2 : 1,
      soft: false,
    };
  }
  if (/^\d+(?:\.\d+)?$/.test(word)) {
    let value = Number(word);
    let length = 1;
    for (
      let factor = multipliers.get(raw[start + 1] ?? '');
      factor !== undefined;
      factor = multipliers.get(raw[start + length] ?? '')
    ) {
      value *= factor;
      length++;
    }
    return { value, length, soft: false };
  }
  if (word === 'half')
    return {
      value: 0.5,
      length: /^(?:of|an?)$/.test(raw[start + 1] ?? '') ? 2 : 1,
      soft: !/^(?:of|an?)$/.test(raw[start + 1] ?? ''),
    };
  if (word === 'twice') return { value: 2, length: 1, soft: false };
  const ordinal = ordinals.get(word);
  if (ordinal !== undefined) return { value: ordinal, length: 1, soft: false };
  if (!cardinals.has(word) && word !== 'hundred' && word !== 'dozen') return undefined;
  if (word === 'one') {
    const next = raw[start + 1] ?? '';
    if (notANumberAfter.has(raw[start - 1] ?? '') || next === '' || notANumberBefore.has(next)) return undefined;
  }
  return { ...readCardinal(raw, start), soft: word === 'one' };
}

/** The quantity that starts at a raw token, if one does. In code no unit is read: `5 m` is a variable there. */
export function readQuantity(
  raw: readonly string[],
  start: number,
  inCode: boolean,
  currencyBefore: string | undefined,
): Quantity | undefined {
  const number = readNumber(raw, start);
  if (number === undefined) return undefined;
  let { value, length } = number;
  const named = raw[start + length] ?? '';
  const currency = named === 'pounds' && currencyBefore === 'gbp' ? 'gbp' : currencyOf(named);
  if (currency === 'cent' || currency === 'penny') {
    return { value: value / 100, unit: `money:${currency}`, length: length + 1, soft: false };
  }
  if (currency !== undefined) {
    length++;
    const cents =
      raw[start + length] === 'and' && /^(?:cents?|pence)$/.test(raw[start + length + 2] ?? '')
        ? readNumber(raw, start + length + 1)
        : undefined;
    if (cents) {
      value += cents.value / 100;
      length += 3;
    }
    return { value, unit: `money:${currency}`, length, soft: number.soft };
  }
  if (currencyBefore !== undefined) return { value, unit: `money:${currencyBefore}`, length, soft: number.soft };
  // "4 in UPSC" is no length: inches end a phrase, or stand before another measure.
  const preposition =
    named === 'in' &&
    Number.isInteger(value) &&
    (/^[a-z]{2,}$/.test(raw[start + length + 1] ?? '')
      ? !afterInches.test(raw[start + length + 1] ?? '')
      : // "The highest power of 9 in 99", "2017 in 4 months".
        /^\d+$/.test(raw[start + length + 1] ?? '') && raw[start + length + 2] !== 'in');
  const unit = inCode || preposition ? undefined : unitOf(named);
  if (unit === undefined) return { value, unit: '', length, soft: number.soft };
  return { value: value * unit.factor, unit: unit.dimension, length: length + 1, soft: false };
}
