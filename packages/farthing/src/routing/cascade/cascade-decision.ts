/** What an answer was looked at for. */
export type CheckName = 'refusal' | 'schema' | 'hedge' | 'logprob' | 'scorer' | 'check' | 'agreement';

/** One check of an answer. No text. */
export interface CascadeCheck {
  readonly name: CheckName;
  readonly passed: boolean;
  /** The figure behind it, where there is one. */
  readonly value?: number | undefined;
  /** Why it did not pass, such as `content_filter`, `empty`, `threw`, `timeout`, `unavailable`. */
  readonly reason?: string | undefined;
}

/** What became of the first answer of a cascade. */
export interface CascadeDecision {
  /** Those that were made, in order, up to the first that did not pass. */
  readonly checks: readonly CascadeCheck[];
  /** The caller got the strongest target's answer instead. */
  readonly escalated: boolean;
  /**
   * Why the caller got the first answer although it did not pass, or was not judged: the strongest target's was `denied`, or
   * `failed`; it was `too_large`, or `unreadable`.
   */
  readonly kept?: 'denied' | 'failed' | 'too_large' | 'unreadable' | undefined;
}
