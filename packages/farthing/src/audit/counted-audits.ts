/** Which audits of which runs have been counted, so that none counts twice. */
export interface CountedAudits {
  /**
   * Where an audit stands: the `next` one of its run may be counted, and the first of a run is number 0. Before it comes a
   * `gap` where others are missing, and what is `too_old` may have been counted by a run that is no longer remembered.
   */
  readonly placeOf: (run: string, number: number, drawnAtMs: number) => 'next' | 'duplicate' | 'gap' | 'too_old';
  readonly add: (run: string, number: number, drawnAtMs: number) => void;
  /** The number of a run that comes next; 0 where it is not known. */
  readonly next: (run: string) => number;
  readonly snapshot: () => CountedSnapshot;
}

/** What was counted, as plain JSON. */
export interface CountedSnapshot {
  /** Each run with its first audit that was counted, the one that is next, and when its last one was drawn. */
  readonly runs: readonly (readonly [run: string, from: number, next: number, lastDrawnAtMs: number])[];
  /** Runs that were forgotten had drawn their last audit by then. */
  readonly forgottenUntilMs: number | null;
}

/** One row each; a restart makes one. */
const maxRuns = 2000;

/** Nothing counted, or what a snapshot says. */
export function createCountedAudits(
  { runs, forgottenUntilMs }: CountedSnapshot = { runs: [], forgottenUntilMs: null },
  max: number = maxRuns,
): CountedAudits {
  // The run that was counted last stands last.
  const counted = new Map(runs.map(([run, from, next, lastDrawnAtMs]) => [run, { from, next, lastDrawnAtMs }]));
  let horizonMs = forgottenUntilMs ?? Number.NEGATIVE_INFINITY;
  return {
    placeOf: (run, number, drawnAtMs) => {
      const range = counted.get(run);
      if (!range && drawnAtMs <= horizonMs) return 'too_old';
      if (!range) return number === 0 ? 'next' : 'gap';
      if (number === range.next) return 'next';
      return number >= range.from && number < range.next ? 'duplicate' : 'gap';
    },
    add: (run, number, drawnAtMs) => {
      const from = counted.get(run)?.from ?? number;
      counted.delete(run);
      counted.set(run, { from, next: number + 1, lastDrawnAtMs: drawnAtMs });
      if (counted.size <= max) return;
      const [oldest] = counted;
      if (!oldest) return;
      counted.delete(oldest[0]);
      horizonMs = Math.max(horizonMs, oldest[1].lastDrawnAtMs);
    },
    next: (run) => counted.get(run)?.next ?? 0,
    snapshot: () => ({
      runs: [...counted].map(([run, { from, next, lastDrawnAtMs }]) => [run, from, next, lastDrawnAtMs] as const),
      forgottenUntilMs: Number.isFinite(horizonMs) ? horizonMs : null,
    }),
  };
}
