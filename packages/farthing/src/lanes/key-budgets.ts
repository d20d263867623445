import { createRateBudget, type RateBudget, type RateReading } from './rate-budget.js';
import type { RateUnit } from './rate-headers.js';

/** What a call takes of each budget. */
export type BudgetNeeds = { readonly [Unit in RateUnit]: number };

/** The provider's budgets of one key, as far as its answers have told of them. */
export interface KeyBudgets {
  /** A call goes out. */
  readonly take: (needs: BudgetNeeds) => void;
  /** One was turned away unserved: what its answer did not tell of is as before it. */
  readonly giveBack: (needs: BudgetNeeds, told: ReadonlyMap<RateUnit, RateReading>) => void;
  /** @param later calls that were sent after the one whose answer tells, and that it may not have counted */
  readonly hear: (told: ReadonlyMap<RateUnit, RateReading>, later: readonly BudgetNeeds[], nowMs: number) => void;
  /**
   * Milliseconds until a call may go: 0 is now.
   * @param keep the share of each budget that is left for more urgent calls, 0 to 1
   */
  readonly waitMs: (needs: BudgetNeeds, keep: number, nowMs: number) => number;
  /** What is left, in whole units, where that is known. */
  readonly left: (nowMs: number) => { readonly [Unit in RateUnit]?: number };
}

/** Budgets of which nothing is known yet: then there are none. */
export function createKeyBudgets(): KeyBudgets {
  const budgets = new Map<RateUnit, RateBudget>();
  return {
    take: (needs) => {
      for (const [unit, budget] of budgets) budget.take(needs[unit]);
    },
    giveBack: (needs, told) => {
      for (const [unit, budget] of budgets) if (!told.has(unit)) budget.giveBack(needs[unit]);
    },
    hear: (told, later, nowMs) => {
      for (const [unit, reading] of told) {
        const budget = budgets.get(unit) ?? createRateBudget();
        budgets.set(unit, budget);
        budget.hear(reading, nowMs);
        for (const needs of later) budget.take(needs[unit]);
      }
    },
    waitMs: (needs, keep, nowMs) => {
      let waitMs = 0;
      for (const [unit, budget] of budgets) waitMs = Math.max(waitMs, budget.waitMs(needs[unit], keep, nowMs));
      return waitMs;
    },
    left: (nowMs) =>
      Object.fromEntries(
        [...budgets].flatMap(([unit, budget]) => {
          const left = budget.left(nowMs);
          return left === undefined ? [] : [[unit, Math.floor(left)]];
        }),
      ),
  };
}
