import { stripCourtesy } from './courtesy.js';
import { lemmaOf } from './lemma.js';
import { isDictionaryWord } from './lexicon.js';
import { type ProtectedSpan, protectSpans } from './protected-spans.js';
import { rewriteText } from './rewrites.js';
import { readStance, type Stance } from './stance.js';
import type { Token } from './token.js';
import { tokenise } from './tokenise.js';
import { respellUnits } from './unit-case.js';

/** A question read once: keep it beside the stored answer, and comparing costs less than half. */
export interface Question {
  readonly original: string;
  /** In lower case, rewritten, with marks for the spans. */
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly spans: readonly ProtectedSpan[];
  /** Tokens that negate. */
  readonly negations: readonly Token[];
  readonly stance: Stance;
  /** Has code outside of quotes and backticks. */
  readonly code: boolean;
  /** The operators and brackets in the order in which they stand. */
  readonly symbols: string;
  /** How far the lines are indented, where they are. */
  readonly indents: string;
  /** Too long to be read: only an equal text is the same. */
  readonly tooLong: boolean;
}

const longestText = 4_000;
/** Between two numbers an operator decides; a hyphen or a slash only where it stands apart: "10-12 hours", "24/7". */
const operators = /\b[a-z] [-/%] [a-z]\b|![\w=(]|\d!|&&|\|\||\+\+|\w--|\d\.{2,3}\d|\w \?\? \w|(?<=\s)[#.]\w+ \{/;
const arithmetic = /\d\s*[+*&^]\s*\d|\d(?: ?[a-z%]{1,6})?\s+[-+*/%]\s+[\d$€£]/i;
/** A bar between numbers joins their bits, but not in "Part 1 | 2" and "Seats: 1 | 2 | 3". */
const bar = /(?:^|\b(?:is|of|and|does|do|compute|calculate|evaluate|solve|run|print|return) |[=(])\s*\d+\s*\|\s*\d/i;
const symbolsOfCode =
  /!(?=[\w=(])|(?<=\d)!|(?<=\w )\?\?(?= \w)|(?<=\d)\.{2,3}(?=\d)|#(?=\w)|[()](?=\s*[-+*/\d(])|(?<=\d)\)|(?<=[\w[]):(?=[\w\]-])|\((?=[*&([])|(?<=\w)\)(?=\[)|[=+*<>%&|^$~{}[\]\\]|\/\/?|\(\)|(?<=\s)-(?=\s)/g;
/** Without one of these there is neither an operator nor a flag. */
const marks = /[-!#$%&()*+/:<=>[\\\]^{|}~]|\?\?|\.\./;
/** Commands and settings to which `photos` and `photos/` are two things. */
const slashCommand = /\b(?:rsync|cp|mv|scp|ln|nginx|gitignore|dockerignore|proxy_pass|location)\b/;
const romans: Readonly<Record<string, number>> = {
  II: 2,
  III: 3,
  IV: 4,
  VI: 6,
  VII: 7,
  VIII: 8,
  IX: 9,
  XI: 11,
  XII: 12,
  XIII: 13,
  XIV: 14,
  XV: 15,
  XVI: 16,
  XVII: 17,
  XVIII: 18,
  XIX: 19,
  XX: 20,
  XXI: 21,
};

/** Reads a question for `compare`. Never throws; the time is linear in the text, and no text over 4,000 characters is read. */
export function readQuestion(original: string): Question {
  const plain = foldCharacters(original);
  const tooLong = plain.length > longestText;
  const { text: open, spans } = tooLong ? { text: '', spans: [] } : protectSpans(stripCourtesy(plain));
  const indents = readIndents(plain);
  const marked = marks.test(open);
  const code =
    marked &&
    (/[=*<>{}[\]\\]|\/\/|\(\)|\w\(|\(\w*\)\s*[.:]/.test(open) ||
      /\s[*^]\s|\^/.test(open) ||
      arithmetic.test(open) ||
      bar.test(open) ||
      operators.test(open));
  const symbols = marked ? (open.match(symbolsOfCode) ?? []).join('') + stepsOf(open) : '';
  const withNumbers = respellCapitals(open.replace(/\s+/g, ' '), open);
  const text = rewriteText(foldAccents(withNumbers).toLowerCase());
  const tokens = tokenise(text, { spans, code, slashes: slashCommand.test(open), ...readCapitals(withNumbers) });
  return {
    original,
    text: tooLong ? plain : text,
    tokens,
    spans,
    negations: tokens.filter((token) => token.kind === 'negation'),
    stance: readStance(text),
    code,
    symbols,
    indents,
    tooLong,
  };
}

/** `++i` and `i++`: which of them come before what they step. */
function stepsOf(open: string): string {
  if (!/\+\+|--/.test(open)) return '';
  return (open.match(/(?:\+\+|(?<![\w\s]\s?|^|\s)--|(?<=[=(;] ?)--)(?=[a-z_]\w*)|\w(?:\+\+|--)(?!\w)/gi) ?? [])
    .map((step) => (/^\w/.test(step) ? ' after' : ' before'))
    .join('');
}

/** Writes one way what only the letters' case tells: flags, units, Roman numbers, initials, acronyms and letters as names. */
function respellCapitals(spaced: string, open: string): string {
  let text = spaced;
  // Of a flag and of a unit the case decides.
  if (/[-+]/.test(text))
    text = text.replace(
      /(?<=^|\s)([-+])([A-Za-z])(?=\s|$)/g,
      (_, sign: string, letter: string) =>
        `flag-${sign === '+' ? 'plus' : ''}${letter}${letter < 'a' ? '-capital' : ''}`,
    );
  if (/\d/.test(text)) text = respellUnits(text);
  if (/[IVX]{2}/.test(text))
    text = text.replace(
      /(?<=[a-zA-Z]\s)(?:II|III|IV|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI|XVII|XVIII|XIX|XX|XXI)\b/g,
      (roman) => String(romans[roman] ?? roman),
    );
  // "Michael B. Jordan": the stop ends no sentence; and an S is no "is".
  if (text.includes('. '))
    text = text.replace(
      /(?<=\b[A-Z][a-z]+ |\b[A-Z] )([A-Z])\. (?=[A-Z][a-z]+|[A-Z]\.)(?!(?:What|Who|How|Is|Are|Can|Do|Does|Did|Should|Will|Which|When|Where|Why|The|If|It|My|In|And|But|Please|Explain|Tell)\b)/g,
      (_, initial: string) => (/[SDMT]/.test(initial) ? `letter-${initial} ` : `${initial} `),
    );
  // "Order 77120-B" and "order 77120-D": one number each.
  if (/\d-[A-Za-z]\b/.test(text))
    text = text.replace(
      /\b(\d{3,})-([A-Z]{1,3}|[a-z])\b(?!-)|\b(\d{1,2})-([BDEHINOPQRTUXYZ])\b(?!-)/g,
      (match, number: string, suffix: string, ...short: string[]) =>
        /^[mgksvwclfhbx]$/.test(suffix ?? '') ? match : `${number ?? short[0]}_${suffix ?? short[1]}`,
    );
  if (/\d\([A-Z]\)/.test(text)) text = text.replace(/\b([A-Za-z]{1,3}\d{1,4})\(([A-Z])\)/g, '$1_$2');
  if (text.includes('.'))
    text = text.replace(
      /\b([A-Za-z])\.([A-Za-z])\b(?!\.?[\w-])\.?|\b([A-Za-z])\.([A-Za-z])\.([A-Za-z])\b\.?/g,
      (_, ...letters: (string | number | undefined)[]) => letters.slice(0, 5).filter(Boolean).join(''),
    );
  if (/[A-Z]{2}s/.test(text)) text = text.replace(/\b([A-Z]{2,5})s\b/g, '$1');
  // "Column A" has no article.
  if (/ [A-Z](?![A-Za-z])/.test(text))
    text = text.replace(/\b([a-z]{3,}) ([A-Z])(?=[\s.,?!)]|$)/g, (match, noun: string, letter: string) =>
      letter === 'I' ? match : `${noun} letter-${letter}`,
    );
  if (text.includes('US')) text = text.replace(/\bUS\b/g, (us) => (open === open.toUpperCase() ? us : 'USA'));
  return text;
}

/** Compatible forms and kinds of quotes, dashes and blanks made one; the private use area emptied. */
function foldCharacters(text: string): string {
  return text
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (power) => `^${[...power].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'.indexOf(digit)).join('')}`)
    .normalize('NFKC')
    .replace(/[\uE000-\uF8FF]/g, ' ')
    .replace(/[“”„«»‟]/g, '"')
    .replace(/[‘’‛´]/g, "'")
    .replace(/[–—−]/g, '-')
    .trim();
}

/** "Café", "Zürich": names and English words without their accents. In other languages an accent makes another word. */
function readIndents(text: string): string {
  if (!text.includes('\n')) return '';
  const indents = text.split('\n').map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  return indents.some((indent) => indent > 0) ? indents.join(' ') : '';
}

function foldAccents(text: string): string {
  if (!/[^ -~\s]/.test(text)) return text;
  return text.replace(/\p{Script=Latin}[\p{Script=Latin}\p{Mn}]*/gu, (word) => {
    const plain = word.normalize('NFD').replace(/\p{Mn}/gu, '');
    return /^\p{Lu}/u.test(word) ||
      !/[^a-zéèêëàâçîïôûù]/.test(word) ||
      isDictionaryWord(plain.toLowerCase()) ||
      isDictionaryWord(lemmaOf(plain.toLowerCase()))
      ? plain
      : word.normalize('NFC');
  });
}

function readCapitals(text: string): { names: ReadonlySet<string>; acronyms: ReadonlySet<string> } {
  const names = new Set<string>();
  const acronyms = new Set<string>();
  if (text === text.toUpperCase()) return { names, acronyms };
  for (const word of text.match(/\b[A-Z]{2,}\b/g) ?? []) acronyms.add(word.toLowerCase());
  const written = text.match(/[A-Za-zÀ-ÿ][\wÀ-ÿ.'&+#-]*|[.?!:]/g) ?? [];
  let atStart = true;
  for (const word of written) {
    const first = word.charCodeAt(0);
    // A full stop, question mark, exclamation mark or colon.
    if (first < 65) {
      atStart = true;
      continue;
    }
    if ((first <= 90 || (first >= 192 && first <= 222)) && (!atStart || /[A-Z].*[A-Z]/.test(word)) && word !== 'I') {
      const plain = word
        .toLowerCase()
        .normalize('NFD')
        .replace(/\p{Mn}/gu, '')
        .replace(/'s?$|[.']+$/, '');
      names.add(plain);
      for (const part of plain.split('-')) names.add(part);
    }
    atStart =
      word.length > 2 &&
      (word.endsWith('.') || word.endsWith('?') || word.endsWith('!')) &&
      !/^(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|No|Mt|Ft|Lt|Gen|Col|Rev|Hon|[A-Z])\.$/.test(word);
  }
  return { names, acronyms };
}
