import type { ControllerSettings } from './controller-options.js';
import { gridSize } from './threshold-grid.js';
import { at, type ThresholdTests } from './threshold-tests.js';

/** Which audits are still worth their price. It decides about cost only: every plan is valid. */
export interface AuditPlan {
  /** Candidates below this threshold of the grid need no audit. */
  readonly loosest: number;
  /** A looser threshold is likely to be proved soon: audit more. */
  readonly climbing: boolean;
  /** No threshold of the grid is without strong evidence against it. */
  readonly hopeless: boolean;
}

/** Odds at which a threshold is given up: ten to one for twice the target. */
const giveUpAt = Math.log(10);

/** The plan before anything is known. */
export const firstPlan: AuditPlan = { loosest: gridSize - 1, climbing: false, hopeless: false };

/** The plan after the latest audit. */
export function planAudits(tests: ThresholdTests, settings: ControllerSettings): AuditPlan {
  const { target } = settings;
  const { audits, failures, proved, loosestProved } = tests;
  const passFactor = Math.log((1 - 2 * target) / (1 - target));
  let loosest = Math.max(0, loosestProved);
  let climbing = false;
  let hopeless = true;
  for (let index = 0; index < gridSize; index++) {
    const failed = at(failures, index);
    if (failed * Math.LN2 + (at(audits, index) - failed) * passFactor >= giveUpAt) continue;
    hopeless = false;
    loosest = Math.max(loosest, index);
    // While nothing is proved all is audited anyway, so there is nothing to hurry.
    if (loosestProved >= 0 && index > loosestProved && !at(proved, index))
      climbing ||= isNear(at(audits, index), failed, settings);
  }
  return { loosest, climbing, hopeless };
}

/** Whether the proof is near, if failures go on at the rate seen. */
function isNear(audits: number, failures: number, settings: ControllerSettings): boolean {
  const { target, delta, evidence, climbWithin } = settings;
  // Before the first audits the guess is half of the target.
  const guess = (failures + 0.5) / (audits + 1 / target);
  if (guess >= 0.9 * target) return false;
  const gainEach = guess * Math.log(guess / target) + (1 - guess) * Math.log((1 - guess) / (1 - target));
  return (Math.log(3 / delta) - evidence(audits, failures)) / gainEach < climbWithin;
}
