import type { NanoUsd } from '../pricing/money.js';
import type { AssumedSettlement, Balance, Claim, LedgerWindow, ReserveRequest } from './ledger.js';

/** What an account holds for its newest window. */
interface Account {
  readonly name: string;
  readonly ephemeral: boolean;
  window: LedgerWindow;
  limitNanoUsd: NanoUsd | null;
  spentNanoUsd: NanoUsd;
  heldNanoUsd: NanoUsd;
  debtNanoUsd: NanoUsd;
  /** Rolling windows: what was spent, by the end of the slice of time in which it was. */
  slices: Map<number, NanoUsd>;
  /** Windows that are over and still have open holds, by their start. */
  earlier: Map<number, EarlierWindow>;
  /** Open holds of the newest window. */
  holds: number;
  usedAtMs: number;
}

interface EarlierWindow {
  spentNanoUsd: NanoUsd;
  readonly limitNanoUsd: NanoUsd | null;
  holds: number;
}

interface OpenHold {
  readonly id: string;
  readonly amountNanoUsd: NanoUsd;
  readonly claims: readonly HeldClaim[];
  readonly ttlMs: number;
  renewedAtMs: number;
}

/** The account of a hold, and the start of the window in which it was reserved. */
interface HeldClaim {
  readonly account: string;
  readonly startMs: number;
}

/** What changes accounts. A journal of these, replayed, gives the same accounts. */
export type LedgerEvent =
  | {
      readonly type: 'reserve';
      readonly atMs: number;
      readonly id: string;
      readonly amount: NanoUsd;
      readonly ttlMs: number;
      readonly claims: readonly Claim[];
    }
  | {
      readonly type: 'settle';
      readonly atMs: number;
      readonly id: string;
      readonly cost: NanoUsd;
      readonly assumed?: boolean;
    }
  | { readonly type: 'release'; readonly atMs: number; readonly id: string };

/** Everything accounts hold, for a snapshot. */
export interface AccountsSnapshot {
  readonly accounts: readonly (Omit<Account, 'slices' | 'earlier'> & {
    readonly slices: readonly (readonly [number, NanoUsd])[];
    readonly earlier: readonly (readonly [number, EarlierWindow])[];
  })[];
  readonly holds: readonly OpenHold[];
}

/** Slices of a rolling window: spend leaves it at most this share of its length late, never early. */
const slicesPerWindow = 60;
/** Accounts whose window is long over, or whose call is, and that hold nothing are forgotten after this long. */
const idleMs = 3_600_000;
const pruneEvery = 1024;

