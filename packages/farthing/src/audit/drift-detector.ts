/**
 * Watches what is served and says when its failure rate has risen: two cumulative sums of likelihood ratios, for twice
 * and for four times the target (an e-detector: Shin, Ramdas & Rinaldo, 2022). Evidence never falls below 1, so a long
 * good past does not delay the alarm.
 */
export interface DriftDetector {
  /** Evidence for twice the target. */
  twice: number;
  /** Evidence for four times the target. */
  fourTimes: number;
}

/** From here on four times the target is no rate that could be told apart. */
const largestForFourTimes = 0.2;

/** A detector that has seen nothing. */
export function createDetector(): DriftDetector {
  return { twice: 1, fourTimes: 1 };
}

/** Takes in one audit of an answer that was served. `target` is below one half. */
export function watch(detector: DriftDetector, failed: boolean, target: number): void {
  detector.twice = next(detector.twice, failed, target, 2);
  if (target < largestForFourTimes) detector.fourTimes = next(detector.fourTimes, failed, target, 4);
}

function next(evidence: number, failed: boolean, target: number, times: number): number {
  return Math.max(1, evidence) * (failed ? times : (1 - times * target) / (1 - target));
}

/** How much speaks for a risen failure rate: 1 or less is nothing. */
export function suspicion({ twice, fourTimes }: DriftDetector, target: number): number {
  return target < largestForFourTimes ? (twice + fourTimes) / 2 : twice;
}

/** The suspicion at which serving is revoked: about one false alarm in this many audits at worst. */
export function alarmAt(maxErrorRate: number): number {
  return Math.max(50, 5000 * maxErrorRate);
}
