/** An audit that was drawn: what its verdict will be counted for was fixed at that moment. */
export interface DrawnAudit {
  readonly id: number;
  readonly score: number;
  /** The loosest threshold of the grid that was being audited; -1 before there is a grid. */
  readonly loosest: number;
  /** The score from which on candidates were being audited, all at the same rate. */
  readonly auditedFrom: number;
  /** Whether the cheap answer went to the caller. */
  readonly served: boolean;
  /** Whether it lies where answers were served unproved. */
  readonly aboveStrict: boolean;
  /** Whose candidate it is, where tenants are kept apart. */
  readonly tenant: string | undefined;
  /** Epoch milliseconds. */
  readonly drawnAtMs: number;
  /** Unknown until the verdict is in. */
  failed: boolean | undefined;
}

/** Audits under way. They leave strictly in the order they were drawn, so quick passes do not overtake slow failures. */
export interface PendingAudits {
  readonly size: () => number;
  readonly add: (audit: DrawnAudit) => void;
  /** Notes a verdict; one that is already known, or an audit no longer pending, stays as it is. */
  readonly label: (id: number, failed: boolean) => void;
  /** Takes out an audit without a verdict, and answers it if it was pending. */
  readonly drop: (id: number) => DrawnAudit | undefined;
  /** Takes out the oldest audit if its verdict is in, or its time is over: then it has failed. */
  readonly takeSettled: (nowMs: number) => DrawnAudit | undefined;
  readonly all: () => readonly DrawnAudit[];
  readonly clear: () => void;
}

/** An empty queue, whose audits fail when they are older than `timeoutMs`. */
export function createPendingAudits(timeoutMs: number): PendingAudits {
  // A Map keeps the order of insertion, and finds by id.
  const audits = new Map<number, DrawnAudit>();
  return {
    size: () => audits.size,
    add: (audit) => {
      audits.set(audit.id, audit);
    },
    label: (id, failed) => {
      const audit = audits.get(id);
      if (audit) audit.failed ??= failed;
    },
    drop: (id) => {
      const audit = audits.get(id);
      audits.delete(id);
      return audit;
    },
    takeSettled: (nowMs) => {
      const oldest = audits.values().next().value;
      if (!oldest) return undefined;
      if (oldest.failed === undefined) {
        if (nowMs - oldest.drawnAtMs < timeoutMs) return undefined;
        oldest.failed = true;
      }
      audits.delete(oldest.id);
      return oldest;
    },
    all: () => [...audits.values()],
    clear: () => audits.clear(),
  };
}
