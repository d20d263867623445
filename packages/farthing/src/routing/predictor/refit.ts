import type { ScoredCall } from '../curve.js';
import { denseNames } from '../features/dense.js';
import type { Features } from '../features/features.js';
import { type Basis, fitBasis } from './basis.js';
import { estimateGain, fitEstimator } from './estimator.js';
import { noEvidence, weighEvidence } from './evidence.js';
import { foldsOf } from './folds.js';
import type { Model } from './model.js';
import { judgedOutcomes, type Outcome } from './outcome.js';
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
  const outOfFold = yield* crossFit(rows, outcomes, columns, random);
  const evidence = outOfFold.length === 0 ? noEvidence : yield* weighEvidence(outOfFold, random);
  const estimator = yield* fitEstimator(rows, outcomes, columns, random);
  return { model: { basis, estimator, evidence, outcomes: outcomes.length }, outOfFold };
}

/** Scores each outcome by an estimator that saw neither it nor a text with a passage in common. */
function* crossFit(
  rows: readonly Row[],
  outcomes: readonly Outcome[],
  columns: number,
  random: () => number,
): Steps<ScoredCall[]> {
  const judged = judgedOutcomes(outcomes);
  const folds = yield* foldsOf(
    outcomes.map(({ features }) => features.passages),
    foldCount(outcomes.length),
    random,
  );
  yield;
  const calls: ScoredCall[] = [];
  for (let fold = 0; fold < foldCount(outcomes.length); fold++) {
    const learned = [...rows.keys()].filter((index) => folds[index] !== fold);
    const estimator = yield* fitEstimator(
      learned.flatMap((index) => rows[index] ?? []),
      learned.flatMap((index) => outcomes[index] ?? []),
      columns,
      random,
    );
    for (const { index, weak, strong } of judged) {
      const row = rows[index];
      if (!row || folds[index] !== fold) continue;
      calls.push({ score: estimateGain(estimator, row), weak, strong });
      if (calls.length % 64 === 0) yield;
    }
    yield;
  }
  return calls;
}
