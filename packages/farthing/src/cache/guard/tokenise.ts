import { frameWords, functionWords, negations } from './function-words.js';
import { lemmaOf } from './lemma.js';
import { isDictionaryWord } from './lexicon.js';
import { cardinals, monthOf, multipliers, weekdayOf } from './number-words.js';
import { type ProtectedSpan, spanMark } from './protected-spans.js';
import { readQuantity, startsNumber } from './quantity.js';
import type { Token } from './token.js';
import { bareUnitOf, currencyOf } from './units.js';
import { isFormatWord } from './word-classes.js';

/** What the reading of a text needs to know beside the text. */
export interface Writing {
  readonly spans: readonly ProtectedSpan[];
  /** Words that were written as names, in lower case. */
  readonly names: ReadonlySet<string>;
  /** Words in capitals throughout: WHO and US are no function words. */
  readonly acronyms: ReadonlySet<string>;
  /** Has code outside of quotes: symbols count. */
  readonly code: boolean;
  /** Of a path the slash at the end counts, too. */
  readonly slashes: boolean;
}

const rawToken = new RegExp(
  [
    `${spanMark}\\d+`,
    String.raw`time:[\d:]+|frac:\d+:\d+`,
    String.raw`(?<![\w.])\d+(?:\.\d+)?(?![\w.]\w|\w|-\w)`,
    String.raw`[a-z0-9_\u00df-\u024f]+(?:[.\-'&][a-z0-9_\u00df-\u024f]+)*(?:(?<=\bc)\+\+|(?<=\b[cf])#)?`,
    String.raw`[=+*<>%&|^~{}[\]()\\;/$€£¥₹₩₽₫₺-]`,
    String.raw`[.,?!:](?=\s|$)`,
    String.raw`[^\s\x00-\x7f]+`,
  ].join('|'),
  'g',
);

const kept =
  /^(?:in-favor|yes-no|every-other|letter-.|flag-.*)$|-(?:in|out|on|off|up|down)$|^(?:in-depth|at-length|step-by-step|one-line|non-.*|co-.*|full-time|part-time|long-term|short-term|round-trip|one-way|first-class|carry-on|over-the-counter)$/;

/** The tokens of a text that `rewriteText` has rewritten. */
export function tokenise(text: string, writing: Writing): Token[] {
  const raw = (text.match(rawToken) ?? []).flatMap(splitNumberCompound);
  const tokens: Token[] = [];
  let clause = 0;
  let sentence = 0;
  const push = (kind: Token['kind'], written: string, key: string, more: Partial<Token> = {}): void => {
    tokens.push({
      kind,
      text: written,
      key,
      index: tokens.length,
      clause,
      sentence,
      content: true,
      frame: false,
      name: false,
      capital: false,
      ...more,
    });
  };
  const start = /^(?:yes|no|nope|yeah)$/.test(raw[0] ?? '') && raw[1] === ',' ? 2 : 0;
  for (let at = start; at < raw.length; at++) {
    const written = raw[at] ?? '';
    const last = tokens.at(-1);
    const plain = last?.kind === 'currency' ? undefined : plainWordOf(written);
    if (plain && !writing.names.has(written) && !writing.acronyms.has(written)) {
      push('word', plain.text, plain.key, plain);
      continue;
    }
    if (/^[.,?!:;]$/.test(written)) {
      clause++;
      if (written !== ',') sentence++;
      if (written !== ';' || !writing.code) continue;
    }
    if (written.startsWith(spanMark)) {
      const span = writing.spans[Number(written.slice(spanMark.length))];
      if (span) push('span', span.text, `§${spanKey(span, writing.slashes)}`);
      continue;
    }
    if (written.startsWith('time:')) {
      push('quantity', written.slice(5), written, { unit: 'clock', value: Number(written.slice(5).replace(':', '.')) });
      continue;
    }
    const currencyBefore = last?.kind === 'currency' && last.clause === clause ? last.key.slice(9) : undefined;
    const quantity = readQuantity(raw, at, writing.code, currencyBefore);
    if (quantity) {
      if (currencyBefore !== undefined) tokens.pop();
      const asWritten = raw.slice(at, at + quantity.length).join(' ');
      push('quantity', asWritten, quantityKey(quantity, written), {
        value: quantity.value,
        unit: quantity.unit,
        frame: quantity.soft,
      });
      at += quantity.length - 1;
      continue;
    }
    at += pushWord(written, raw, at, writing, push);
  }
  return tokens;
}

