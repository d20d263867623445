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

/** A doubt that weighs more than a word without a counterpart: people rarely ask for the same thing in such a way. */
export function grave(
  code: ReasonCode,
  message: string,
  left: readonly Token[] | string,
  right: readonly Token[] | string,
): Reason {
  return { ...reason('doubt', code, message, left, right), grave: true };
}

/** `different` where the rest of the two questions leaves no other reading, else a grave doubt. */
export function weighed(
  sure: boolean,
  code: ReasonCode,
  message: string,
  left: readonly Token[] | string,
  right: readonly Token[] | string,
): Reason {
  return sure ? reason('different', code, message, left, right) : grave(code, message, left, right);
}
