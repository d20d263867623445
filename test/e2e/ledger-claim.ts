/** The one account that the killed processes write to. */
export const accountClaim = {
  account: 'all',
  limitNanoUsd: 40_000_000,
  window: { kind: 'fixed', startMs: 0, endMs: null },
} as const;