/**
 * A number by its value; what has noughts in front or behind, or more digits than a number holds, as it is written: versions,
 * accounts, and points that may be thousands.
 */
function quantityKey({ value, unit }: { readonly value: number; readonly unit: string }, written: string): string {
  const verbatim =
    /^0\d/.test(written) ||
    /^\d{16,}$/.test(written) ||
    (unit === '' && /^\d+\.\d*0$/.test(written)) ||
    (/^\d{1,3}\.\d{3}$/.test(written) && (unit === '' || unit.startsWith('money:')));
  return verbatim
    ? `${unit}|${written}`
    : `${unit}|${Number(value.toPrecision(unit === '' || unit.startsWith('money:') ? 15 : 8))}`;
}

/** "hundred-word" and "six-foot" hold a number; "in-depth" and "covid-19" stay whole. */
function splitNumberCompound(raw: string): string | string[] {
  if (!raw.includes('-')) return raw;
  const parts = raw.split('-');
  return parts.some((part) => cardinals.has(part) || multipliers.has(part)) ? parts : raw;
}

/** Code is compared with its case, everything else without. */
function spanKey(span: ProtectedSpan, slashes: boolean): string {
  if (span.kind === 'code') return span.text.replace(/[ \t]+$/gm, '').trim();
  const spaced = span.text.replace(/\s+/g, ' ');
  // Patterns, formats and the like: there the case decides.
  if (span.kind === 'quote' && (span.text.length <= 4 || /[\\%{}$<>^*_|]/.test(span.text))) return spaced;
  // "Node.js" and "node.js" are one; of paths nobody knows.
  if (span.kind === 'url' && !/[/\\]/.test(spaced)) return spaced.toLowerCase();
  return span.kind === 'url'
    ? slashes
      ? spaced
      : spaced.replace(/\/$/, '')
    : spaced.toLowerCase().replace(/[.!?]$/, '');
}

type Push = (kind: Token['kind'], written: string, key: string, more?: Partial<Token>) => void;

/** Pushes what one raw token gives; returns how many raw tokens it took beyond itself. */
function pushWord(written: string, raw: readonly string[], at: number, writing: Writing, push: Push): number {
  if (/^[=+*<>%&|^~{}[\]()\\;/-]$/.test(written)) {
    if (writing.code && !/^[()]$/.test(written)) push('symbol', written, written);
    return 0;
  }
  if (/\d/.test(written)) {
    push('quantity', written, `id:${written.replace(/(?<=[a-z])-(?=\d)|(?<=\d)[-_](?=[a-z])/g, '')}`, { unit: 'id' });
    return 0;
  }
  const currency = currencyOf(written);
  if (currency !== undefined && !/^(?:won|real|cents?|penny|pounds?|sol|rand|lev)$/.test(written)) {
    push('currency', written, `currency:${currency}`);
    return 0;
  }
  const month = readMonth(written, raw[at - 1], raw[at + 1]);
  if (month !== undefined) {
    push('date', written, `month:${month}`);
    return 0;
  }
  const weekday = /^(?:mon|wed|sat|sun)$/.test(written) && !writing.names.has(written) ? undefined : weekdayOf(written);
  if (weekday !== undefined) {
    push('date', written, `weekday:${weekday}`);
    return 0;
  }
  if (negations.has(written)) {
    push('negation', written, 'not', { content: false });
    return 0;
  }
  if (written.startsWith('non-')) {
    push('negation', 'non', 'not', { content: false });
    pushPlain(written.slice(4), writing, push);
    return 0;
  }
  const unit =
    writing.code || /^(?:(?!ml|kg|cm|mm|km|mg|gb|mb|kb|tb)[a-z]{1,2}|[a-z])$/.test(written)
      ? undefined
      : bareUnitOf(written);
  if (unit !== undefined) {
    push('word', written, `unit:${unit.dimension}:${unit.factor}`);
    return 0;
  }
  const split = written.includes('-') && !kept.test(written);
  for (const part of split ? written.split('-') : [written]) if (part !== '') pushPlain(part, writing, push);
  return 0;
}

