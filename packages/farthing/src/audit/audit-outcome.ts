/** One audit, as it was drawn and as it ended: all that counting it elsewhere needs, and no text. */
export interface AuditOutcome {
  /** The controller that drew it. Each process has one of its own. */
  readonly run: string;
  /** Counts the draws of a run without a gap: one that is missing was lost. */
  readonly number: number;
  /** The epoch in which it was drawn. */
  readonly epoch: number;
  /** Epoch milliseconds. */
  readonly drawnAtMs: number;
  readonly score: number;
  /** When it was drawn, the coin was thrown alike for all candidates from this score on, and for none below. */
  readonly auditedFrom: number;
  /** Whether the cheap answer might be served. */
  readonly served: boolean;
  readonly tenant: string | undefined;
  /** `dropped`: it ended without a verdict, for a reason that has nothing to do with the answer. */
  readonly outcome: 'ok' | 'fail' | 'dropped';
}

/** Names an audit: the same in the record of its call and in that of its verdict. */
export function auditId({ run, number }: Pick<AuditOutcome, 'run' | 'number'>): string {
  return `audit_${run}_${number.toString(36)}`;
}

/**
 * What became of an audit of the past. `counted`; a `duplicate`, counted before; `dropped`, drawn and never made; behind a
 * `gap`, where others of its run are missing; `before_revocation`, evidence that was given up since; `too_old` to tell
 * whether it was counted; `too_new`, dated more than a day ahead; `no_thresholds` yet that it could speak for: try again
 * later.
 */
export type Replayed =
  | 'counted'
  | 'duplicate'
  | 'dropped'
  | 'gap'
  | 'before_revocation'
  | 'too_old'
  | 'too_new'
  | 'no_thresholds';
