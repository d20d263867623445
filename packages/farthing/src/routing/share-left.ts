import type { Ledger } from '../budget/ledger.js';
import { planAccounts } from '../budget/plan.js';
import type { Call } from '../call.js';
import type { BudgetOptions, Mode } from '../options.js';

/** The least share of its limit that any budget of a call has left, below 0 where it is in debt; `undefined` without one. */
export function shareLeft(options: {
  readonly budgets: () => readonly BudgetOptions[];
  readonly ledger: Ledger;
  readonly mode: Mode;
  readonly now: () => number;
}): (call: Call) => Promise<number | undefined> {
  return async (call) => {
    const accounts = planAccounts(options.budgets(), { ...call, envelopes: [] }, options.mode, options.now());
    if ('tag' in accounts || accounts.length === 0) return undefined;
    try {
      const shares = accounts.map(async ({ claim, limitNanoUsd }) => {
        const { remainingNanoUsd } = await options.ledger.balance({ ...claim, limitNanoUsd });
        return (remainingNanoUsd ?? limitNanoUsd) / limitNanoUsd;
      });
      return Math.min(...(await Promise.all(shares)));
    } catch {
      return undefined; // a ledger that fails is the budget stage's to tell
    }
  };
}
