/**
 * What may be risked on writing prefixes: so much that, whatever comes, caching has never cost more than a share of the
 * input over and above its best. In pico-dollars.
 */
export interface LossRoom {
  readonly leftPicoUsd: () => bigint;
  /** A call goes out that may cost so much more than without marks, if nobody ever reads what it writes. */
  readonly risk: (premiumPicoUsd: bigint) => void;
  /** It is over: what its input would have cost without marks, and what it saved (below zero: cost more). */
  readonly settle: (end: {
    readonly riskedPicoUsd: bigint;
    readonly inputPicoUsd: bigint;
    readonly savedPicoUsd: bigint;
  }) => void;
}

/** @param maxLoss the share, 0 to 1 */
export function createLossRoom(maxLoss: number): LossRoom {
  // A twentieth is kept back: what runs is risked by an estimate of its tokens.
  const perMillion = BigInt(Math.round(maxLoss * 950_000));
  let left = 0n;
  let risked = 0n;
  let most = 0n;
  return {
    leftPicoUsd: () => left - risked,
    risk: (premium) => {
      risked += premium;
    },
    settle: ({ riskedPicoUsd, inputPicoUsd, savedPicoUsd }) => {
      risked -= riskedPicoUsd;
      const share = (inputPicoUsd * perMillion) / 1_000_000n;
      most += share;
      left += share + savedPicoUsd;
      // What was saved is the user's, and no stake: a change for the worse may not use it up.
      if (left > most) left = most;
    },
  };
}
