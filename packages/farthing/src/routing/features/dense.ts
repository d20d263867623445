import { type Characters, readCharacters } from './characters.js';
import { type Choices, readChoices } from './choices.js';
import { countClasses, wordClasses } from './word-classes.js';
import type { Words } from './words.js';

/** What a call says about itself beside the text of the user's turn; a part that is left out counts as 0. */
export interface TurnContext {
  /** Turns of the conversation before this one. */
  readonly earlierTurns?: number | undefined;
  /** UTF-16 units of those turns; the system prompt does not count. */
  readonly earlierLength?: number | undefined;
  readonly tools?: number | undefined;
  readonly images?: number | undefined;
  /** The answer must fit a JSON schema. */
  readonly schema?: boolean | undefined;
  /** What the caller allows the answer to be, in tokens. */
  readonly maxTokens?: number | undefined;
}

interface Facts {
  readonly characters: Characters;
  readonly choices: Choices;
  readonly words: WordFacts;
  readonly context: TurnContext;
}

/** Each feature and how it is read; counts are taken by their logarithm, so that long texts do not drown short ones. */
const measures = {
  length: ({ characters }) => log(characters.length),
  words: ({ words }) => log(words.count),
  lines: ({ characters }) => log(characters.lines),
  sentences: ({ characters }) => log(characters.sentences),
  stem: ({ choices }) => log(choices.stem),
  meanWord: ({ words }) => words.meanLength,
  longestWord: ({ words }) => log(words.longest),
  longWords: ({ words }) => words.long / Math.max(1, words.count),
  wordsPerSentence: ({ words, characters }) => log(words.count / Math.max(1, characters.sentences)),
  variety: ({ words }) => words.distinct / Math.max(1, words.count),
  names: ({ words }) => log(words.names),
  digits: share('digits'),
  capitals: share('capitals'),
  spaces: share('spaces'),
  punctuation: share('punctuation'),
  foreign: share('foreign'),
  numbers: ({ words }) => log(words.numbers),
  distinctNumbers: ({ words }) => log(words.distinctNumbers),
  longNumbers: ({ words }) => log(words.longNumbers),
  numbersPerWord: ({ words }) => words.numbers / Math.max(1, words.count),
  decimals: count('decimals'),
  commas: count('commas'),
  questions: count('questions'),
  colons: count('colons'),
  quotes: count('quotes'),
  brackets: count('brackets'),
  braces: count('braces'),
  operators: count('operators'),
  equals: count('equals'),
  carets: count('carets'),
  backslashes: count('backslashes'),
  dollars: count('dollars'),
  percents: count('percents'),
  blanks: count('blanks'),
  hashes: count('hashes'),
  items: ({ choices }) => log(choices.items),
  choices: ({ choices }) => Math.min(10, choices.count),
  choiceLength: ({ choices }) => log(choices.meanLength),
  choiceSpread: ({ choices }) => log(choices.longest) - log(choices.shortest),
  numericChoices: ({ choices }) => choices.numeric / Math.max(1, choices.count),
  asksForAnswer: ({ choices }) => (choices.asks ? 1 : 0),
  earlierTurns: ({ context }) => log(context.earlierTurns),
  earlierLength: ({ context }) => log(context.earlierLength),
  tools: ({ context }) => log(context.tools),
  images: ({ context }) => log(context.images),
  schema: ({ context }) => (context.schema ? 1 : 0),
  maxTokens: ({ context }) => log(context.maxTokens),
} as const satisfies Record<string, (facts: Facts) => number>;

const measured = Object.entries(measures);

/** The names of the dense features, in order; a stored model names those that it was trained on. */
export const denseNames: readonly string[] = [
  ...measured.map(([name]) => name),
  ...wordClasses.map((name) => `class.${name}`),
];

/** The dense features of a text, in the order of `denseNames`; finite for any text. */
export function readDense(text: string, words: Words, context: TurnContext): Float32Array {
  const values = new Float32Array(denseNames.length);
  const facts = {
    characters: readCharacters(text),
    choices: readChoices(text),
    words: wordFacts(words),
    context,
  };
  let put = 0;
  for (const [, measure] of measured) values[put++] = measure(facts);
  for (const found of countClasses(words)) values[put++] = log(found);
  return values;
}

interface WordFacts {
  count: number;
  meanLength: number;
  longest: number;
  long: number;
  distinct: number;
  /** Capitals that do not begin a sentence. */
  names: number;
  numbers: number;
  distinctNumbers: number;
  longNumbers: number;
}

function wordFacts(words: Words): WordFacts {
  const facts = { longest: 0, long: 0, names: 0, numbers: 0, longNumbers: 0 };
  const distinct = new Set<number>();
  const numbers = new Set<number>();
  let total = 0;
  for (let index = 0; index < words.count; index++) {
    const [length, hash] = [words.lengths[index] ?? 0, words.hashes[index] ?? 0];
    total += length;
    distinct.add(hash);
    if (length > facts.longest) facts.longest = length;
    if (length >= 8) facts.long++;
    if (words.capital[index] && !words.first[index] && length > 1) facts.names++;
    if (!words.numeric[index]) continue;
    facts.numbers++;
    numbers.add(hash);
    if (length >= 4) facts.longNumbers++;
  }
  return {
    ...facts,
    count: words.count,
    meanLength: total / Math.max(1, words.count),
    distinct: distinct.size,
    distinctNumbers: numbers.size,
  };
}

function count(name: keyof Characters): (facts: Facts) => number {
  return ({ characters }) => log(characters[name]);
}

function share(name: keyof Characters): (facts: Facts) => number {
  return ({ characters }) => characters[name] / Math.max(1, characters.length);
}

/** `log(1 + value)`; what is no size (missing, negative, not finite) is 0. */
function log(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? Math.log1p(value) : 0;
}
