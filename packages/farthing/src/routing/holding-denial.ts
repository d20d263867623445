import type { Call, Fact } from '../call.js';

/** Why a leg was denied, as the record would tell it. */
type Denied = Extract<Fact, { kind: 'denied' }>;

/** A leg that keeps a denial back until it is known whether its caller gets to see it. */
export function holdingDenial(leg: Call): { readonly leg: Call; readonly denial: () => Denied | undefined } {
  let denial: Denied | undefined;
  const note = (fact: Fact): void => {
    if (fact.kind === 'denied') denial = fact;
    else leg.note(fact);
  };
  return { leg: { ...leg, note }, denial: () => denial };
}
