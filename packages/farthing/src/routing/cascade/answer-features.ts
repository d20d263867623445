import { choicesOffered, finalChoice, finalNumber } from './final-answer.js';
import { isHedged, isRefusal } from './hedges.js';

/** An answer as its features are read: the text; or only how long it is, where no more is known of it. */
export interface AnswerText {
  readonly turn: string;
  readonly answer: string | undefined;
  /** In UTF-16 units. @default that of `answer` */
  readonly length?: number | undefined;
}

interface Facts {
  readonly turn: string;
  readonly answer: string;
  readonly length: number;
  readonly words: readonly string[];
  readonly lines: readonly string[];
  readonly sums: { readonly right: number; readonly wrong: number };
  readonly unused: number;
  readonly foreign: number;
  readonly choices: number;
}

/** Each feature and how it is read; counts by their logarithm, shares and yes or no from 0 to 1. */
const measures = {
  length: ({ length }) => Math.log1p(length),
  lengthForTurn: ({ length, turn }) => Math.log1p(length) - Math.log1p(turn.length),
  words: ({ words }) => Math.log1p(words.length),
  lines: ({ lines }) => Math.log1p(lines.length),
  steps: ({ answer }) =>
    Math.log1p(countOf(answer, /^\s*(?:\d+[.)]\s|[-*•]\s|(?:step\s+\d+|first|then|next|finally)\b)/gim)),
  sentences: ({ answer }) => Math.log1p(countOf(answer, /[.!?](?:\s|$)/g)),
  numbers: ({ answer }) => Math.log1p(countOf(answer, /\d+(?:\.\d+)?/g)),
  sums: ({ sums }) => Math.log1p(sums.right + sums.wrong),
  wrongSums: ({ sums }) => Math.log1p(sums.wrong),
  hasWrongSum: ({ sums }) => (sums.wrong > 0 ? 1 : 0),
  unusedNumbers: ({ unused }) => Math.log1p(unused),
  foreignNumbers: ({ foreign }) => Math.log1p(foreign),
  hedged: ({ answer }) => (isHedged(answer) ? 1 : 0),
  refused: ({ answer }) => (isRefusal(answer) ? 1 : 0),
  doubts: ({ answer }) =>
    Math.log1p(countOf(answer, /\b(?:maybe|perhaps|probably|might|assum\w+|however|unclear|approximately|about)\b/gi)),
  corrections: ({ answer }) =>
    Math.log1p(countOf(answer, /\b(?:wait|actually|correction|mistake|let me (?:re|correct)|sorry|apolog\w+)\b/gi)),
  hasFinalNumber: ({ answer }) => (finalNumber(answer) === undefined ? 0 : 1),
  finalIsWhole: ({ answer }) => (Number.isInteger(finalNumber(answer)) ? 1 : 0),
  finalIsNegative: ({ answer }) => ((finalNumber(answer) ?? 0) < 0 ? 1 : 0),
  finalSize: ({ answer }) => Math.log1p(Math.abs(finalNumber(answer) ?? 0)),
  finalIsGiven: ({ turn, answer }) => (numbersOf(turn).includes(finalNumber(answer) ?? Number.NaN) ? 1 : 0),
  hasMark: ({ answer }) => (/####|\\boxed/.test(answer) ? 1 : 0),
  hasChoice: ({ answer, choices }) => (choices > 0 && finalChoice(answer, choices) !== undefined ? 1 : 0),
  isBare: ({ words }) => (words.length <= 3 ? 1 : 0),
  repetition: ({ lines, words }) => repetitionOf(lines, words),
  isCut: ({ answer }) => (answer !== '' && !/[.!?)\]}"'`*\d:|>]\s*$|(?:^|\W)[A-Z]\s*$/.test(answer) ? 1 : 0),
  code: ({ answer }) => (/```|^\s*def |;\s*$/m.test(answer) ? 1 : 0),
  openFence: ({ answer }) => countOf(answer, /```/g) % 2,
  tex: ({ answer }) => Math.log1p(countOf(answer, /\\[a-z]+|\$/g)),
  shared: ({ turn, words }) => sharedOf(turn, words),
} as const satisfies Record<string, (facts: Facts) => number>;

const measured = Object.entries(measures);

/** The names of the answer's features, in order; a stored scorer names those that it was trained on. */
export const answerFeatureNames: readonly string[] = measured.map(([name]) => name);

/** Longer answers are read to here: more tells nothing more, and costs time. */
const maxAnswerLength = 20_000;

