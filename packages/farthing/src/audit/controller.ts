import { planAudits } from './audit-plan.js';
import { type BoundReport, reportOf } from './bound-report.js';
import { type ControllerOptions, readControllerOptions } from './controller-options.js';
import { aboutOf, type ControllerSnapshot, isSnapshot, snapshotOf } from './controller-snapshot.js';
import { alarmAt, suspicion, watch } from './drift-detector.js';
import { createEpoch, type Epoch, isUnprovable, restoredEpoch } from './epoch.js';
import { createPendingAudits, type DrawnAudit } from './pending-audits.js';
import { createRecentScores } from './recent-scores.js';
import { serviceOf, type ThresholdsInForce } from './service.js';
import { warmUpSize } from './threshold-grid.js';
import { countAudit, createTests, proveThresholds } from './threshold-tests.js';

/** Stands for one audit, from the draw to its verdict. */
export interface Ticket {
  readonly id: number;
}

/** What to do with one candidate. */
export interface Consideration {
  /** Whether the cheap answer may be served. */
  readonly serve: boolean;
  /** Whether it is served under the proved bound; false where nothing is served. */
  readonly proved: boolean;
  /** Set if this candidate was drawn for an audit: answer it with `label`, in any order. */
  readonly audit: Ticket | undefined;
}

/** Keeps the error rate of cheap answers under a bound. All calls are synchronous and never throw. */
export interface Controller {
  /** Decides about a candidate by its score (higher is safer). A score that is no finite number is never served. */
  readonly consider: (score: number) => Consideration;
  /** The verdict of an audit: whether the cheap answer would have been a failure. A lost audit counts as one. */
  readonly label: (ticket: Ticket, failed: boolean) => void;
  /**
   * Takes back an audit that was never begun, for a reason that has nothing to do with the answer: no money was left for
   * it. {@link throttle} all audits then, so that none is drawn that will not be made.
   */
  readonly drop: (ticket: Ticket) => void;
  /**
   * Takes in a candidate of the past with its verdict. Valid only if rows look like live traffic, come in an order that
   * has nothing to do with the verdict, none is left out because of it, and none was counted before.
   */
  readonly replay: (score: number, failed: boolean) => void;
  /** The thresholds in force, cheaply and without a coin. */
  readonly inForce: () => ThresholdsInForce;
  /** Audits only this share of what would be audited, 0 to 1, from now on and for all candidates alike. */
  readonly throttle: (share: number) => void;
  readonly report: () => BoundReport;
  /** All that a later process needs, as plain JSON. */
  readonly snapshot: () => ControllerSnapshot;
  /**
   * Goes on from a snapshot. Audits that were pending count as failures. Answers false, and starts anew, where it is
   * none or was made under another fingerprint or for another promise.
   */
  readonly restore: (snapshot: unknown) => boolean;
  /** Forgets all evidence and starts a new epoch as at first; `fingerprint` if something that matters has changed. */
  readonly reset: (fingerprint?: string) => void;
}

const nothing: Consideration = { serve: false, proved: false, audit: undefined };
const serveProved: Consideration = { serve: true, proved: true, audit: undefined };
const serveUnproved: Consideration = { serve: true, proved: false, audit: undefined };

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
  const { random, now, onRevoked } = options;
  const { delta, target } = settings;
  const alarm = alarmAt(settings.maxErrorRate);
  const pending = createPendingAudits(settings.ticketTimeoutMs);
  let { fingerprint } = options;
  let recent = createRecentScores(warmUpSize);
  let epoch: Epoch = createEpoch(0, false, now(), undefined, delta);
  let service = serviceOf(epoch, settings);
  let share = 1;
  let nextId = 0;

  function begin(revoked: boolean): void {
    pending.clear();
    const scores = recent.missing() === 0 ? recent.all() : undefined;
    epoch = createEpoch(epoch.number + 1, revoked, now(), scores, delta);
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
      count(audit, true);
    }
  }

  function count({ score, loosest, served, aboveStrict, failed = true }: DrawnAudit, watched: boolean): void {
    epoch.counted++;
    if (aboveStrict) {
      epoch.strictAudits++;
      if (failed) epoch.strictFailures++;
    }
    if (epoch.tests) countAudit(epoch.tests, score, loosest, failed);
    if (served && watched) watch(epoch.detector, failed, target);
    if (suspicion(epoch.detector, target) >= alarm) {
      const last = reportOf(epoch, settings, pending.size(), recent.missing());
      begin(true);
      onRevoked?.(last);
      return;
    }
    if (epoch.tests) {
      proveThresholds(epoch.tests, settings.evidence);
      epoch.plan = planAudits(epoch.tests, settings);
    }
    service = serviceOf(epoch, settings);
    if (isUnprovable(epoch, settings) && now() - epoch.startedAtMs >= settings.retryAfterMs) begin(epoch.revoked);
  }

  function draw(score: number, loosest: number, failed: boolean | undefined): Ticket {
    const id = nextId++;
    const served = score >= service.servedFrom;
    const aboveStrict = score >= service.unprovedFrom;
    pending.add({ id, score, loosest, served, aboveStrict, drawnAtMs: now(), failed });
    return { id };
  }

  return {
    consider: (score) => {
      if (!Number.isFinite(score)) return nothing;
      settle();
      // The candidate that completes the grid took part in choosing it, so it is still judged by what came before.
      const { servedFrom, provedFrom, auditedFrom, auditRate, loosest } = service;
      remember(score);
      const decision = score < servedFrom ? nothing : score >= provedFrom ? serveProved : serveUnproved;
      if (score < auditedFrom || random() >= auditRate * share || pending.size() >= settings.maxPending)
        return decision;
      return { serve: decision.serve, proved: decision.proved, audit: draw(score, loosest, undefined) };
    },
    label: ({ id }, failed) => {
      settle();
      pending.label(id, failed);
      settle();
    },
    drop: ({ id }) => {
      pending.drop(id);
      settle();
    },
    replay: (score, failed) => {
      if (!Number.isFinite(score)) return;
      settle();
      const { tests } = epoch;
      remember(score);
      // Every row is labelled, so the rate is 1 for all of them, at every threshold.
      draw(score, tests ? tests.grid.length - 1 : -1, failed);
      settle();
    },
    inForce: () => service,
    throttle: (next) => {
      share = Math.min(1, Math.max(0, next));
    },
    report: () => {
      settle();
      return reportOf(epoch, settings, pending.size(), recent.missing());
    },
    snapshot: () => {
      settle();
      return snapshotOf({ epoch, settings, fingerprint, recent: recent.all(), pending: pending.all(), nextId });
    },
    restore: (value) => {
      const known = isSnapshot(value);
      // Ids go on even from a foreign snapshot, so that no old ticket is taken for a new one.
      if (known) nextId = Math.max(nextId, value.nextId);
      if (!known || value.about !== aboutOf(fingerprint, settings)) {
        begin(false);
        return false;
      }
      recent = createRecentScores(warmUpSize, value.recent.slice(-warmUpSize));
      pending.clear();
      epoch = restoredEpoch(value, settings);
      service = serviceOf(epoch, settings);
      for (const audit of value.pending) {
        // An alarm on the way ends the epoch that these belong to.
        if (epoch.number !== value.epoch) break;
        // A restart is no drift: what it lost counts against every proof, but raises no alarm.
        count({ ...audit, failed: audit.failed ?? true }, audit.failed !== null);
      }
      return true;
    },
    reset: (changed) => {
      fingerprint = changed ?? fingerprint;
      recent = createRecentScores(warmUpSize);
      begin(false);
    },
  };
}
