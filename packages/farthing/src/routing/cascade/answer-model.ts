import { denseNames } from '../features/dense.js';
import { type Features, readFeatures } from '../features/features.js';
import { type Basis, fitBasis } from '../predictor/basis.js';
import { boostSettings, fitForest } from '../predictor/boosted-trees.js';
import { type Forest, predictForest } from '../predictor/forest.js';
import { rowOf } from '../predictor/row.js';
import { fitSparseRidge, type LinearWeights, type SparseRow } from '../predictor/sparse-ridge.js';
import type { Steps } from '../predictor/steps.js';
import { type AnswerText, answerFeatureNames, readAnswerFeatures } from './answer-features.js';

/** An answer and its question in numbers. */
export interface AnswerRow {
  /** In the order of `answerFeatureNames`. */
  readonly answer: Float32Array;
  readonly turn: Features;
  /** Of the answer's words; missing where only its length is known. */
  readonly said: Features | undefined;
}

/** What predicts a figure of an answer: a ridge on its features, the question's and the words of both, and trees. */
export interface AnswerModel {
  readonly answers: { readonly mean: Float32Array; readonly deviation: Float32Array };
  readonly turns: Basis;
  /** Missing where no answer's text was known. */
  readonly said: Basis | undefined;
  readonly ridge: LinearWeights;
  readonly trees: Forest;
}

/** Standardised features are cut off here, and scaled so that a penalty weighs them like the words. */
const furthest = 5;
const scale = 0.2;
const penalty = 2;
const rowsPerStep = 128;

/** Reads an answer. Pure. */
export function readAnswerRow(text: AnswerText): AnswerRow {
  return {
    answer: readAnswerFeatures(text),
    turn: readFeatures(text.turn),
    said: text.answer === undefined ? undefined : readFeatures(text.answer),
  };
}

/** Learns from at least one row what its target is. */
export function* fitAnswerModel(
  rows: readonly AnswerRow[],
  targets: Float64Array,
  random: () => number,
): Steps<AnswerModel> {
  const texts = rows.flatMap(({ said }) => said ?? []);
  const turns = yield* fitBasis(
    rows.map(({ turn }) => turn),
    random,
  );
  const said = texts.length < rows.length / 2 ? undefined : yield* fitBasis(texts, random);
  const bare = { answers: momentsOf(rows), turns, said };
  const wide: SparseRow[] = [];
  for (const row of rows) {
    wide.push(wideRow(row, bare));
    if (wide.length % rowsPerStep === 0) yield;
  }
  const ridge = yield* fitSparseRidge(wide, targets, penalty, columnsOf(bare));
  yield;
  const trees = yield* fitForest(rows.map(narrowRow), targets, boostSettings(rows.length), random);
  return { ...bare, ridge, trees };
}

/** What the model says of an answer; finite for any. */
export function predictAnswer(model: AnswerModel, row: AnswerRow): number {
  const { columns, values } = wideRow(row, model);
  let sum = model.ridge.intercept;
  for (let at = 0; at < columns.length; at++) sum += (model.ridge.weights[columns[at] ?? 0] ?? 0) * (values[at] ?? 0);
  return (sum + predictForest(model.trees, narrowRow(row))) / 2;
}

type Bases = Pick<AnswerModel, 'answers' | 'turns' | 'said'>;

function momentsOf(rows: readonly AnswerRow[]): AnswerModel['answers'] {
  const size = answerFeatureNames.length;
  const [mean, deviation] = [new Float64Array(size), new Float64Array(size)];
  for (const { answer } of rows)
    for (let at = 0; at < size; at++) mean[at] = (mean[at] ?? 0) + (answer[at] ?? 0) / rows.length;
  for (const { answer } of rows)
    for (let at = 0; at < size; at++)
      deviation[at] = (deviation[at] ?? 0) + ((answer[at] ?? 0) - (mean[at] ?? 0)) ** 2 / rows.length;
  return { mean: Float32Array.from(mean), deviation: Float32Array.from(deviation, Math.sqrt) };
}

function columnsOf({ turns, said }: Bases): number {
  const words = (basis: Basis): number => denseNames.length + basis.grams.columns.length;
  return answerFeatureNames.length + words(turns) + (said ? words(said) : 0);
}

/** For the ridge: answer features, then the question's, then those of the answer's words. */
function wideRow({ answer, turn, said }: AnswerRow, bases: Bases): SparseRow {
  const { mean, deviation } = bases.answers;
  const standard = answer.map((value, at) => {
    const spread = deviation[at] ?? 0;
    return spread > 1e-6 ? scale * Math.max(-furthest, Math.min(furthest, (value - (mean[at] ?? 0)) / spread)) : 0;
  });
  const parts: SparseRow[] = [{ columns: Uint32Array.from(standard, (_, at) => at), values: standard }];
  parts.push(rowOf(turn, bases.turns).words);
  if (said && bases.said) parts.push(rowOf(said, bases.said).words);
  const starts = [0, answer.length, answer.length + denseNames.length + bases.turns.grams.columns.length];
  const size = parts.reduce((sum, { columns }) => sum + columns.length, 0);
  const [columns, values] = [new Uint32Array(size), new Float32Array(size)];
  let put = 0;
  for (const [part, row] of parts.entries()) {
    const start = starts[part] ?? 0;
    columns.set(
      row.columns.map((column) => column + start),
      put,
    );
    values.set(row.values, put);
    put += row.columns.length;
  }
  return { columns, values };
}

/** For the trees: what has no words. */
function narrowRow({ answer, turn, said }: AnswerRow): Float32Array {
  const row = new Float32Array(answer.length + 2 * denseNames.length);
  row.set(answer);
  row.set(turn.dense, answer.length);
  if (said) row.set(said.dense, answer.length + denseNames.length);
  return row;
}
