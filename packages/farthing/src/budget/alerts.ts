import type { NanoUsd } from '../pricing/money.js';
import type { Balance } from './ledger.js';
import type { Account } from './plan.js';

/** A budget has spent a share of its limit. */
export interface BudgetAlert {
  readonly budget: string;
  readonly account: string;
  /** The share that was reached, such as `0.8`. */
  readonly share: number;
  readonly spentNanoUsd: NanoUsd;
  readonly limitNanoUsd: NanoUsd;
}

/** Watches balances for shares that are reached. */
export interface Alerts {
  readonly look: (accounts: readonly Account[], balances: readonly Balance[]) => void;
}

/** Accounts that are remembered at once; the oldest are forgotten first and may alert again. */
const maxRemembered = 10_000;

/** Emits each share once per account and window (rolling: once, and again after spend has fallen under it). */
export function createAlerts(emit: (alert: BudgetAlert) => void): Alerts {
  const reached = new Map<string, { window: number; share: number }>();
  return {
    look: (accounts, balances) => {
      for (const { budget, claim, limitNanoUsd, alerts } of accounts) {
        const balance = alerts.length === 0 ? undefined : balances.find(({ account }) => account === claim.account);
        if (!balance) continue;
        const window = claim.window.kind === 'fixed' ? claim.window.startMs : 0;
        const before = reached.get(claim.account);
        const last = before?.window === window ? before.share : 0;
        const share = Math.max(0, ...alerts.filter((each) => balance.spentNanoUsd >= each * limitNanoUsd));
        if (share === last && before?.window === window) continue;
        reached.delete(claim.account);
        reached.set(claim.account, { window, share });
        if (reached.size > maxRemembered)
          for (const oldest of reached.keys()) {
            reached.delete(oldest);
            break;
          }
        if (share > last)
          emit({ budget, account: claim.account, share, spentNanoUsd: balance.spentNanoUsd, limitNanoUsd });
      }
    },
  };
}
