import { randomId } from '../platform.js';
import type { AuditOutcome, Replayed } from './audit-outcome.js';
import { planAudits } from './audit-plan.js';
import { type BoundReport, reportOf } from './bound-report.js';
import {
  type Consideration,
  nothing,
  nothingForNow,
  serveProved,
  serveUnproved,
  type Ticket,
} from './consideration.js';
import { type ControllerOptions, readControllerOptions } from './controller-options.js';
import { aboutOf, type ControllerSnapshot, isProvable, isSnapshot, snapshotOf } from './controller-snapshot.js';
import { createCountedAudits } from './counted-audits.js';
import { alarmAt, suspicion, watch } from './drift-detector.js';
import { createEpoch, type Epoch, isUnprovable, restoredEpoch } from './epoch.js';
import { createPendingAudits, type DrawnAudit } from './pending-audits.js';
import { createRecentScores } from './recent-scores.js';
import { type Service, serviceOf, type ThresholdsInForce } from './service.js';
import { createTenantDetectors } from './tenant-detectors.js';
import { warmUpSize } from './threshold-grid.js';
import { countAudit, createTests, loosestFrom, proveThresholds } from './threshold-tests.js';

/** How far clocks may differ. */
const dayMs = 86_400_000;

/** Keeps the error rate of cheap answers under a bound. All calls are synchronous and never throw. */
export interface Controller {
  /**
   * Decides about a candidate by its score (higher is safer). A score that is no finite number is never served.
   * @param tenant whose candidate it is, where tenants are to be watched each by itself
   */
  readonly consider: (score: number, tenant?: string) => Consideration;
  /** The verdict of an audit: whether the cheap answer would have been a failure. A lost audit counts as one. */
  readonly label: (ticket: Ticket, failed: boolean) => void;
  /**
   * Takes back an audit that was never begun, for a reason that has nothing to do with the answer: no money was left for
   * it. {@link throttle} all audits then, so that none is drawn that will not be made.
   */
  readonly drop: (ticket: Ticket) => void;
  /**
   * Takes in an audit of the past, with its verdict, that this controller or another one drew under the same fingerprint.
   * Hand them in as they were drawn: by their numbers within a run, and runs merged by time. Then each is a fair draw from
   * what stood above `auditedFrom`, as a live one is, and counts for the thresholds that were audited whole.
   * @param choseThresholds its own score took part in the choice of thresholds, for which it is no fair draw
   */
  readonly replay: (audit: AuditOutcome, choseThresholds?: boolean) => Replayed;
  /** Takes the score of a candidate of the past for the choice of thresholds; false where none is needed any more. */
  readonly warmUp: (score: number) => boolean;
  /** Scores that are missing until thresholds can be chosen. */
  readonly scoresMissing: () => number;
  /** Whether nothing is served to a tenant just now, since its answers went wrong while the others' did not. */
  readonly isPaused: (tenant: string) => boolean;
  /** The thresholds in force, cheaply and without a coin. */
  readonly inForce: () => ThresholdsInForce;
  /** Audits only this share of what would be audited, 0 to 1, from now on and for all candidates alike. */
  readonly throttle: (share: number) => void;
  readonly report: () => BoundReport;
  /** The `bound` of the report, cheaply. */
  readonly bound: () => number;
  /** All that a later process needs, as plain JSON. */
  readonly snapshot: () => ControllerSnapshot;
  /**
   * Goes on from a snapshot. Audits that were pending count as failures. Starts anew where it was made under another
   * fingerprint or for another promise (`foreign`), or is none, or none that this promise allows (`impossible`).
   */
  readonly restore: (snapshot: unknown) => 'restored' | 'foreign' | 'impossible';
  /** Forgets all evidence and starts a new epoch as at first; `fingerprint` if something that matters has changed. */
  readonly reset: (fingerprint?: string) => void;
}

/**
 * A controller that moves the threshold of a cheap path so that, with probability 1 - delta in each epoch, the error
 * rate among what is served as proved never passes `maxErrorRate`. The method, its proof and what breaks it:
 * docs/decisions/0011. Throws a `TypeError` for options that make no sense.
 * @example
 * const controller = createController({ maxErrorRate: 0.02, assurance: 'proven', fingerprint, random, now });
 * const { serve, audit } = controller.consider(score);
 * if (audit) judgeLater().then((verdict) => controller.label(audit, verdict === 'fail'));
 */
