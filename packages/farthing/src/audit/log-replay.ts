import { outcomeIn } from '../audit-record.js';
import { type AuditOutcome, auditId, type Replayed } from './audit-outcome.js';
import type { Controller } from './controller.js';
import { differenceOf, type EvidenceSource, type SourcePart } from './evidence-source.js';
import { warmUpSize } from './threshold-grid.js';

/** Why a line of a log did not count: see the fields of {@link ReplaySummary}. */
export type RefusalReason = 'foreign' | `other_${SourcePart}` | Exclude<Replayed, 'counted' | 'duplicate'>;

/** What became of a log. */
export interface ReplaySummary {
  /** Lines and records that came. Most are records of calls, which are no evidence. */
  readonly read: number;
  /** Audits that are evidence now. */
  readonly counted: number;
  /** Audits that were counted before: here, live, or in the state on the disk. */
  readonly duplicates: number;
  /**
   * What was not counted, by reason. `foreign`: no record of a gate, or a damaged one. `other_embedder`, `other_guard`,
   * `other_judge`, `other_scope`: made where scores or verdicts mean something else. `dropped`: drawn, and never made.
   * `gap`: others of the same run are missing before it, and might be its failures. `before_revocation`: serving was
   * revoked after it. `too_old`: from a process so long ago that nobody knows whether it was counted. `too_new`: dated
   * more than a day ahead. `no_thresholds`: too few candidates are known to choose thresholds; hand the log in again later.
   */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
}

/** What a log is replayed into. */
export interface LogReplayOptions {
  readonly controller: Pick<Controller, 'replay' | 'warmUp' | 'scoresMissing'>;
  readonly source: EvidenceSource;
  /** What the records of calls say of the same source. */
  readonly evidence: string;
}

/** A candidate that some call's record tells of. */
interface PastCandidate {
  readonly id: string;
  readonly atMs: number;
  readonly score: number;
  readonly audit: string | undefined;
}

/** What is counted before others get their turn: some milliseconds. */
const slice = 500;

/**
 * Feeds a controller from a log: records as they were told, or as lines of JSON, in any order. All is read before
 * anything counts, so that a log that breaks off half way changes nothing. What is assumed of it: docs/decisions/0011.
 */
export async function replayLog(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  { controller, source, evidence }: LogReplayOptions,
): Promise<ReplaySummary> {
  const [outcomes, refused] = [new Map<string, AuditOutcome>(), new Map<RefusalReason, number>()];
  let candidates = new Map<string, PastCandidate>();
  let [read, counted, duplicates] = [0, 0, 0];
  const refuse = (reason: RefusalReason): void => void refused.set(reason, (refused.get(reason) ?? 0) + 1);

  for await (const item of items) {
    read++;
    const record = recordIn(item);
    if (record === 'blank') continue;
    if (!record) refuse('foreign');
    else if (record['purpose'] === 'verdict') {
      const outcome = outcomeIn(record);
      const difference = outcome && differenceOf(outcome, source);
      if (!outcome) refuse('foreign');
      else if (difference) refuse(`other_${difference}`);
      else if (!keepWorse(outcomes, outcome)) duplicates++;
    } else {
      const candidate = candidateIn(record, evidence);
      if (candidate) candidates.set(candidate.id, candidate);
      if (candidates.size >= 4 * warmUpSize) candidates = earliest(candidates);
    }
  }

  const chose = warmUp(controller, [...earliest(candidates).values()]);
  for (const [index, outcome] of inOrder([...outcomes.values()]).entries()) {
    if (index % slice === slice - 1) await new Promise((resolve) => setTimeout(resolve));
    const became = controller.replay(outcome, chose.has(auditId(outcome)));
    if (became === 'counted') counted++;
    else if (became === 'duplicate') duplicates++;
    else refuse(became);
  }
  return { read, counted, duplicates, refused: Object.fromEntries(refused) };
}

/** The record that an item is, or holds as JSON; `undefined` where it is none of a gate. */
function recordIn(item: unknown): Readonly<Record<string, unknown>> | 'blank' | undefined {
  if (typeof item === 'string' && item.trim() === '') return 'blank';
  let value = item;
  try {
    if (typeof item === 'string') value = JSON.parse(item);
  } catch {
    return undefined;
  }
  const isRecord =
    typeof value === 'object' && value !== null && 'id' in value && 'time' in value && 'purpose' in value;
  return isRecord ? (value as Readonly<Record<string, unknown>>) : undefined; // an object; each field is checked where it is read
}

/** The candidate that the record of a call tells of, where its score means what scores mean here. */
function candidateIn(record: Readonly<Record<string, unknown>>, evidence: string): PastCandidate | undefined {
  const { id, time, semantic } = record;
  if (typeof semantic !== 'object' || semantic === null || typeof time !== 'string') return undefined;
  const { score, audit, evidence: found } = semantic as Readonly<Record<string, unknown>>; // an object
  if (found !== evidence || typeof score !== 'number' || !(score > 0)) return undefined;
  return { id: String(id), atMs: Date.parse(time), score, audit: typeof audit === 'string' ? audit : undefined };
}

/** Of two verdicts on one audit the worse holds. Answers whether it was the first. */
function keepWorse(outcomes: Map<string, AuditOutcome>, outcome: AuditOutcome): boolean {
  const id = auditId(outcome);
  const before = outcomes.get(id);
  if (!before || worth[outcome.outcome] < worth[before.outcome]) outcomes.set(id, outcome);
  return !before;
}

const worth: Readonly<Record<AuditOutcome['outcome'], number>> = { fail: 0, dropped: 1, ok: 2 };

function earliest(candidates: ReadonlyMap<string, PastCandidate>): Map<string, PastCandidate> {
  return new Map([...candidates].sort(([, one], [, other]) => one.atMs - other.atMs).slice(0, warmUpSize));
}

/**
 * Chooses thresholds by the first candidates of the log, as they would have been live; answers the audits among them.
 * None is taken where there are too few: handed in again, they would count twice.
 */
function warmUp(controller: LogReplayOptions['controller'], candidates: readonly PastCandidate[]): ReadonlySet<string> {
  const chose = new Set<string>();
  if (candidates.length < controller.scoresMissing()) return chose;
  for (const { score, audit } of candidates) {
    if (!controller.warmUp(score)) break;
    if (audit !== undefined) chose.add(audit);
  }
  return chose;
}

/**
 * As they were drawn: the numbers of each run, and runs merged by time. The order of verdicts, or of lines, won't do:
 * quick passes would overtake slow failures. A clock that was set back changes no run's own order.
 */
function inOrder(outcomes: readonly AuditOutcome[]): readonly AuditOutcome[] {
  const byRun = outcomes.toSorted((one, other) =>
    one.run === other.run ? one.number - other.number : one.run < other.run ? -1 : 1,
  );
  let [run, latestMs] = ['', 0];
  const placed = byRun.map((outcome) => {
    latestMs = outcome.run === run ? Math.max(latestMs, outcome.drawnAtMs) : outcome.drawnAtMs;
    run = outcome.run;
    return { outcome, atMs: latestMs };
  });
  // A sort that is stable keeps the numbers of a run in order.
  return placed.sort((one, other) => one.atMs - other.atMs).map(({ outcome }) => outcome);
}
