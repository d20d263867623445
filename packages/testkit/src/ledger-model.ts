/** A ledger of calendar windows, numbered from 0, as its interface tells it: every sum is made anew from all bookings. */
export interface LedgerModel<Account extends string> {
  /** What is granted, in nano-dollars; `undefined` where an account lacks room. */
  readonly reserve: (
    id: string,
    accounts: readonly Account[],
    amount: number,
    least: number,
    window: number,
    lasting?: boolean,
  ) => number | undefined;
  /** Ends a hold with a cost; `false` where it is not open. */
  readonly end: (id: string, cost: number) => boolean;
  /** Ends open holds at their bound, oldest first: all but lasting ones, and of those the ones that `overdue` names. */
  readonly recover: (
    overdue: (id: string) => boolean,
  ) => readonly { readonly id: string; readonly amountNanoUsd: number }[];
  readonly balance: (
    account: Account,
    window: number,
  ) => { readonly spentNanoUsd: number; readonly heldNanoUsd: number; readonly debtNanoUsd: number };
}

interface ModelHold<Account> {
  readonly accounts: readonly Account[];
  readonly amount: number;
  readonly window: number;
  readonly lasting: boolean;
}

/** A model with one limit for each account, in nano-dollars; `null` only counts. */
export function createLedgerModel<Account extends string>(
  limits: Readonly<Record<Account, number | null>>,
): LedgerModel<Account> {
  const open = new Map<string, ModelHold<Account>>();
  const booked: { readonly account: Account; readonly window: number; readonly cost: number }[] = [];
  const sum = (costs: readonly number[]): number => costs.reduce((total, cost) => total + cost, 0);

  const debtInto = (account: Account, window: number): number => {
    const limit = limits[account];
    if (window === 0 || limit === null) return 0;
    return Math.max(0, spentIn(account, window - 1) - limit);
  };
  const spentIn = (account: Account, window: number): number =>
    debtInto(account, window) +
    sum(booked.filter((each) => each.account === account && each.window === window).map(({ cost }) => cost));
  const heldIn = (account: Account, window: number): number =>
    sum(
      [...open.values()]
        .filter((hold) => hold.window === window && hold.accounts.includes(account))
        .map(({ amount }) => amount),
    );
  const end = (id: string, cost: number): boolean => {
    const hold = open.get(id);
    for (const account of hold?.accounts ?? []) booked.push({ account, window: hold?.window ?? 0, cost });
    return open.delete(id);
  };
  return {
    reserve: (id, accounts, amount, least, window, lasting = false) => {
      const room = accounts.map((account) => {
        const limit = limits[account];
        return limit === null ? Number.POSITIVE_INFINITY : limit - spentIn(account, window) - heldIn(account, window);
      });
      const granted = Math.min(amount, ...room);
      if (granted < Math.min(least, amount)) return undefined;
      open.set(id, { accounts, amount: granted, window, lasting });
      return granted;
    },
    end,
    recover: (overdue) =>
      [...open].flatMap(([id, { amount, lasting }]) => {
        if (lasting && !overdue(id)) return [];
        end(id, amount);
        return [{ id, amountNanoUsd: amount }];
      }),
    balance: (account, window) => ({
      spentNanoUsd: spentIn(account, window),
      heldNanoUsd: heldIn(account, window),
      debtNanoUsd: debtInto(account, window),
    }),
  };
}
