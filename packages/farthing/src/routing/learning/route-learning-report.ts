import type { NanoUsd } from '../../pricing/money.js';
import type { LossReport } from './loss-control.js';

/** What a route knows about its own traffic. */
export interface RouteLearningReport {
  /** The share of calls for the strongest target that is in force. */
  readonly strongShare: number;
  /** Whether scores decide which calls those are; else a lot does. */
  readonly isScored: boolean;
  /** Outcomes that the predictor was given, of audits and of `gate.outcome`. */
  readonly outcomes: number;
  /** Whether the outcomes show that scores tell calls apart, as of the last fit. */
  readonly evidence: {
    readonly isEnough: boolean;
    /** Outcomes of both targets that it rests on. */
    readonly outcomes: number;
    /** Area under the curve of recovered quality, of scores that never saw the outcome: 0.5 at random. NaN before the first fit. */
    readonly apgr: number;
    /** What the area is above but for a small probability: content decides only where it is over 0.5. */
    readonly atLeast: number;
  };
  /** Calls of which both targets' answers were compared. */
  readonly audits: number;
  /** What the second answers have cost since the gate was created, without what a judge asks. */
  readonly auditNanoUsd: NanoUsd;
  /** Where `maxQualityLoss` is set. */
  readonly loss: LossReport | undefined;
}
