import type { ScoredCall } from '../curve.js';
import type { Basis } from './basis.js';
import { updateEstimator } from './estimator.js';
import { type Evidence, noEvidence } from './evidence.js';
import { readFile, writeFile } from './file.js';
import { type Model, type Predictor, predictorOf } from './model.js';
import { modelOf, storedModel } from './model-file.js';
import type { Outcome } from './outcome.js';
import { type OutcomeTable, outcomesOf, rounded, tableOf } from './outcome-table.js';
import { type Refit, refit } from './refit.js';
import { rowOf } from './row.js';
import type { Steps } from './steps.js';

/** Learns one scope's traffic from its outcomes. */
export interface Learner {
  /** What decides about the next call. */
  readonly predictor: Predictor;
  readonly model: Model | undefined;
  readonly evidence: Evidence;
  readonly outcomes: number;
  /** Outcomes have grown enough since the last fit that `refit` is worth its time. */
  readonly isRefitDue: boolean;
  /** What the model would have said of its own outcomes: what a threshold can be chosen on. Empty after a restart. */
  readonly outOfFold: readonly ScoredCall[];
  /** Takes an outcome: the ridges learn it at once, the rest at the next refit. Under a millisecond or two. */
  add(outcome: Outcome): void;
  /** Fits anew on all outcomes; those that arrive meanwhile are learned after it. The old model answers until then. */
  refit(random: () => number): Steps<void>;
  /** All of it as text. */
  snapshot(): string;
}

/** What a learner may be made with. */
export interface LearnerOptions {
  /** What `snapshot` gave. */
  readonly snapshot?: string | undefined;
  /** A basis for the time until the scope has texts enough for its own. */
  readonly sharedBasis?: Basis | undefined;
  /** The oldest outcomes beyond this are forgotten. @default 10000 */
  readonly maxOutcomes?: number | undefined;
}

/** Share of new outcomes at which a refit is due, and how many there must be at least. */
const growth = 0.2;
const leastGrowth = 20;

/**
 * A learner, new or as it was saved.
 * @throws Error that says what is wrong with the snapshot
 */
export function createLearner(options: LearnerOptions = {}): Learner {
  const { sharedBasis, maxOutcomes = 10_000 } = options;
  const saved = options.snapshot === undefined ? undefined : readSnapshot(options.snapshot);
  const outcomes: Outcome[] = saved?.outcomes ?? [];
  let model = saved?.model;
  let predictor = predictorOf(model);
  let outOfFold: readonly ScoredCall[] = [];
  /** Outcomes that came since the last fit began. */
  let fresh = saved?.fresh ?? 0;

  const use = (fitted: Refit): void => {
    model = fitted.model;
    outOfFold = fitted.outOfFold;
    predictor = predictorOf(model);
  };
  const learn = (outcome: Outcome): void => {
    if (model) updateEstimator(model.estimator, rowOf(outcome.features, model.basis), outcome);
  };
  return {
    get predictor() {
      return predictor;
    },
    get model() {
      return model;
    },
    get evidence() {
      return model?.evidence ?? noEvidence;
    },
    get outcomes() {
      return outcomes.length;
    },
    get outOfFold() {
      return outOfFold;
    },
    get isRefitDue() {
      return fresh >= Math.max(leastGrowth, growth * (outcomes.length - fresh));
    },
    add(outcome) {
      const { embedding } = outcome.features;
      const kept = embedding
        ? { ...outcome, features: { ...outcome.features, embedding: rounded(embedding) } }
        : outcome;
      outcomes.push(kept);
      if (outcomes.length > maxOutcomes) outcomes.shift();
      fresh++;
      learn(kept);
    },
    *refit(random) {
      const learned = outcomes.slice();
      fresh = 0;
      const fitted = yield* refit({ outcomes: learned, sharedBasis, random });
      if (!fitted) return;
      use(fitted);
      for (const outcome of fresh === 0 ? [] : outcomes.slice(-fresh)) {
        learn(outcome);
        yield;
      }
    },
    snapshot() {
      return writeFile('learner', { fresh, outcomes: tableOf(outcomes), model: model && storedModel(model) });
    },
  };
}

function readSnapshot(file: string): { fresh: number; outcomes: Outcome[]; model: Model | undefined } {
  // the checksum has shown that `snapshot` wrote it
  const stored = readFile('learner', file) as { fresh: number; outcomes: OutcomeTable; model?: unknown };
  return {
    fresh: stored.fresh,
    outcomes: outcomesOf(stored.outcomes),
    model: stored.model === undefined ? undefined : modelOf(stored.model),
  };
}
