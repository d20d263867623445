import type { Alignment } from './align.js';
import type { Order } from './order.js';
import type { Overlap } from './overlap.js';
import type { Polarity } from './polarity.js';
import type { Reason, ReasonCode } from './reason.js';
import type { Substitution } from './substitution.js';
import type { Token } from './token.js';

/** All that the findings are drawn from. */
export interface Measures {
  readonly alignment: Alignment;
  readonly overlap: Overlap;
  readonly order: Order;
  readonly polarity: Polarity;
  readonly substitutions: readonly Substitution[];
}

const textOf = (tokens: readonly Token[]): string => tokens.map((token) => token.text).join(' ');

/** A reason with what was found on both sides. */
export function reason(
  weight: Reason['weight'],
  code: ReasonCode,
  message: string,
  left: readonly Token[] | string,
  right: readonly Token[] | string,
): Reason {
  const text = (side: readonly Token[] | string): string => (typeof side === 'string' ? side : textOf(side));
  return { code, weight, message, left: text(left), right: text(right) };
}
