import type { ControllerSettings } from './controller-options.js';
import type { CountedSnapshot } from './counted-audits.js';
import type { Epoch } from './epoch.js';
import type { DrawnAudit } from './pending-audits.js';
import type { TenantsSnapshot } from './tenant-detectors.js';
import { gridSize } from './threshold-grid.js';

/** A controller's state as plain JSON. It holds scores, counts and the names of tenants, no text. */
export interface ControllerSnapshot {
  readonly version: 2;
  /** The fingerprint and the promise that the evidence is about. */
  readonly about: string;
  readonly epoch: number;
  readonly revoked: boolean;
  readonly startedAtMs: number;
  readonly notBeforeMs: number | null;
  readonly counted: number;
  readonly tests: TestsSnapshot | null;
  readonly detector: { readonly twice: number; readonly fourTimes: number };
  readonly strict: { readonly threshold: number | null; readonly audits: number; readonly failures: number };
  readonly recent: readonly number[];
  readonly pending: readonly PendingSnapshot[];
  readonly nextId: number;
  /** Which audits are in here, by the runs that drew them: a log brings none of them twice. */
  readonly known: CountedSnapshot;
  readonly tenants: TenantsSnapshot;
}

/** The evidence of each threshold, strict to loose; the loosest that is proved follows from it. */
export interface TestsSnapshot {
  readonly grid: readonly number[];
  readonly audits: readonly number[];
  readonly failures: readonly number[];
  readonly alpha: readonly number[];
  readonly proved: readonly number[];
}

/** An audit under way; without a verdict, `failed` is null. */
export interface PendingSnapshot extends Omit<DrawnAudit, 'failed' | 'tenant'> {
  readonly failed: boolean | null;
  readonly tenant: string | null;
}

/** What a snapshot is made from. */
export interface ControllerParts {
  readonly epoch: Epoch;
  readonly settings: ControllerSettings;
  readonly fingerprint: string;
  readonly recent: readonly number[];
  readonly pending: readonly DrawnAudit[];
  readonly nextId: number;
  readonly known: CountedSnapshot;
  readonly tenants: TenantsSnapshot;
}

/** The state, copied. */
export function snapshotOf({
  epoch,
  settings,
  fingerprint,
  recent,
  pending,
  nextId,
  known,
  tenants,
}: ControllerParts): ControllerSnapshot {
  const { tests, detector } = epoch;
  const { strictThreshold } = settings;
  return {
    version: 2,
    about: aboutOf(fingerprint, settings),
    epoch: epoch.number,
    revoked: epoch.revoked,
    startedAtMs: epoch.startedAtMs,
    notBeforeMs: epoch.notBeforeMs ?? null,
    counted: epoch.counted,
    tests: tests
      ? {
          grid: [...tests.grid],
          audits: [...tests.audits],
          failures: [...tests.failures],
          alpha: [...tests.alpha],
          proved: [...tests.proved],
        }
      : null,
    detector: { twice: detector.twice, fourTimes: detector.fourTimes },
    strict: {
      // `assurance: 'proven'` has none, and JSON has no NaN.
      threshold: Number.isFinite(strictThreshold) ? strictThreshold : null,
      audits: epoch.strictAudits,
      failures: epoch.strictFailures,
    },
    recent: [...recent],
    pending: pending.map((audit) => ({ ...audit, failed: audit.failed ?? null, tenant: audit.tenant ?? null })),
    nextId,
    known,
    tenants,
  };
}

/** A proof is about one target and one delta: with another, the counts would still hold but the proofs would not. */
export function aboutOf(fingerprint: string, { maxErrorRate, delta, judge }: ControllerSettings): string {
  return JSON.stringify([fingerprint, maxErrorRate, delta, judge.falseFail, judge.falsePass]);
}

