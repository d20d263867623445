/**
 * Watches the mix that is in force and says when its net loss has risen over what was promised: bets on "it loses more",
 * each by cumulative sums (an e-detector: Shin, Ramdas & Rinaldo, 2022). Evidence never falls below 1, so that a long good
 * past does not delay the alarm.
 */
export interface LossWatch {
  readonly evidence: Float64Array;
}

/** Parts of the wealth that go on a rise; a loss is at least −1, so that each must be under 1 / (1 + maxLoss). */
const bets = [0.1, 0.3, 0.6];

/** A watch that has seen nothing. */
export function createLossWatch(evidence: ArrayLike<number> = []): LossWatch {
  return { evidence: Float64Array.from(bets, (_, index) => Math.max(1, evidence[index] ?? 1)) };
}

/** Takes in what one audited call lost in the mix: nothing where it went to the strongest target. */
export function watchLoss({ evidence }: LossWatch, loss: number, maxLoss: number): void {
  bets.forEach((bet, index) => {
    evidence[index] = Math.max(1, (evidence[index] ?? 1) * (1 + bet * (loss - maxLoss)));
  });
}

/** Whether so much speaks for a rise that routing is to be proved anew: about one false alarm in this many audits at worst. */
export function isRisen({ evidence }: LossWatch, maxLoss: number): boolean {
  return evidence.reduce((sum, each) => sum + each, 0) / evidence.length >= Math.max(50, 5000 * maxLoss);
}