/**
 * The features of an answer to a turn, in the order of `answerFeatureNames`: its size and shape, whether its sums are right
 * (`3 + 4 = 7`, `<<3+4=7>>`), which of the question's numbers it leaves out, hedges, repetitions, how it ends. Pure, and
 * finite for any text. Of an answer without its text, all but its length are 0.
 */
export function readAnswerFeatures({ turn, answer, length }: AnswerText): Float32Array {
  const values = new Float32Array(answerFeatureNames.length);
  const size = length ?? answer?.length ?? 0;
  const half = maxAnswerLength / 2;
  const read = answer && answer.length > maxAnswerLength ? `${answer.slice(0, half)}\n${answer.slice(-half)}` : answer;
  const facts = factsOf(turn.slice(0, maxAnswerLength), read ?? '', size);
  const told = answer === undefined ? measured.slice(0, 2) : measured;
  for (const [index, [, measure]] of told.entries()) values[index] = measure(facts);
  return values;
}

function factsOf(turn: string, answer: string, length: number): Facts {
  const given = new Set(numbersOf(turn));
  const used = new Set(numbersOf(answer));
  return {
    turn,
    answer,
    length,
    words: answer.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [],
    lines: answer.split('\n').filter((line) => line.trim() !== ''),
    sums: checkSums(answer),
    unused: [...given].filter((number) => !used.has(number)).length,
    foreign: [...used].filter((number) => !given.has(number)).length,
    choices: choicesOffered(turn),
  };
}

const number = String.raw`\$?(-?\d[\d,]*(?:\.\d+)?)%?`;
const operator = String.raw`\s*(?:\w+\s*)?([-+*/×÷x])\s*`;
/** Two or three numbers, and what is said to come of them. */
const sum = new RegExp(
  String.raw`(?<![\d.,])${number}${operator}${number}(?:${operator}${number})?\s*(?:\w+\s*)?=\s*${number}(?!\s*[-+*/×÷]\s*\d)`,
  'g',
);

/** How many sums in a text are right, and how many wrong; what is rounded is right. */
export function checkSums(text: string): { readonly right: number; readonly wrong: number } {
  let [right, wrong] = [0, 0];
  for (const [, first, one, second, other, third, told] of text.matchAll(sum)) {
    const [left, middle, claimed] = [amountOf(first), amountOf(second), amountOf(told)];
    const result =
      third === undefined
        ? calculate(left, one, middle)
        : binds(other) && !binds(one)
          ? calculate(left, one, calculate(middle, other, amountOf(third)))
          : calculate(calculate(left, one, middle), other, amountOf(third));
    if (!Number.isFinite(result) || !Number.isFinite(claimed)) continue;
    const places = told?.split('.')[1]?.length ?? 0;
    // A percentage is written as its number, and counted as its share.
    const isRight = [result, result / 100, result * 100].some(
      (each) =>
        Math.abs(each - claimed) <= Math.max(0.51 * 10 ** -places * (places > 0 ? 1 : 0), 1e-6 * Math.abs(each)),
    );
    if (isRight) right++;
    else wrong++;
  }
  return { right, wrong };
}

function binds(operation: string | undefined): boolean {
  return operation !== '+' && operation !== '-';
}

function calculate(left: number, operation: string | undefined, right: number): number {
  if (operation === '+') return left + right;
  if (operation === '-') return left - right;
  return operation === '/' || operation === '÷' ? left / right : left * right;
}

function amountOf(text: string | undefined): number {
  return text === undefined ? Number.NaN : Number(text.replaceAll(',', ''));
}

const numberWords: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  twelve: 12,
  dozen: 12,
  half: 0.5,
  twice: 2,
  hundred: 100,
};

function numbersOf(text: string): number[] {
  return (
    text.match(
      /\d[\d,]*(?:\.\d+)?|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen|half|twice|hundred)\b/gi,
    ) ?? []
  ).map((found) => numberWords[found.toLowerCase()] ?? Number(found.replaceAll(',', '')));
}

/** The share of lines, or of runs of four words, that stood there before. */
function repetitionOf(lines: readonly string[], said: readonly string[]): number {
  const runs = said.slice(3).map((_, at) => said.slice(at, at + 4).join(' '));
  const ofRuns = runs.length === 0 ? 0 : 1 - new Set(runs).size / runs.length;
  const ofLines = lines.length === 0 ? 0 : 1 - new Set(lines.map((line) => line.trim())).size / lines.length;
  return Math.max(ofRuns, ofLines);
}

/** The share of the answer's words that the question holds. */
function sharedOf(turn: string, said: readonly string[]): number {
  if (said.length === 0) return 0;
  const asked = new Set(turn.toLowerCase().match(/[\p{L}\p{N}]+/gu));
  return said.filter((word) => asked.has(word)).length / said.length;
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
