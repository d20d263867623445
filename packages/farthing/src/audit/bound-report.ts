import type { ControllerSettings } from './controller-options.js';
import { auditsNeeded, upperBound } from './e-test.js';
import { type Epoch, isUnprovable } from './epoch.js';
import { type JudgeErrors, trueRate } from './observed-rate.js';
import { serviceOf } from './service.js';
import type { PausedTenant } from './tenant-detectors.js';
import { startingAlpha } from './threshold-grid.js';
import { at, type ThresholdTests } from './threshold-tests.js';

/**
 * `proving`: nothing is served yet. `proved`: all that is served is proved. `unproved`: some of it is not.
 * `revoked`: the error rose, serving is paused and being proved again. `unprovable`: enough was audited to say that no
 * threshold can be proved at this error rate; what was measured is in the report.
 */
export type BoundState = 'proving' | 'proved' | 'unproved' | 'revoked' | 'unprovable';

/** The proof that is nearest. */
export interface NextProof {
  /** The score from which on it would be served; undefined until there is a grid. */
  readonly threshold: number | undefined;
  readonly audits: number;
  readonly failures: number;
  /** Audits after which it is proved, if no further one fails. */
  readonly need: number;
}

/** What is known about the error rate among the cheap answers. */
export interface BoundReport {
  readonly state: BoundState;
  /** Counts from 0; each revocation and each reset begins a new one, without evidence. */
  readonly epoch: number;
  readonly maxErrorRate: number;
  /** The probability that the promise holds through an epoch. */
  readonly confidence: number;
  readonly judge: Required<JudgeErrors>;
  /** The lowest score that is served; undefined where nothing is. */
  readonly threshold: number | undefined;
  /** The lowest score that is served as proved; undefined where nothing is. */
  readonly provedThreshold: number | undefined;
  /** The threshold at which the following was measured. */
  readonly measuredAt: number | undefined;
  readonly audits: number;
  readonly failures: number;
  /** Share of audits that failed, as the judge saw it; undefined before the first. */
  readonly estimate: number | undefined;
  /** Upper bound of the true error rate at `measuredAt`. 1 while nothing can be said. */
  readonly bound: number;
  readonly nextProof: NextProof | undefined;
  /** Scores that are missing until thresholds can be chosen. */
  readonly scoresMissing: number;
  /** Audits without a verdict. */
  readonly pending: number;
  /** Tenants that are served nothing, since their answers went wrong while the others' did not. */
  readonly pausedTenants: readonly PausedTenant[];
}

/** What a report says beside the evidence. */
export interface Circumstances extends Pick<BoundReport, 'pending' | 'pausedTenants'> {
  readonly scoresMissing: number;
}

interface Measured {
  readonly threshold: number | undefined;
  readonly audits: number;
  readonly failures: number;
}

/** A threshold was chosen among many, so the bound shown for it spends a part of delta: found by simulation, 0-3 % wrong. */
const shownPart = 0.25;

/** The report on an epoch. */
export function reportOf(epoch: Epoch, settings: ControllerSettings, circumstances: Circumstances): BoundReport {
  const { maxErrorRate, delta, judge } = settings;
  const service = serviceOf(epoch, settings);
  const state = stateOf(epoch, settings);
  const nextProof = nextProofOf(epoch.tests, settings);
  const measured = measuredIn(state, epoch, settings, nextProof);
  const { audits, failures } = measured;
  // The strict threshold was chosen by the user, before any verdict: nothing is to be paid for its choice.
  const level = state === 'unproved' ? delta : delta * shownPart;
  const bound = trueRate(upperBound(audits, failures, level), judge);
  return {
    state,
    epoch: epoch.number,
    maxErrorRate,
    confidence: 1 - delta,
    judge,
    threshold: Number.isFinite(service.servedFrom) ? service.servedFrom : undefined,
    provedThreshold: Number.isFinite(service.provedFrom) ? service.provedFrom : undefined,
    measuredAt: measured.threshold,
    audits,
    failures,
    estimate: audits === 0 ? undefined : failures / audits,
    bound: state === 'proved' ? Math.min(maxErrorRate, bound) : bound,
    nextProof: state === 'unprovable' ? undefined : nextProof,
    scoresMissing: epoch.tests ? 0 : circumstances.scoresMissing,
    pending: circumstances.pending,
    pausedTenants: circumstances.pausedTenants,
  };
}

function stateOf(epoch: Epoch, settings: ControllerSettings): BoundState {
  const { servedFrom, provedFrom } = serviceOf(epoch, settings);
  if (provedFrom === servedFrom && provedFrom !== Infinity) return 'proved';
  if (isUnprovable(epoch, settings)) return 'unprovable';
  if (servedFrom !== Infinity) return 'unproved';
  return epoch.revoked ? 'revoked' : 'proving';
}

function measuredIn(
  state: BoundState,
  { tests, strictAudits, strictFailures, revoked }: Epoch,
  { assurance, strictThreshold }: ControllerSettings,
  nextProof: NextProof | undefined,
): Measured {
  const servesUnproved = assurance === 'guarded' && !revoked;
  if (servesUnproved && state !== 'proved')
    return { threshold: strictThreshold, audits: strictAudits, failures: strictFailures };
  if (tests && state === 'proved') return measuredAt(tests, tests.loosestProved);
  if (tests && state === 'unprovable') return measuredAt(tests, leastFailing(tests));
  return nextProof ?? { threshold: undefined, audits: 0, failures: 0 };
}

function measuredAt({ grid, audits, failures }: ThresholdTests, index: number): Measured {
  return { threshold: at(grid, index), audits: at(audits, index), failures: at(failures, index) };
}

function leastFailing({ audits, failures }: ThresholdTests): number {
  const rates = Array.from(audits, (count, index) => (count === 0 ? Infinity : at(failures, index) / count));
  return Math.max(0, rates.indexOf(Math.min(...rates)));
}

/** Among the tests that may still spend something and would loosen the threshold, the one with the fewest audits to go. */
function nextProofOf(tests: ThresholdTests | undefined, { delta, target }: ControllerSettings): NextProof | undefined {
  if (!tests) {
    const need = auditsNeeded(0, target, Math.max(...startingAlpha(delta)));
    return { threshold: undefined, audits: 0, failures: 0, need };
  }
  let next: NextProof | undefined;
  for (let index = tests.loosestProved + 1; index < tests.grid.length; index++) {
    const alpha = at(tests.alpha, index);
    if (alpha === 0) continue;
    const { threshold, audits, failures } = measuredAt(tests, index);
    const need = auditsNeeded(failures, target, alpha);
    if (!next || need - audits < next.need - next.audits) next = { threshold, audits, failures, need };
  }
  return next;
}
