import type { AuditOutcome } from './audit-outcome.js';
import type { BoundReport } from './bound-report.js';
import { type Evidence, evidenceAgainst } from './e-test.js';
import { type JudgeErrors, observedRate } from './observed-rate.js';
import type { PausedTenant } from './tenant-detectors.js';

/** The share of candidates that is audited, 0 to 1, by what the controller is doing. */
export interface AuditRates {
  /** While nothing is served: an audit then costs no strong call, only the judge. @default 1 */
  readonly proving?: number;
  /** While some of what is served is unproved. @default 0.25 */
  readonly unproved?: number;
  /** While a looser threshold is likely to be proved soon. @default 0.25 */
  readonly climbing?: number;
  /** In the long run; at least 0.02, since the time to notice drift grows as one over it. @default 0.05 */
  readonly cruising?: number;
  /** While failures come thick. @default 0.5 */
  readonly suspicious?: number;
}

/** What becomes of cheap answers that are not proved yet. */
export type Assurance = 'guarded' | 'proven';

/** Options of a controller. */
export interface ControllerOptions {
  /** The largest acceptable share of wrong answers among those served, above 0 and below 0.5. @default 0.02 */
  readonly maxErrorRate?: number | undefined;
  /** The probability, in each epoch, that the promise fails. @default 0.05 */
  readonly delta?: number | undefined;
  /** How often the judge errs. */
  readonly judge?: JudgeErrors | undefined;
  /**
   * `guarded` serves, labelled unproved, what lies at or above `strictThreshold` until it is revoked, and goes looser
   * only where that is proved. `proven` serves nothing until proved. @default 'guarded'
   */
  readonly assurance?: Assurance | undefined;
  /** The lowest score that `guarded` serves unproved; required there, unused otherwise. */
  readonly strictThreshold?: number | undefined;
  readonly auditRates?: AuditRates | undefined;
  /**
   * A looser threshold is climbed to if its proof is expected within so many audits. What that wins, traffic, does not
   * depend on the error rate, and so neither does this. @default 700
   */
  readonly climbWithin?: number;
  /** Names all that gives scores and verdicts their meaning (models, embedder, judge, guard): a change starts anew. */
  readonly fingerprint: string;
  /** An audit without a verdict after this time has failed, in milliseconds. @default 600000 */
  readonly ticketTimeoutMs?: number | undefined;
  /**
   * This long after the start of an epoch in which nothing can be proved, another one begins, without evidence.
   * Milliseconds. @default one week
   */
  readonly retryAfterMs?: number | undefined;
  /** While so many audits are pending, no further one is drawn. @default 1000 */
  readonly maxPending?: number | undefined;
  /** Uniform in [0, 1): the audit coin. It must not depend on the candidate. */
  readonly random: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Names this controller in the audits that it draws; never that of another one. @default random */
  readonly run?: string | undefined;
  /** Called when serving was revoked, with what was known at that moment. */
  readonly onRevoked?: ((last: BoundReport) => void) | undefined;
  /** Called when a tenant is no longer served. */
  readonly onTenantPaused?: ((pause: PausedTenant) => void) | undefined;
  /** Called once for each audit that ends, in the order in which they were drawn, those aside that are dropped. */
  readonly onAudit?: ((outcome: AuditOutcome) => void) | undefined;
}

/** Options with every default filled in. */
export interface ControllerSettings {
  readonly maxErrorRate: number;
  readonly delta: number;
  readonly judge: Required<JudgeErrors>;
  readonly assurance: Assurance;
  readonly strictThreshold: number;
  readonly auditRates: Required<AuditRates>;
  readonly climbWithin: number;
  readonly ticketTimeoutMs: number;
  readonly retryAfterMs: number;
  readonly maxPending: number;
  /** The rate of "fail" from the judge that stands for `maxErrorRate`: what the tests are about. */
  readonly target: number;
  /** The evidence that the rate of "fail" is below the target. */
  readonly evidence: Evidence;
}

const weekMs = 7 * 24 * 3_600_000;
/** Below this rate drift is noticed too late to be worth a promise. */
const leastCruisingRate = 0.02;

/** Fills in and checks. Throws a `TypeError` that names the option, what was expected and what came. */
export function readControllerOptions(options: ControllerOptions): ControllerSettings {
  const { maxErrorRate = 0.02, delta = 0.05, assurance = 'guarded' } = options;
  const judge = { falseFail: options.judge?.falseFail ?? 0, falsePass: options.judge?.falsePass ?? 0.05 };
  const rates = options.auditRates ?? {};
  const auditRates = {
    proving: rates.proving ?? 1,
    unproved: rates.unproved ?? 0.25,
    climbing: rates.climbing ?? 0.25,
    cruising: rates.cruising ?? 0.05,
    suspicious: rates.suspicious ?? 0.5,
  };
  const { strictThreshold = Number.NaN, climbWithin = 700 } = options;
  const { ticketTimeoutMs = 600_000, retryAfterMs = weekMs, maxPending = 1000 } = options;
  const target = observedRate(maxErrorRate, judge);

  expect('maxErrorRate', 'a number above 0 and below 0.5', maxErrorRate, maxErrorRate > 0 && maxErrorRate < 0.5);
  expect('delta', 'a number above 0 and below 1', delta, delta > 0 && delta < 1);
  expect('judge.falseFail', 'a share from 0 to 1', judge.falseFail, isShare(judge.falseFail));
  expect('judge.falsePass', 'a share from 0 to 1', judge.falsePass, isShare(judge.falsePass));
  const informs = judge.falseFail + judge.falsePass < 1 && target < 0.5;
  expect('judge', 'errors that leave the target below one half', `target ${target}`, informs);
  expect('assurance', "'guarded' or 'proven'", assurance, assurance === 'guarded' || assurance === 'proven');
  const hasThreshold = assurance === 'proven' || Number.isFinite(strictThreshold);
  expect('strictThreshold', "a number, with assurance 'guarded'", options.strictThreshold, hasThreshold);
  for (const [name, rate] of Object.entries(auditRates))
    expect(`auditRates.${name}`, 'a share above 0, up to 1', rate, isShare(rate) && rate > 0);
  const { cruising } = auditRates;
  expect('auditRates.cruising', `at least ${leastCruisingRate}`, cruising, cruising >= leastCruisingRate);
  expect('climbWithin', 'a number, not negative', climbWithin, climbWithin >= 0);
  expect('ticketTimeoutMs', 'a positive number', ticketTimeoutMs, ticketTimeoutMs > 0);
  expect('retryAfterMs', 'a positive number', retryAfterMs, retryAfterMs > 0);
  expect('maxPending', 'a positive whole number', maxPending, Number.isInteger(maxPending) && maxPending > 0);
  return {
    maxErrorRate,
    delta,
    judge,
    assurance,
    strictThreshold,
    auditRates,
    climbWithin,
    ticketTimeoutMs,
    retryAfterMs,
    maxPending,
    target,
    evidence: evidenceAgainst(target),
  };
}

function isShare(value: number): boolean {
  return value >= 0 && value <= 1;
}

function expect(option: string, expected: string, got: unknown, holds: boolean): void {
  if (!holds) throw new TypeError(`${option}: expected ${expected}, got ${String(got)}.`);
}