/** What a word amounts to that is written small and that no neighbour changes. */
interface PlainWord {
  readonly text: string;
  readonly key: string;
  readonly content: boolean;
  readonly frame: boolean;
  readonly name: boolean;
}

const plainWords = new Map<string, PlainWord | undefined>();

/** Of a word in small letters that is no number, date, unit, currency or negation; remembered, for most words come again. */
function plainWordOf(word: string): PlainWord | undefined {
  const known = plainWords.get(word);
  if (known !== undefined || plainWords.has(word)) return known;
  const plain = isPlain(word) ? readPlain(respell(word, nobody)) : undefined;
  if (plainWords.size < 20_000) plainWords.set(word, plain);
  return plain;
}

function isPlain(word: string): boolean {
  return (
    /^[a-z]+$/.test(word) &&
    !startsNumber(word) &&
    currencyOf(word) === undefined &&
    monthOf(word) === undefined &&
    weekdayOf(word) === undefined &&
    !negations.has(word) &&
    bareUnitOf(word) === undefined
  );
}

const nobody: Pick<Writing, 'names'> = { names: new Set() };

function readPlain(word: string): PlainWord {
  const key = lemmaOf(word);
  const content = !functionWords.has(word);
  return {
    text: word,
    key,
    content,
    frame: (frameWords.has(word) || frameWords.has(key)) && !isFormatWord(word),
    name: content && isUnknown(word, key),
  };
}

function pushPlain(word: string, writing: Writing, push: Push): void {
  const plain = readPlain(respell(word, writing));
  const acronym = writing.acronyms.has(word);
  const content = plain.content || acronym;
  const written = content && writing.names.has(word);
  const { text, key, frame } = plain;
  push('word', text, key, {
    content,
    frame,
    capital: written,
    name: written || (content && isUnknown(text, key)),
    ...(acronym ? { acronym } : {}),
  });
}

const isUnknown = (word: string, key: string): boolean => /^[a-z]{3,}$/.test(key) && !isKnown(key) && !isKnown(word);

/** In the dictionary, or derived from a word of it: shallower, spotless. */
function isKnown(word: string): boolean {
  if (isDictionaryWord(word)) return true;
  const base = /^(.{3,}?)(?:er|est|ness|able|less|ful|ish|like|wise|ize|ized|izing|izer)$/.exec(word)?.[1];
  return base !== undefined && (isDictionaryWord(base) || isDictionaryWord(`${base}e`));
}

/** Function words with two letters exchanged: teh, adn, form is a word of its own and stays. */
const scrambled = new Map<string, string>();
for (const word of [...functionWords, 'not', 'without', 'never']) {
  if (word.length >= 3) scrambled.set([...word].sort().join(''), word);
}

/** Longer function words that lack one letter: wich, woud, becase. */
const shortOfOne = new Map<string, string>();
for (const word of functionWords) {
  if (word.length < 5) continue;
  for (let at = 1; at < word.length; at++) shortOfOne.set(word.slice(0, at) + word.slice(at + 1), word);
}

function respell(word: string, writing: Pick<Writing, 'names'>): string {
  if (
    word.length < 3 ||
    word.length > 8 ||
    writing.names.has(word) ||
    functionWords.has(word) ||
    isDictionaryWord(word)
  )
    return word;
  if (isDictionaryWord(lemmaOf(word))) return word;
  const missing = shortOfOne.get(word);
  if (missing !== undefined) return missing;
  const meant = scrambled.get([...word].sort().join(''));
  return meant?.[0] === word[0] ? (meant ?? word) : word;
}

/** May and march are months beside a number or after "in"; mar and dec only beside a number. */
function readMonth(word: string, before = '', after = ''): number | undefined {
  const month = monthOf(word);
  if (month === undefined) return undefined;
  const beside = /^\d+$/.test(before) || /^\d+$/.test(after);
  if (word === 'may' || word === 'march')
    return beside || /^(?:in|since|until|by|of|last|next|this)$/.test(before) ? month : undefined;
  if (/^(?:mar|dec|sep|jun|jul|oct|nov|apr)$/.test(word))
    return beside || /^(?:in|since|until|by)$/.test(before) ? month : undefined;
  return month;
}
