/** Thrown where a call ended before it went out: its caller left. What was set aside for it is released. */
export class NotSent {
  /** What its caller is to see. */
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}