export function createController(options: ControllerOptions): Controller {
  const settings = readControllerOptions(options);
  const { random, now, onRevoked, onTenantPaused, onAudit, run = randomId() } = options;
  const { delta, target } = settings;
  const alarm = alarmAt(settings.maxErrorRate);
  const tenantOptions = { target, alarm, pauseMs: settings.retryAfterMs };
  const pending = createPendingAudits(settings.ticketTimeoutMs);
  let { fingerprint } = options;
  let recent = createRecentScores(warmUpSize);
  let known = createCountedAudits();
  let tenants = createTenantDetectors(tenantOptions);
  let epoch: Epoch = createEpoch(
    { number: 0, revoked: false, startedAtMs: now(), notBeforeMs: undefined },
    undefined,
    delta,
  );
  let service = serviceOf(epoch, settings);
  let shown: { readonly service: Service; readonly bound: number } | undefined;
  let share = 1;
  let nextId = 0;

  function begin(revoked: boolean, notBeforeMs: number | undefined): void {
    for (const audit of pending.all()) tell(audit, 'dropped');
    pending.clear();
    const scores = recent.missing() === 0 ? recent.all() : undefined;
    epoch = createEpoch({ number: epoch.number + 1, revoked, startedAtMs: now(), notBeforeMs }, scores, delta);
    service = serviceOf(epoch, settings);
  }

  function remember(score: number): void {
    recent.add(score);
    if (epoch.tests || recent.missing() > 0) return;
    epoch.tests = createTests(recent.all(), delta);
    service = serviceOf(epoch, settings);
  }

  function settle(): void {
    while (pending.size() > 0) {
      const audit = pending.takeSettled(now());
      if (!audit) return;
      tell(audit, audit.failed ? 'fail' : 'ok');
      count(audit, true);
    }
  }

  function tell(audit: DrawnAudit, outcome: AuditOutcome['outcome']): void {
    const { id, drawnAtMs, score, auditedFrom, served, tenant } = audit;
    onAudit?.({ run, number: id, epoch: epoch.number, drawnAtMs, score, auditedFrom, served, tenant, outcome });
  }

  function count(audit: DrawnAudit, watched: boolean): void {
    const { score, loosest, served, aboveStrict, tenant, drawnAtMs, failed = true } = audit;
    epoch.counted++;
    if (aboveStrict) {
      epoch.strictAudits++;
      if (failed) epoch.strictFailures++;
    }
    if (epoch.tests) countAudit(epoch.tests, score, loosest, failed);
    if (served && watched) {
      watch(epoch.detector, failed, target);
      const pause = tenant === undefined ? undefined : tenants.watch(tenant, failed, drawnAtMs);
      // One that a log tells of may be over.
      if (pause && pause.untilMs > now()) onTenantPaused?.(pause);
    }
    if (suspicion(epoch.detector, target) >= alarm) {
      const last = report();
      begin(true, drawnAtMs);
      onRevoked?.(last);
      return;
    }
    if (epoch.tests) {
      proveThresholds(epoch.tests, settings.evidence);
      epoch.plan = planAudits(epoch.tests, settings);
    }
    service = serviceOf(epoch, settings);
    if (isUnprovable(epoch, settings) && now() - epoch.startedAtMs >= settings.retryAfterMs)
      begin(epoch.revoked, now());
  }

  function draw(score: number, tenant: string | undefined, before: Service): Ticket {
    const { auditedFrom, servedFrom, unprovedFrom, loosest } = before;
    const id = nextId++;
    const drawnAtMs = now();
    const [served, aboveStrict] = [score >= servedFrom, score >= unprovedFrom];
    known.add(run, id, drawnAtMs);
    pending.add({ id, score, loosest, auditedFrom, served, aboveStrict, tenant, drawnAtMs, failed: undefined });
    return { id, run };
  }

  function placeOf(audit: AuditOutcome): ReturnType<typeof known.placeOf> {
    if (audit.run === run) return audit.number < nextId ? 'duplicate' : 'gap';
    return known.placeOf(audit.run, audit.number, audit.drawnAtMs);
  }

  function report(): BoundReport {
    const pausedTenants = tenants.paused(now());
    return reportOf(epoch, settings, { pending: pending.size(), scoresMissing: recent.missing(), pausedTenants });
  }

  return {
    consider: (score, tenant) => {
      if (!Number.isFinite(score)) return nothing;
      settle();
      if (tenant !== undefined && tenants.isPaused(tenant, now())) return nothingForNow;
      // The candidate that completes the grid took part in choosing it, so it is still judged by what came before.
      const before = service;
      remember(score);
      const { servedFrom, provedFrom, auditedFrom, auditRate } = before;
      const decision = score < servedFrom ? nothing : score >= provedFrom ? serveProved : serveUnproved;
      if (score < auditedFrom || random() >= auditRate * share || pending.size() >= settings.maxPending)
        return decision;
      return { ...decision, audit: draw(score, tenant, before) };
    },
    label: ({ id }, failed) => {
      settle();
      pending.label(id, failed);
      settle();
    },
    drop: ({ id }) => {
      const audit = pending.drop(id);
      if (audit) tell(audit, 'dropped');
      settle();
    },
    replay: (audit, choseThresholds = false) => {
      settle();
      const { score, auditedFrom, tenant, drawnAtMs, outcome } = audit;
      // By a clock that is wrong: taken in, a revocation by it would refuse all that is honest until then.
      if (drawnAtMs > now() + dayMs) return 'too_new';
      const place = placeOf(audit);
      const { tests, notBeforeMs } = epoch;
      // What stands behind it is no gap either: all of it may count later.
      if (!tests && (place === 'next' || place === 'gap')) return 'no_thresholds';
      if (place !== 'next' || !tests) return place === 'next' ? 'no_thresholds' : place;
      known.add(audit.run, audit.number, drawnAtMs);
      if (outcome === 'dropped') return 'dropped';
      if (notBeforeMs !== undefined && drawnAtMs <= notBeforeMs) return 'before_revocation';
      const loosest = choseThresholds ? -1 : loosestFrom(tests, auditedFrom);
      const { servedFrom, unprovedFrom } = service;
      const aboveStrict = score >= unprovedFrom && auditedFrom <= unprovedFrom;
      const served = score >= servedFrom;
      const failed = outcome === 'fail';
      count({ id: audit.number, score, loosest, auditedFrom, served, aboveStrict, tenant, drawnAtMs, failed }, true);
      return 'counted';
    },
    warmUp: (score) => {
      if (epoch.tests || !Number.isFinite(score)) return false;
      remember(score);
      return true;
    },
    scoresMissing: () => (epoch.tests ? 0 : recent.missing()),
    isPaused: (tenant) => tenants.isPaused(tenant, now()),
    inForce: () => service,
    throttle: (next) => {
      share = Math.min(1, Math.max(0, next));
    },
    report: () => {
      settle();
      return report();
    },
    bound: () => {
      // Every change of the evidence makes a new service.
      if (shown?.service !== service) shown = { service, bound: report().bound };
      return shown.bound;
    },
    snapshot: () => {
      settle();
      return snapshotOf({
        epoch,
        settings,
        fingerprint,
        recent: recent.all(),
        pending: pending.all(),
        nextId,
        known: known.snapshot(),
        tenants: tenants.snapshot(),
      });
    },
    restore: (value) => {
      if (!isSnapshot(value)) {
        begin(false, undefined);
        return 'impossible';
      }
      if (value.about !== aboutOf(fingerprint, settings)) {
        begin(false, undefined);
        return 'foreign';
      }
      if (!isProvable(value, settings)) {
        begin(value.revoked, value.notBeforeMs ?? undefined);
        return 'impossible';
      }
      recent = createRecentScores(warmUpSize, value.recent.slice(-warmUpSize));
      known = createCountedAudits(value.known);
      // Numbers count the draws of this run alone. Only where it is the same one do they go on.
      nextId = Math.max(nextId, known.next(run));
      tenants = createTenantDetectors(tenantOptions, value.tenants);
      for (const audit of pending.all()) tell(audit, 'dropped');
      pending.clear();
      epoch = restoredEpoch(value, settings);
      service = serviceOf(epoch, settings);
      for (const audit of value.pending) {
        // An alarm on the way ends the epoch that these belong to.
        if (epoch.number !== value.epoch) break;
        // A restart is no drift: what it lost counts against every proof, but raises no alarm.
        const { failed, tenant } = audit;
        count({ ...audit, tenant: tenant ?? undefined, failed: failed ?? true }, failed !== null);
      }
      return 'restored';
    },
    reset: (changed) => {
      fingerprint = changed ?? fingerprint;
      recent = createRecentScores(warmUpSize);
      tenants = createTenantDetectors(tenantOptions);
      begin(false, now());
    },
  };
}
