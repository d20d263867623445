import type { Claim } from 'farthing';

/** The account that all the killed processes write to, and one that each has to itself, which some exhaust. */
export function claimsOf(run: number): readonly [Claim, Claim] {
  return [
    { account: 'all', limitNanoUsd: 400_000_000, window: { kind: 'fixed', startMs: 0, endMs: null } },
    {
      account: `run${run}`,
      limitNanoUsd: [5_000, 50_000, 5_000_000][run % 3] ?? 0,
      window: { kind: 'rolling', lengthMs: 86_400_000 },
    },
  ];
}

/** So small a journal is begun anew many times in each run. */
export const maxJournalBytes = 30_000;
