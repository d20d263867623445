/**
 * How good the answers to one routed call turned out, of one target or of both: what a router learns from. No text. It comes
 * after the record of the call, whose `id` is its `call`.
 */
export interface OutcomeRecord {
  /** Tells it from the record of a call. */
  readonly purpose: 'outcome';
  readonly call: string;
  /** When the call was made, ISO 8601. */
  readonly time: string;
  readonly route: string;
  /** Whether the call went to the route's cheapest target (`weak`) or to its strongest, … */
  readonly routed: 'weak' | 'strong';
  /** … and how probable that was: 1 where the score alone decided. */
  readonly propensity: number;
  /** How good each target's answer was, 0 to 1; `undefined` where it was not seen. */
  readonly weak: number | undefined;
  readonly strong: number | undefined;
  /** Both targets were asked because a coin said so; else the application told. */
  readonly audited: boolean;
}
