import type { Features } from '../features/features.js';
import type { Basis } from './basis.js';
import { type Estimator, estimateGain } from './estimator.js';
import type { Evidence } from './evidence.js';
import { rowOf } from './row.js';

/** All that a scope has learned. */
export interface Model {
  readonly basis: Basis;
  readonly estimator: Estimator;
  readonly evidence: Evidence;
  /** Outcomes that it was fitted on. */
  readonly outcomes: number;
}

/** The expected gain of the strong target, on the scale of the outcomes, whatever the evidence; finite for any features. */
export function predictGain({ basis, estimator }: Model, features: Features): number {
  return estimateGain(estimator, rowOf(features, basis));
}

/** What decides about a call. */
export interface Predictor {
  /** `learned`: the score tells calls apart. `none`: it is the same for all, and content decides nothing. */
  readonly evidence: 'none' | 'learned';
  /** The higher, the more the call needs the strong target: the expected gain in quality, or 0 without evidence. */
  score(features: Features): number;
}

/** A predictor that decides nothing until the model has the evidence. */
export function predictorOf(model: Model | undefined): Predictor {
  if (!model?.evidence.isEnough) return { evidence: 'none', score: () => 0 };
  return { evidence: 'learned', score: (features) => predictGain(model, features) };
}
