import type { ScoredCall } from '../curve.js';
import { denseNames } from '../features/dense.js';
import type { Features } from '../features/features.js';
import { type Basis, fitBasis } from './basis.js';
import { estimateGain, expectTiers, fitEstimator } from './estimator.js';
import { noEvidence, weighEvidence } from './evidence.js';
import { foldsOf } from './folds.js';
import type { Expected } from './imputation.js';
import { augmentedOutcomes, judgedOutcomes } from './judged.js';
import type { Model } from './model.js';
import type { Outcome } from './outcome.js';
import { type Row, rowOf } from './row.js';
import type { Steps } from './steps.js';

/** What a model is fitted on. */
export interface RefitInput {
  readonly outcomes: readonly Outcome[];
  /** Further texts of the scope, of which no outcome is known: they show what it asks about. */
  readonly texts?: readonly Features[] | undefined;
  /** A basis from elsewhere, for a scope that has too few texts for its own. */
  readonly sharedBasis?: Basis | undefined;
  /** Uniform in [0, 1); the same numbers give the same model. */
  readonly random: () => number;
}

/** A model, and what it would have said of its own outcomes without having seen them. */
export interface Refit {
  readonly model: Model;
  /** One for each outcome that tells about the gain, without bias: what a threshold can be chosen on. */
  readonly outOfFold: readonly ScoredCall[];
}

/** Texts from which on a scope's own basis is better than a shared one. */
const ownBasisTexts = 500;
/** Where outcomes are few, more folds leave more of them to learn from. */
const foldCount = (outcomes: number): number => (outcomes < 1000 ? 10 : 5);

/** Fits everything anew: basis, ridges, trees, and the evidence by cross-fitting. Undefined without any outcome. */
export function* refit(input: RefitInput): Steps<Refit | undefined> {
  const { outcomes, texts = [], random } = input;
  if (outcomes.length === 0) return undefined;
  const known = [...outcomes.map(({ features }) => features), ...texts];
  const isShared = input.sharedBasis !== undefined && known.length < ownBasisTexts;
  const basis = isShared ? input.sharedBasis : yield* fitBasis(known, random);
  const columns = denseNames.length + basis.grams.columns.length;
  const rows: Row[] = [];
  for (const { features } of outcomes) {
    rows.push(rowOf(features, basis));
    if (rows.length % 8 === 0) yield;
  }
  const unseen = yield* crossFit(rows, outcomes, columns, random);
  const scored = (judged: { readonly index: number; readonly weak: number; readonly strong: number }): ScoredCall => ({
    score: unseen[judged.index]?.score ?? 0,
    weak: judged.weak,
    strong: judged.strong,
  });
  const outOfFold = judgedOutcomes(outcomes).map(scored);
  const told = augmentedOutcomes(
    outcomes,
    unseen.map(({ expected }) => expected),
  ).map(scored);
  const evidence = outOfFold.length === 0 ? noEvidence : yield* weighEvidence(told, outOfFold.length, random);
  const estimator = yield* fitEstimator(rows, outcomes, columns, random);
  return { model: { basis, estimator, evidence, outcomes: outcomes.length }, outOfFold };
}

/** What an estimator said of an outcome that it had not seen. */
interface Unseen {
  readonly score: number;
  /** Where it learned from calls of which one side was seen. */
  readonly expected: Expected | undefined;
}

/**
 * What is said of each outcome by an estimator that saw neither it nor a text with a passage in common. The scores of a
 * fold are moved to the mean of all: an estimator that learned without a fold of high gains expects less of it than the
 * others do of theirs, so that unmoved scores of noise look worse than chance, and those of a signal worse than they are.
 */
function* crossFit(
  rows: readonly Row[],
  outcomes: readonly Outcome[],
  columns: number,
  random: () => number,
): Steps<Unseen[]> {
  const count = foldCount(outcomes.length);
  const folds = yield* foldsOf(
    outcomes.map(({ features }) => features.passages),
    count,
    random,
  );
  yield;
  const scores = new Float64Array(rows.length);
  const expected: (Expected | undefined)[] = rows.map(() => undefined);
  for (let fold = 0; fold < count; fold++) {
    const isHeld = (index: number) => folds[index] === fold;
    const learned = [...rows.keys()].filter((index) => !isHeld(index));
    const estimator = yield* fitEstimator(
      learned.flatMap((index) => rows[index] ?? []),
      learned.flatMap((index) => outcomes[index] ?? []),
      columns,
      random,
    );
    for (const [index, row] of rows.entries()) {
      if (!isHeld(index)) continue;
      scores[index] = estimateGain(estimator, row);
      expected[index] = estimator.tiers && expectTiers(estimator.tiers, row);
      if (index % 64 === 0) yield;
    }
    yield;
  }
  const moved = levelled(scores, folds, count);
  return expected.map((one, index) => ({ score: moved[index] ?? 0, expected: one }));
}

/** The values, moved so that each fold has the mean of all. */
function levelled(values: Float64Array, folds: Uint8Array, count: number): Float64Array {
  const [sums, sizes] = [new Float64Array(count), new Float64Array(count)];
  for (const [index, fold] of folds.entries()) {
    sums[fold] = (sums[fold] ?? 0) + (values[index] ?? 0);
    sizes[fold] = (sizes[fold] ?? 0) + 1;
  }
  const mean = sums.reduce((sum, part) => sum + part, 0) / Math.max(1, values.length);
  return values.map((value, index) => {
    const fold = folds[index] ?? 0;
    return value + mean - (sums[fold] ?? 0) / (sizes[fold] ?? 1);
  });
}
