import type { ControllerSettings } from './controller-options.js';
import { suspicion } from './drift-detector.js';
import type { Epoch } from './epoch.js';
import { at } from './threshold-tests.js';

/** From which scores on candidates are served; Infinity where none is. */
export interface ThresholdsInForce {
  /** The threshold in force: the lower of what is proved and what is served unproved. */
  readonly servedFrom: number;
  readonly provedFrom: number;
}

/** What is served and audited just now. */
export interface Service extends ThresholdsInForce {
  readonly unprovedFrom: number;
  /** From this score on candidates are audited, all at the same rate. */
  readonly auditedFrom: number;
  readonly auditRate: number;
  /** The loosest threshold of the grid whose audits are complete at that rate; -1 where none is. */
  readonly loosest: number;
}

/** Above this suspicion audits come faster. */
const suspiciousFrom = 1.5;

/** What follows from the evidence. The rate depends on past verdicts only, never on the candidate: that makes it fair. */
export function serviceOf(epoch: Epoch, settings: ControllerSettings): Service {
  const { tests, plan, revoked } = epoch;
  const provedFrom = tests && tests.loosestProved >= 0 ? at(tests.grid, tests.loosestProved) : Infinity;
  const unprovedFrom = settings.assurance === 'guarded' && !revoked ? settings.strictThreshold : Infinity;
  const servedFrom = Math.min(provedFrom, unprovedFrom);
  const loosest = tests ? plan.loosest : -1;
  const auditedFrom = Math.min(tests ? at(tests.grid, loosest) : Infinity, unprovedFrom);
  const auditRate = rateOf(epoch, settings, servedFrom, provedFrom);
  return { provedFrom, unprovedFrom, servedFrom, auditedFrom, auditRate, loosest };
}

function rateOf(epoch: Epoch, settings: ControllerSettings, servedFrom: number, provedFrom: number): number {
  const { auditRates, target } = settings;
  if (servedFrom === Infinity) return auditRates.proving;
  // What can't be proved is watched, like what is proved; only evidence that still can decide something costs more.
  const unproved = servedFrom < provedFrom && !epoch.plan.hopeless;
  const usual = unproved ? auditRates.unproved : epoch.plan.climbing ? auditRates.climbing : auditRates.cruising;
  return suspicion(epoch.detector, target) > suspiciousFrom ? Math.max(usual, auditRates.suspicious) : usual;
}
