import type { Call } from '../call.js';
import type { BudgetOptions, Mode } from '../options.js';
import type { NanoUsd } from '../pricing/money.js';
import type { Claim } from './ledger.js';
import { windowAt } from './window.js';

/** A budget that a call counts against, ready to be claimed. */
export interface Account {
  /** The budget's name, or `maxCost` for a call's own envelope. */
  readonly budget: string;
  readonly claim: Claim;
  readonly limitNanoUsd: NanoUsd;
  /** Hard and enforced: a call without room does not go out. */
  readonly binding: boolean;
  readonly mode: Mode;
  readonly onExhausted: NonNullable<BudgetOptions['onExhausted']>;
  readonly floorTokens: number | undefined;
  readonly allowanceNanoUsd: NanoUsd | undefined;
  readonly alerts: readonly number[];
}

/** A call that lacks the tag which a budget insists on. */
export interface Untagged {
  readonly budget: string;
  readonly tag: string;
}

/** The accounts that a call counts against at `nowMs`, envelopes first. Pure. */
export function planAccounts(
  budgets: readonly BudgetOptions[],
  { options, envelopes }: Pick<Call, 'options' | 'envelopes'>,
  defaultMode: Mode,
  nowMs: number,
): readonly Account[] | Untagged {
  const accounts: Account[] = envelopes.map(({ account, limitNanoUsd }) => ({
    budget: 'maxCost',
    claim: {
      account,
      window: { kind: 'fixed', startMs: 0, endMs: null },
      limitNanoUsd: defaultMode === 'enforce' ? limitNanoUsd : null,
      ephemeral: true,
    },
    limitNanoUsd,
    binding: defaultMode === 'enforce',
    mode: defaultMode,
    onExhausted: 'clamp',
    floorTokens: undefined,
    allowanceNanoUsd: undefined,
    alerts: [],
  }));
  for (const budget of budgets) {
    if (!appliesTo(budget, options.tags ?? {})) continue;
    const mode = budget.mode ?? defaultMode;
    const value = budget.by === undefined ? undefined : options.tags?.[budget.by];
    if (budget.by !== undefined && value === undefined && budget.untagged === 'deny' && mode === 'enforce')
      return { budget: budget.name, tag: budget.by };
    accounts.push(accountOf(budget, value, mode, nowMs));
  }
  return accounts;
}

/** Whether a budget counts calls with these tags. */
export function appliesTo(budget: BudgetOptions, tags: Readonly<Record<string, string>>): boolean {
  return Object.entries(budget.where ?? {}).every(([tag, value]) => tags[tag] === value);
}

/** The account of one budget and one tag value; calls without the tag share one, which no value can name. */
export function accountOf(budget: BudgetOptions, value: string | undefined, mode: Mode, nowMs: number): Account {
  const hard = budget.hard ?? true;
  const binding = hard && mode === 'enforce';
  const account =
    budget.by === undefined ? budget.name : value === undefined ? `${budget.name}/` : `${budget.name}/=${value}`;
  return {
    budget: budget.name,
    claim: {
      account,
      window: windowAt(
        { per: budget.per, timeZone: budget.timeZone ?? 'UTC', rolling: budget.rolling ?? false },
        nowMs,
      ),
      limitNanoUsd: binding ? budget.limit : null,
    },
    limitNanoUsd: budget.limit,
    binding,
    mode,
    onExhausted: budget.onExhausted ?? 'deny',
    floorTokens: budget.floorTokens,
    allowanceNanoUsd: budget.allowance,
    alerts: budget.alerts ?? [0.8, 1],
  };
}
