import type { CascadeDecision } from './cascade/cascade-decision.js';
import type { Bar } from './constraints.js';
import type { RouteReason } from './decide.js';

/** Where a routed call went, and why. No text. */
export interface RouteDecision {
  /** The model that the caller named. */
  readonly route: string;
  /** The target that was chosen; `undefined`: none may take the call. */
  readonly chosen: string | undefined;
  /** The target whose answer the caller got: another one where the chosen one was down. */
  readonly target: string | undefined;
  readonly reason: RouteReason;
  /** Of the scorer; `undefined` where there is none, or no evidence behind it. */
  readonly score: number | undefined;
  /** From which score on the strongest target is chosen. */
  readonly threshold: number | undefined;
  /**
   * Where the route learns: which share of its recent calls scored lower, 0 to 1. From 1 − `strongShare` on, the strongest
   * target is chosen.
   */
  readonly rank: number | undefined;
  /** The share of conversations for the strongest target, and this conversation's own number in [0, 1). */
  readonly strongShare: number;
  readonly draw: number;
  readonly value: number | undefined;
  /** The least share that any budget had left, where the route steps down. */
  readonly budgetLeft: number | undefined;
  /** What spoke against which target. */
  readonly barred: readonly ({ readonly target: string } & Bar)[];
  /** What was tried in vain, or passed by since it had failed before. */
  readonly failed: readonly RouteFailure[];
  /** What the cheaper target's answer was looked at for, where the route is a cascade and one began. */
  readonly cascade?: CascadeDecision | undefined;
  /** Only observed: the call went where it would have gone anyway. */
  readonly observed: boolean;
}

/** A target that did not answer. */
export interface RouteFailure {
  readonly target: string;
  readonly host: string;
  /** An HTTP status; `network`; `timeout` of the target; `open` for one that was left alone after failures; `no_key` where its key was not there; `queue_full` where its lane had no slot in time. */
  readonly status: number | 'network' | 'timeout' | 'open' | 'no_key' | 'queue_full';
}