/** Whether a value is a snapshot, whole and possible: a damaged one must not serve what nobody proved. */
export function isSnapshot(value: unknown): value is ControllerSnapshot {
  if (!isObject(value) || value['version'] !== 2 || typeof value['about'] !== 'string') return false;
  const { epoch, revoked, startedAtMs, notBeforeMs, counted, tests, detector, strict, recent, pending, nextId } = value;
  return (
    [epoch, counted, nextId].every(isCount) &&
    typeof revoked === 'boolean' &&
    Number.isFinite(startedAtMs) &&
    (notBeforeMs === null || Number.isFinite(notBeforeMs)) &&
    (tests === null || isTests(tests)) &&
    isObject(detector) &&
    isPositive(detector['twice']) &&
    isPositive(detector['fourTimes']) &&
    isObject(strict) &&
    (strict['threshold'] === null || Number.isFinite(strict['threshold'])) &&
    isCount(strict['audits']) &&
    isCount(strict['failures']) &&
    Array.isArray(recent) &&
    recent.every(Number.isFinite) &&
    Array.isArray(pending) &&
    pending.every(isPending) &&
    isKnown(value['known']) &&
    areTenants(value['tenants'])
  );
}

/** What rounding may add up to as parts of delta are handed on. */
const rounding = 1e-9;

/**
 * Whether the proofs of a snapshot can have come about. Failures that followed a proof leave it as it is, so that all passes
 * may have stood before it: those alone must prove it, at the most that there ever was to spend.
 */
export function isProvable({ tests }: ControllerSnapshot, { delta, evidence }: ControllerSettings): boolean {
  if (!tests) return true;
  if (tests.alpha.reduce((sum, each) => sum + each, 0) > delta + rounding) return false;
  return tests.proved.every((proved, index) => {
    const passes = (tests.audits[index] ?? 0) - (tests.failures[index] ?? 0);
    return proved === 0 || evidence(passes, 0) >= -Math.log(delta) - rounding;
  });
}

function isKnown(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value['runs'])) return false;
  const { runs, forgottenUntilMs } = value;
  return (
    (forgottenUntilMs === null || Number.isFinite(forgottenUntilMs)) &&
    runs.every(
      (row) =>
        Array.isArray(row) &&
        typeof row[0] === 'string' &&
        isCount(row[1]) &&
        isCount(row[2]) &&
        Number.isFinite(row[3]),
    )
  );
}

function areTenants(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value['suspects']) || !Array.isArray(value['paused'])) return false;
  const { suspects, paused } = value;
  return (
    suspects.every(
      (row) =>
        Array.isArray(row) &&
        typeof row[0] === 'string' &&
        [row[1], row[2]].every(isPositive) &&
        [row[3], row[4], row[5]].every(isCount),
    ) &&
    paused.every(
      (each) =>
        isObject(each) &&
        typeof each['tenant'] === 'string' &&
        Number.isFinite(each['untilMs']) &&
        isCount(each['audits']) &&
        isCount(each['failures']),
    )
  );
}

function isTests(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { grid, audits, failures, alpha, proved } = value;
  if (![grid, audits, failures, alpha, proved].every((each) => Array.isArray(each) && each.length === gridSize))
    return false;
  const rows = value as unknown as TestsSnapshot; // arrays of the right length; their elements are checked here
  // Proofs only hand on what there was at first: less than one, whatever delta is.
  if (!(rows.alpha.reduce((sum, each) => sum + each, 0) < 1)) return false;
  return rows.grid.every(
    (threshold, index) =>
      Number.isFinite(threshold) &&
      threshold <= (rows.grid[index - 1] ?? Infinity) &&
      isCount(rows.audits[index]) &&
      isCount(rows.failures[index]) &&
      (rows.failures[index] ?? 0) <= (rows.audits[index] ?? 0) &&
      isShare(rows.alpha[index]) &&
      (rows.proved[index] === 0 || rows.proved[index] === 1),
  );
}

function isPending(value: unknown): boolean {
  return (
    isObject(value) &&
    isCount(value['id']) &&
    Number.isFinite(value['score']) &&
    Number.isInteger(value['loosest']) &&
    Number(value['loosest']) < gridSize &&
    Number.isFinite(value['auditedFrom']) &&
    (value['tenant'] === null || typeof value['tenant'] === 'string') &&
    typeof value['served'] === 'boolean' &&
    typeof value['aboveStrict'] === 'boolean' &&
    Number.isFinite(value['drawnAtMs']) &&
    (value['failed'] === null || typeof value['failed'] === 'boolean')
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isPositive(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) > 0;
}

function isShare(value: unknown): boolean {
  return Number.isFinite(value) && Number(value) >= 0 && Number(value) <= 1;
}
