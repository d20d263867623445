import type { Features } from '../features/features.js';
import type { Evidence } from '../predictor/evidence.js';
import { createLearner } from '../predictor/learner.js';
import { type Model, predictorOf } from '../predictor/model.js';
import type { Outcome } from '../predictor/outcome.js';
import { finishInSlices } from '../predictor/steps.js';

/** A route's predictor, kept up to date with its outcomes off the callers' path. */
export interface TrafficLearner {
  /** The expected gain of the strongest target; `undefined` while there is no evidence that scores tell calls apart. */
  readonly score: (features: Features) => number | undefined;
  readonly hasEvidence: () => boolean;
  readonly evidence: () => Evidence;
  readonly outcomes: () => number;
  readonly add: (outcome: Outcome) => void;
  /** Forgets every outcome: what was learned is of another time. */
  readonly forget: () => void;
  readonly snapshot: () => string;
  /** Resolves when no refit is under way. Never rejects. */
  readonly idle: () => Promise<void>;
  readonly close: () => void;
}

/** What a learner is made with. */
export interface TrafficLearnerOptions {
  /** What was trained offline: decides until as many outcomes of this route's own say something better. */
  readonly trained: Model | undefined;
  /** What `snapshot` gave. @throws Error where it can't be read */
  readonly saved: string | undefined;
  readonly random: () => number;
  /** After each refit, with the scores that its model would have given its outcomes unseen. */
  readonly onRefit: (scores: readonly number[]) => void;
  /** A refit failed: the model before it stays. */
  readonly onError: (error: unknown) => void;
}

/** A learner of one route's traffic. */
export function createTrafficLearner(options: TrafficLearnerOptions): TrafficLearner {
  const { random, onRefit, onError } = options;
  let { trained } = options;
  let learner = createLearner({ snapshot: options.saved });
  let refitting: Promise<void> | undefined;
  const stop = new AbortController();

  /** One's own outcomes say more than another time's, once they are as many and have evidence. */
  const isOwn = (): boolean => !trained || (learner.evidence.isEnough && learner.outcomes >= trained.outcomes);
  const predictor = () => (isOwn() ? learner.predictor : predictorOf(trained));

  const refit = async (): Promise<void> => {
    const fitted = learner;
    try {
      await finishInSlices(fitted.refit(random), {
        now: () => performance.now(),
        rest: () => new Promise((resolve) => setImmediate(resolve)),
        signal: stop.signal,
      });
      // it may have been forgotten meanwhile
      if (fitted === learner && isOwn()) onRefit(fitted.outOfFold.map(({ score }) => score));
    } catch (error) {
      if (!stop.signal.aborted) onError(error);
    }
  };
  return {
    score: (features) => {
      const { evidence, score } = predictor();
      return evidence === 'learned' ? score(features) : undefined;
    },
    hasEvidence: () => predictor().evidence === 'learned',
    evidence: () => (isOwn() || !trained ? learner.evidence : trained.evidence),
    outcomes: () => learner.outcomes,
    add: (outcome) => {
      learner.add(outcome);
      if (refitting || !learner.isRefitDue || stop.signal.aborted) return;
      refitting = refit().finally(() => {
        refitting = undefined;
      });
    },
    forget: () => {
      learner = createLearner();
      trained = undefined;
    },
    snapshot: () => learner.snapshot(),
    idle: async () => {
      while (refitting) await refitting;
    },
    close: () => stop.abort(),
  };
}
