import type { Completion } from './call.js';

/**
 * Thrown where a caller leaves a request that goes on for others: it is told at once, and what it owes is known later.
 */
export class LeftEarly {
  /** What its caller is to see. */
  readonly reason: unknown;
  /** How its part of the request ended; `undefined` where the request never went out. Never rejects. */
  readonly completion: Promise<Completion | undefined>;

  constructor(reason: unknown, completion: Promise<Completion | undefined>) {
    this.reason = reason;
    this.completion = completion;
  }
}
