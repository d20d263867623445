import { seeded } from '../../audit/seeded-random.js';
import { asObject, parseObject } from '../../dialects/json.js';
import { crc32 } from '../../platform.js';
import { denseNames } from '../features/dense.js';
import { pack, unpack } from '../predictor/packed.js';
import { finishInSlices, type Steps } from '../predictor/steps.js';
import { answerFeatureNames } from './answer-features.js';
import { type AnswerModel, type AnswerRow, fitAnswerModel, predictAnswer, readAnswerRow } from './answer-model.js';
import type { AnswerOutcome, LearnedAnswerScorer } from './answer-scorer-loader.js';

/** Fewer outcomes than this teach nothing. */
const leastOutcomes = 50;
const format = 'farthing-answer-scorer';
const version = 1;

/** Learns, in slices between which other work goes on. @throws TypeError for too few outcomes, or one that is none */
export async function learnAnswerScorer(outcomes: readonly AnswerOutcome[]): Promise<LearnedAnswerScorer> {
  checkOutcomes(outcomes);
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const model = await finishInSlices(fitOutcomes(outcomes), { now: () => performance.now(), rest });
  return scorerOf(model, outcomes.length);
}

/** Reads what was learned before. @throws TypeError that says what is wrong with the text */
export function readAnswerScorer(text: string): LearnedAnswerScorer {
  const fail = (expected: string, got: string): never => {
    throw new TypeError(`loadAnswerScorer: expected ${expected}, got ${got}.`);
  };
  const end = text.indexOf('\n');
  const header = parseObject(end < 0 ? text : text.slice(0, end));
  if (header?.['format'] !== format) return fail('a text that `save()` of a scorer gave', 'another one');
  if (header['version'] !== version)
    return fail(`version ${version}; learn it anew`, `version ${String(header['version'])}`);
  if (header['features'] !== featuresChecksum)
    return fail('the features of this version; learn it anew', 'other features');
  const body = text.slice(end + 1).replace(/\n$/, '');
  if (end < 0 || header['checksum'] !== checksumOf(body)) return fail('the checksum of its header', 'a damaged body');
  const stored = asObject(unpack(body));
  // The cast: the checksum has shown that `save` wrote it.
  return scorerOf(stored?.['model'] as AnswerModel, Number(stored?.['outcomes']));
}

/** What an answer's figure is learned from: its gain over the strongest's where that is known, else how good it was. */
export function* fitOutcomes(outcomes: readonly AnswerOutcome[]): Steps<AnswerModel> {
  const rows: AnswerRow[] = [];
  for (const { turn, answer } of outcomes) {
    rows.push(readAnswerRow({ turn, answer }));
    if (rows.length % 16 === 0) yield;
  }
  const isPaired = outcomes.every(({ strong }) => strong !== undefined);
  const targets = Float64Array.from(outcomes, ({ weak, strong }) => (isPaired ? 1 + weak - (strong ?? 0) : weak));
  return yield* fitAnswerModel(rows, targets, seeded(1));
}

function scorerOf(model: AnswerModel, outcomes: number): LearnedAnswerScorer {
  return {
    outcomes,
    score: ({ turn, answer }) => Math.max(0, Math.min(1, predictAnswer(model, readAnswerRow({ turn, answer })))),
    save: () => {
      const body = pack({ outcomes, model });
      const header = { format, version, features: featuresChecksum, checksum: checksumOf(body) };
      return `${JSON.stringify(header)}\n${body}\n`;
    },
  };
}

function checkOutcomes(outcomes: readonly AnswerOutcome[]): void {
  const fail = (what: string, expected: string, got: string): never => {
    throw new TypeError(`createAnswerScorer: expected ${what} to be ${expected}, got ${got}.`);
  };
  if (outcomes.length < leastOutcomes)
    fail('`outcomes`', `at least ${leastOutcomes}, since fewer teach nothing`, String(outcomes.length));
  for (const [index, { turn, answer, weak, strong }] of outcomes.entries()) {
    if (typeof turn !== 'string' || typeof answer !== 'string')
      fail(`\`outcomes[${index}]\``, 'an object with the texts `turn` and `answer`', 'one without');
    for (const quality of [weak, strong ?? 0])
      if (!(quality >= 0 && quality <= 1))
        fail(`\`outcomes[${index}].weak\` and \`strong\``, 'numbers from 0 to 1', String(quality));
  }
}

function checksumOf(text: string): number {
  return crc32(new TextEncoder().encode(text));
}

const featuresChecksum = checksumOf([...answerFeatureNames, ...denseNames].join());