/**
 * The arithmetic of budgets, without a store: both ledgers run this very code, and a journal is replayed through it.
 * Synchronous, so that a reserve over several accounts is atomic.
 */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #holds = new Map<string, OpenHold>();
  #events = 0;

  /** The event that would grant a request, or every account that lacks room. Changes nothing. */
  decide(
    request: ReserveRequest,
    atMs: number,
  ): { readonly event: LedgerEvent } | { readonly lacking: readonly Balance[] } | { readonly known: NanoUsd } {
    checkAmount('amountNanoUsd', request.amountNanoUsd);
    const least = request.minNanoUsd ?? request.amountNanoUsd;
    checkAmount('minNanoUsd', least);
    const known = this.#holds.get(request.id);
    if (known) return { known: known.amountNanoUsd };
    const balances = request.claims.map((claim) => this.balance(claim, atMs));
    const lacking = balances.filter(({ remainingNanoUsd }) => remainingNanoUsd !== null && remainingNanoUsd < least);
    if (lacking.length > 0) return { lacking };
    const room = balances.flatMap(({ remainingNanoUsd }) => (remainingNanoUsd === null ? [] : [remainingNanoUsd]));
    const amount = Math.min(request.amountNanoUsd, ...room.map((remaining) => Math.max(remaining, least)));
    return { event: { type: 'reserve', atMs, id: request.id, amount, ttlMs: request.ttlMs, claims: request.claims } };
  }

  /** Whether an event ends a hold that is open. */
  isOpen(id: string): boolean {
    return this.#holds.has(id);
  }

  /** Carries out an event; answers the balances of the accounts it touched. */
  apply(event: LedgerEvent): readonly Balance[] {
    if (++this.#events % pruneEvery === 0) this.#prune(event.atMs);
    if (event.type === 'reserve') return this.#reserve(event);
    const hold = this.#holds.get(event.id);
    if (!hold) return [];
    this.#holds.delete(event.id);
    const cost = event.type === 'settle' ? event.cost : 0;
    return hold.claims.flatMap(({ account: name, startMs }) => {
      const account = this.#accounts.get(name);
      if (!account) return [];
      account.usedAtMs = event.atMs;
      endHold(account, hold.amountNanoUsd, cost, startMs, event.atMs);
      return [balanceOf(account, account.limitNanoUsd, event.atMs)];
    });
  }

  renew(ids: readonly string[], atMs: number): void {
    for (const id of ids) {
      const hold = this.#holds.get(id);
      if (hold) hold.renewedAtMs = atMs;
    }
  }

  balance(claim: Claim, atMs: number): Balance {
    const account = this.#accounts.get(claim.account);
    if (!account)
      return {
        account: claim.account,
        spentNanoUsd: 0,
        heldNanoUsd: 0,
        debtNanoUsd: 0,
        limitNanoUsd: claim.limitNanoUsd,
        remainingNanoUsd: claim.limitNanoUsd,
      };
    turnTo(account, claim.window);
    return balanceOf(account, claim.limitNanoUsd, atMs);
  }

  /** Holds that their owner has not renewed in time, or all of them. */
  overdue(atMs: number, all = false): readonly AssumedSettlement[] {
    return [...this.#holds.values()]
      .filter((hold) => all || atMs - hold.renewedAtMs > hold.ttlMs)
      .map(({ id, amountNanoUsd, claims }) => ({ id, amountNanoUsd, accounts: claims.map(({ account }) => account) }));
  }

  /** All but what lives only in this process. */
  snapshot(): AccountsSnapshot {
    const lasting = [...this.#accounts.values()].filter(({ ephemeral }) => !ephemeral);
    const names = new Set(lasting.map(({ name }) => name));
    return {
      accounts: lasting.map((account) => ({
        ...account,
        slices: [...account.slices],
        earlier: [...account.earlier].map(([start, window]) => [start, { ...window }] as const),
      })),
      holds: [...this.#holds.values()].map((hold) => ({
        ...hold,
        claims: hold.claims.filter(({ account }) => names.has(account)),
      })),
    };
  }

  restore({ accounts, holds }: AccountsSnapshot): void {
    for (const account of accounts)
      this.#accounts.set(account.name, {
        ...account,
        slices: new Map(account.slices),
        earlier: new Map(account.earlier),
      });
    for (const hold of holds) this.#holds.set(hold.id, { ...hold });
  }

  #reserve({ atMs, id, amount, ttlMs, claims }: Extract<LedgerEvent, { type: 'reserve' }>): readonly Balance[] {
    const held: HeldClaim[] = [];
    const balances: Balance[] = [];
    for (const claim of claims) {
      let account = this.#accounts.get(claim.account);
      if (!account) {
        account = {
          name: claim.account,
          ephemeral: claim.ephemeral ?? false,
          window: claim.window,
          limitNanoUsd: claim.limitNanoUsd,
          spentNanoUsd: 0,
          heldNanoUsd: 0,
          debtNanoUsd: 0,
          slices: new Map(),
          earlier: new Map(),
          holds: 0,
          usedAtMs: atMs,
        };
        this.#accounts.set(claim.account, account);
      }
      turnTo(account, claim.window);
      account.limitNanoUsd = claim.limitNanoUsd;
      account.heldNanoUsd += amount;
      account.holds++;
      account.usedAtMs = atMs;
      held.push({ account: claim.account, startMs: startOf(account.window) });
      balances.push(balanceOf(account, claim.limitNanoUsd, atMs));
    }
    this.#holds.set(id, { id, amountNanoUsd: amount, claims: held, ttlMs, renewedAtMs: atMs });
    return balances;
  }

  /** An account is forgotten only when it can say nothing any more: no holds, no debt to carry, window over. */
  #prune(atMs: number): void {
    for (const [name, account] of this.#accounts) {
      if (account.holds !== 0 || account.earlier.size > 0 || atMs - account.usedAtMs < idleMs) continue;
      const { window } = account;
      const over =
        account.ephemeral ||
        (window.kind === 'rolling'
          ? atMs - account.usedAtMs > 2 * window.lengthMs
          : window.endMs !== null &&
            atMs > window.endMs &&
            (account.limitNanoUsd === null || account.spentNanoUsd <= account.limitNanoUsd));
      if (over) this.#accounts.delete(name);
    }
  }
}

