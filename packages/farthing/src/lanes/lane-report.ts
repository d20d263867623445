import type { ByLane, Lane } from './lane-options.js';
import type { LimitReason } from './limit-decision.js';
import type { RateUnit } from './rate-headers.js';

/** How a call would find its lane now. */
export interface ExplainedLane extends Pick<LaneReport, 'limit' | 'inFlight' | 'queued' | 'pausedMs'> {
  /** The one that it would wait in. */
  readonly lane: Lane;
  /** The key of its pool in the report. */
  readonly pool: string;
}

/** How the calls to one provider, model and key stand. */
export interface LaneReport {
  /** How many may be under way at once, as far as it was learned. */
  readonly limit: number;
  /** What moved it last. */
  readonly reason: LimitReason;
  readonly inFlight: number;
  readonly queued: ByLane<number>;
  /** Calls that went out, and of those, the ones that had to wait; together for so many milliseconds. */
  readonly sent: number;
  readonly waited: number;
  readonly waitedMs: number;
  /** Calls that were denied: too many waited, or for too long, or they were stopped meanwhile. */
  readonly denied: number;
  /** Answers of the provider that said no: 429, 503, 529. */
  readonly refused: number;
  /** The provider asked to be left alone: for so long from now, in milliseconds. */
  readonly pausedMs: number;
  /** What is left of the provider's own budgets, where its answers tell. */
  readonly left: { readonly [Unit in RateUnit]?: number };
}
