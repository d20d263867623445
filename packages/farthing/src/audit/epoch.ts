import { type AuditPlan, firstPlan, planAudits } from './audit-plan.js';
import type { ControllerSettings } from './controller-options.js';
import type { ControllerSnapshot } from './controller-snapshot.js';
import { createDetector, type DriftDetector } from './drift-detector.js';
import { createTests, restoredTests, type ThresholdTests } from './threshold-tests.js';

/** All evidence since the start or the last revocation; the promise is made for each epoch apart. */
export interface Epoch {
  readonly number: number;
  /** It began with a revocation: nothing is served unproved. */
  readonly revoked: boolean;
  /** Epoch milliseconds of the clock. */
  readonly startedAtMs: number;
  /** Audits that were drawn by then speak of what was given up: a log brings none of them back. Epoch milliseconds. */
  readonly notBeforeMs: number | undefined;
  /** Undefined until enough scores are known to fix the grid. */
  tests: ThresholdTests | undefined;
  plan: AuditPlan;
  readonly detector: DriftDetector;
  /** Audits counted. */
  counted: number;
  /** Audits above the strict threshold, while answers there were served unproved. */
  strictAudits: number;
  strictFailures: number;
}

/** How an epoch begins. */
export type NewEpoch = Pick<Epoch, 'number' | 'revoked' | 'startedAtMs' | 'notBeforeMs'>;

/** An epoch without evidence. `scores` fix its grid, if there are enough. */
export function createEpoch(begun: NewEpoch, scores: readonly number[] | undefined, delta: number): Epoch {
  return {
    ...begun,
    tests: scores && createTests(scores, delta),
    plan: firstPlan,
    detector: createDetector(),
    counted: 0,
    strictAudits: 0,
    strictFailures: 0,
  };
}

/** The epoch of a snapshot that is about the same promise. */
export function restoredEpoch(snapshot: ControllerSnapshot, settings: ControllerSettings): Epoch {
  const { strict } = snapshot;
  const tests = snapshot.tests ? restoredTests(snapshot.tests) : undefined;
  // Counts are about one threshold: they are of no use to another.
  const sameStrict = strict.threshold === settings.strictThreshold;
  return {
    number: snapshot.epoch,
    revoked: snapshot.revoked,
    startedAtMs: snapshot.startedAtMs,
    notBeforeMs: snapshot.notBeforeMs ?? undefined,
    tests,
    plan: tests ? planAudits(tests, settings) : firstPlan,
    detector: { twice: snapshot.detector.twice, fourTimes: snapshot.detector.fourTimes },
    counted: snapshot.counted,
    strictAudits: sameStrict ? strict.audits : 0,
    strictFailures: sameStrict ? strict.failures : 0,
  };
}

/**
 * Labels, in units of one over the error rate, after which "no threshold is left" is said. Few, since thresholds that are
 * given up get no more labels, and the strictest, which still does, sees one candidate in fifty.
 */
const stopAfter = 1;

/** Whether enough was audited to say that nothing can be proved: the stop rule. */
export function isUnprovable({ tests, plan, counted }: Epoch, { maxErrorRate }: ControllerSettings): boolean {
  return (tests?.loosestProved ?? -1) < 0 && plan.hopeless && counted >= stopAfter / maxErrorRate;
}