/** Turns an account to a newer window. What was spent beyond the limit of the old one is debt in the new one. */
function turnTo(account: Account, window: LedgerWindow): void {
  const before = account.window;
  if (window.kind === 'rolling' || before.kind === 'rolling') {
    if (window.kind === before.kind) account.window = window;
    else Object.assign(account, { window, spentNanoUsd: 0, debtNanoUsd: 0, slices: new Map(), ...leaveHolds(account) });
    return;
  }
  if (window.startMs <= before.startMs) {
    // The same window, possibly with another end: a limit or a zone was changed while it ran.
    if (window.startMs === before.startMs) account.window = window;
    return;
  }
  const limit = account.limitNanoUsd;
  const lengthMs = before.endMs === null ? Number.POSITIVE_INFINITY : before.endMs - before.startMs;
  // Windows that went by unused forgive one limit each; half a window of slack is for those that are not of one length.
  const windows = Math.max(1, Math.floor((window.startMs - before.startMs) / lengthMs + 0.5));
  const debt = limit === null ? 0 : Math.max(0, account.spentNanoUsd - limit * windows);
  Object.assign(account, { ...leaveHolds(account), window, spentNanoUsd: debt, debtNanoUsd: debt });
}

/** Open holds stay with the window in which they were reserved. */
function leaveHolds(account: Account): { readonly holds: number; readonly heldNanoUsd: NanoUsd } {
  const startMs = startOf(account.window);
  if (account.holds > 0)
    account.earlier.set(startMs, {
      spentNanoUsd: account.spentNanoUsd,
      limitNanoUsd: account.limitNanoUsd,
      holds: account.holds,
    });
  return { holds: 0, heldNanoUsd: 0 };
}

function startOf(window: LedgerWindow): number {
  return window.kind === 'fixed' ? window.startMs : -1;
}

/** Ends a hold in the window in which it was reserved; of a window that is over, only the excess lives on, as debt. */
function endHold(account: Account, held: NanoUsd, cost: NanoUsd, startMs: number, atMs: number): void {
  const earlier = startMs === startOf(account.window) ? undefined : account.earlier.get(startMs);
  if (earlier) {
    const excess = (): NanoUsd =>
      earlier.limitNanoUsd === null ? 0 : Math.max(0, earlier.spentNanoUsd - earlier.limitNanoUsd);
    const before = excess();
    earlier.spentNanoUsd += cost;
    if (--earlier.holds === 0) account.earlier.delete(startMs);
    account.spentNanoUsd += excess() - before;
    account.debtNanoUsd += excess() - before;
    return;
  }
  account.heldNanoUsd -= held;
  account.holds--;
  if (account.window.kind === 'fixed') {
    account.spentNanoUsd += cost;
    return;
  }
  const sliceMs = account.window.lengthMs / slicesPerWindow;
  const sliceEnd = Math.ceil((atMs + 1) / sliceMs) * sliceMs;
  account.slices.set(sliceEnd, (account.slices.get(sliceEnd) ?? 0) + cost);
}

function balanceOf(account: Account, limitNanoUsd: NanoUsd | null, atMs: number): Balance {
  const spentNanoUsd =
    account.window.kind === 'rolling' ? spentLately(account, account.window.lengthMs, atMs) : account.spentNanoUsd;
  return {
    account: account.name,
    spentNanoUsd,
    heldNanoUsd: account.heldNanoUsd,
    debtNanoUsd: account.debtNanoUsd,
    limitNanoUsd,
    remainingNanoUsd: limitNanoUsd === null ? null : limitNanoUsd - spentNanoUsd - account.heldNanoUsd,
  };
}

/** A slice counts until its end is a whole window ago: spend leaves late rather than early. */
function spentLately({ slices }: Account, lengthMs: number, atMs: number): NanoUsd {
  let spent = 0;
  for (const [sliceEnd, amount] of slices) {
    if (sliceEnd + lengthMs <= atMs) slices.delete(sliceEnd);
    else spent += amount;
  }
  return spent;
}

/** @throws TypeError for anything but a safe, non-negative integer */
export function checkAmount(name: string, amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw new TypeError(
      `Ledger: expected \`${name}\` to be a non-negative integer of nano-dollars, got ${String(amount)}.`,
    );
}
