import { type AuditOutcome, auditId } from './audit/audit-outcome.js';
import type { EvidenceSource } from './audit/evidence-source.js';

/**
 * The verdict on one audited answer: what `gate.replayAudits` needs of it. No text and no keys. It comes after the record
 * of the call, whose `semantic.audit` is its `id`.
 */
export interface AuditRecord extends Omit<AuditOutcome, 'drawnAtMs'>, EvidenceSource {
  /** Tells it from the record of a call. */
  readonly purpose: 'verdict';
  readonly id: string;
  /** When the audit was drawn, ISO 8601. */
  readonly time: string;
}

/** The record of an audit that has ended. */
export function auditRecord(outcome: AuditOutcome, source: EvidenceSource): AuditRecord {
  const { drawnAtMs, ...rest } = outcome;
  return { purpose: 'verdict', id: auditId(outcome), time: new Date(drawnAtMs).toISOString(), ...rest, ...source };
}

/** The outcome in a record that may have been read from anywhere; `undefined` where there is none, or not a whole one. */
export function outcomeIn(value: Readonly<Record<string, unknown>>): (AuditOutcome & EvidenceSource) | undefined {
  const { run, number, epoch, time, score, auditedFrom, served, tenant, outcome } = value;
  const { embedder, guard, judge, scope } = value;
  const drawnAtMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  const isWhole =
    typeof run === 'string' &&
    isCount(number) &&
    isCount(epoch) &&
    Number.isFinite(drawnAtMs) &&
    isNumber(score) &&
    isNumber(auditedFrom) &&
    score >= auditedFrom &&
    typeof served === 'boolean' &&
    (tenant === undefined || typeof tenant === 'string') &&
    (outcome === 'ok' || outcome === 'fail' || outcome === 'dropped') &&
    typeof embedder === 'string' &&
    typeof guard === 'number' &&
    (judge === 'own' || judge === 'default') &&
    typeof scope === 'string';
  if (!isWhole) return undefined;
  const source: EvidenceSource = { embedder, guard, judge, scope };
  return { run, number, epoch, drawnAtMs, score, auditedFrom, served, tenant, outcome, ...source };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
