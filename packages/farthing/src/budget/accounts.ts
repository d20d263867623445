import type { NanoUsd } from '../pricing/money.js';
import { createEndedHolds, type EndedHold } from './ended-holds.js';
import type { AssumedSettlement, Balance, Claim, ReserveRequest } from './ledger.js';
import type { LedgerEvent, ReserveEvent } from './ledger-event.js';
import { emptyTally, endHold, hold, isHeld, isSpent, standing, type Tally, turned } from './tally.js';

interface Account {
  readonly name: string;
  readonly ephemeral: boolean;
  tally: Tally;
  limitNanoUsd: NanoUsd | null;
  usedAtMs: number;
}

interface OpenHold {
  readonly id: string;
  readonly amountNanoUsd: NanoUsd;
  readonly claims: readonly HeldClaim[];
  readonly ttlMs: number;
  /** It outlives its process. */
  readonly lasting?: boolean;
  renewedAtMs: number;
}

/** The account of a hold, and the start of the window in which it was reserved. */
interface HeldClaim {
  readonly account: string;
  readonly startMs: number;
  readonly ephemeral: boolean;
}

/** Everything lasting that accounts hold. */
export interface AccountsSnapshot {
  readonly accounts: readonly Account[];
  readonly holds: readonly OpenHold[];
  /** Lasting holds that ended lately; missing in what an older version wrote. */
  readonly ended?: readonly EndedHold[];
}

/** What a request would come to. */
export type Decision =
  | { readonly outcome: 'grant'; readonly event: ReserveEvent }
  | { readonly outcome: 'refuse'; readonly lacking: readonly Balance[] }
  /** The hold was granted before. */
  | { readonly outcome: 'known'; readonly amountNanoUsd: NanoUsd };

const endedHolds = 4096;
/** What a job that was killed may ask for again after its journal was begun anew: its last few holds. */
const endedLasting = 64;
const envelopeMs = 86_400_000;
/** About 10 MB. */
const maxEnvelopes = 20_000;
/** Accounts looked at with each event, so that forgetting takes no pause. */
const sweptPerEvent = 2;

/**
 * The arithmetic of budgets, without a store: both ledgers run this very code, and a journal is replayed through it.
 * Synchronous, so that a reserve over several accounts is atomic; only `apply` and `renew` change anything.
 */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #holds = new Map<string, OpenHold>();
  readonly #ended = createEndedHolds(endedHolds);
  readonly #endedLasting = createEndedHolds(endedLasting);
  readonly #idleMs: number;
  #envelopes = 0;
  #sweep = this.#accounts.values();

  /**
   * Accounts that can say nothing any more are forgotten `idleMs` milliseconds after their last use; an envelope, which
   * would be full again, only after a day, or when there are very many.
   */
  constructor(idleMs: number) {
    this.#idleMs = idleMs;
  }

  /** What a request would come to. Changes nothing. @throws TypeError for amounts or claims that are no such thing */
  decide(request: ReserveRequest, atMs: number): Decision {
    checkRequest(request);
    const known = this.#holds.get(request.id)?.amountNanoUsd ?? this.#ended.amountOf(request.id);
    if (known !== undefined) return { outcome: 'known', amountNanoUsd: known };
    const least = Math.min(request.minNanoUsd ?? request.amountNanoUsd, request.amountNanoUsd);
    const lacking: Balance[] = [];
    let amount = request.amountNanoUsd;
    for (const claim of request.claims) {
      const balance = this.balance(claim, atMs);
      const room = claim.overdraw ? Number.POSITIVE_INFINITY : (balance.remainingNanoUsd ?? Number.POSITIVE_INFINITY);
      if (room < least) lacking.push(balance);
      amount = Math.min(amount, room);
    }
    if (lacking.length > 0) return { outcome: 'refuse', lacking };
    const { id, ttlMs, claims, lasting = false } = request;
    const event = { type: 'reserve', atMs, id, amount, ttlMs, claims, ...(lasting && { lasting }) } as const;
    return { outcome: 'grant', event };
  }

  /** Whether a hold is open. */
  isOpen(id: string): boolean {
    return this.#holds.has(id);
  }

  /** What of an event has to outlive the process; asked before it is applied. `undefined` where only envelopes change. */
  lasting(event: LedgerEvent): LedgerEvent | undefined {
    if (event.type !== 'reserve')
      return this.#holds.get(event.id)?.claims.some(({ ephemeral }) => !ephemeral) ? event : undefined;
    const claims = event.claims.flatMap(({ account, window, limitNanoUsd, ephemeral }) =>
      ephemeral ? [] : [{ account, window, limitNanoUsd }],
    );
    return claims.length > 0 ? { ...event, claims } : undefined;
  }

  /** Carries out an event; answers the balances of the accounts it touched. */
  apply(event: LedgerEvent): readonly Balance[] {
    this.#forget(event.atMs);
    if (event.type === 'reserve') return this.#reserve(event);
    const open = this.#holds.get(event.id);
    if (!open) return [];
    this.#holds.delete(event.id);
    this.#end(open);
    const cost = event.type === 'settle' ? event.cost : 0;
    return open.claims.flatMap(({ account: name, startMs }) => {
      const account = this.#accounts.get(name);
      if (!account) return [];
      account.usedAtMs = event.atMs;
      account.tally = endHold(account.tally, open.amountNanoUsd, cost, startMs, event.atMs);
      return [balanceOf(name, account.tally, account.limitNanoUsd, event.atMs)];
    });
  }

  /** Notes that the owner of these holds lives. */
  renew(ids: readonly string[], atMs: number): void {
    for (const id of ids) {
      const open = this.#holds.get(id);
      if (open) open.renewedAtMs = atMs;
    }
  }

  /** What an account holds. Changes nothing. */
  balance({ account, window, limitNanoUsd }: Claim, atMs: number): Balance {
    const tally = this.#accounts.get(account)?.tally;
    return balanceOf(account, tally ? turned(tally, window, atMs) : emptyTally(window), limitNanoUsd, atMs);
  }

  /** Holds that their owner has not renewed in time; where the process before is gone, all that it owned. */
  overdue(atMs: number, gone = false): readonly AssumedSettlement[] {
    return [...this.#holds.values()]
      .filter(({ lasting, renewedAtMs, ttlMs }) => (gone && !lasting) || atMs - renewedAtMs > ttlMs)
      .map(({ id, amountNanoUsd, claims }) => ({ id, amountNanoUsd, accounts: claims.map(({ account }) => account) }));
  }

  /** All but what lives only in this process: a view, to be written before anything else happens. */
  snapshot(): AccountsSnapshot {
    return {
      accounts: [...this.#accounts.values()].filter(({ ephemeral }) => !ephemeral),
      holds: [...this.#holds.values()].flatMap((open) => {
        const claims = open.claims.filter(({ ephemeral }) => !ephemeral);
        return claims.length > 0 ? [{ ...open, claims }] : [];
      }),
      ended: this.#endedLasting.latest(endedLasting),
    };
  }

  /** Takes over a snapshot, which must not be used elsewhere any more. */
  restore({ accounts, holds, ended = [] }: AccountsSnapshot): void {
    for (const account of accounts) this.#accounts.set(account.name, account);
    for (const open of holds) this.#holds.set(open.id, open);
    for (const [id, amountNanoUsd] of ended) {
      this.#ended.add(id, amountNanoUsd);
      this.#endedLasting.add(id, amountNanoUsd);
    }
  }

  #end({ id, amountNanoUsd, lasting, claims }: OpenHold): void {
    this.#ended.add(id, amountNanoUsd);
    if (lasting && claims.some(({ ephemeral }) => !ephemeral)) this.#endedLasting.add(id, amountNanoUsd);
  }

  #reserve({ atMs, id, amount, ttlMs, lasting, claims }: ReserveEvent): readonly Balance[] {
    const balances: Balance[] = [];
    const held = claims.map(({ account: name, window, limitNanoUsd, ephemeral = false }) => {
      let account = this.#accounts.get(name);
      if (!account) {
        account = { name, ephemeral, tally: emptyTally(window), limitNanoUsd, usedAtMs: atMs };
        this.#accounts.set(name, account);
        if (ephemeral) this.#envelopes++;
      }
      account.tally = turned(account.tally, window, atMs);
      account.limitNanoUsd = limitNanoUsd;
      account.usedAtMs = atMs;
      const startMs = hold(account.tally, amount, limitNanoUsd, window);
      balances.push(balanceOf(name, account.tally, limitNanoUsd, atMs));
      return { account: name, startMs, ephemeral: account.ephemeral };
    });
    const owned = lasting ? { lasting } : {};
    this.#holds.set(id, { id, amountNanoUsd: amount, claims: held, ttlMs, renewedAtMs: atMs, ...owned });
    return balances;
  }

  #keepsEnvelope({ tally, usedAtMs }: Account, atMs: number): boolean {
    return standing(tally, atMs).spentNanoUsd > 0 && atMs - usedAtMs < envelopeMs && this.#envelopes <= maxEnvelopes;
  }

  /** Looks at the next few accounts, round and round, and forgets those that can say nothing any more. */
  #forget(atMs: number): void {
    for (let count = 0; count < sweptPerEvent; count++) {
      const { value: account } = this.#sweep.next();
      if (!account) {
        this.#sweep = this.#accounts.values();
        return;
      }
      if (atMs - account.usedAtMs < this.#idleMs || isHeld(account.tally)) continue;
      if (account.ephemeral ? !this.#keepsEnvelope(account, atMs) : isSpent(account.tally, atMs)) {
        this.#accounts.delete(account.name);
        if (account.ephemeral) this.#envelopes--;
      }
    }
  }
}

function balanceOf(account: string, tally: Tally, limitNanoUsd: NanoUsd | null, atMs: number): Balance {
  const { spentNanoUsd, heldNanoUsd, debtNanoUsd } = standing(tally, atMs);
  const remainingNanoUsd = limitNanoUsd === null ? null : limitNanoUsd - spentNanoUsd - heldNanoUsd;
  return { account, spentNanoUsd, heldNanoUsd, debtNanoUsd, limitNanoUsd, remainingNanoUsd };
}

function checkRequest({ amountNanoUsd, minNanoUsd, claims }: ReserveRequest): void {
  checkAmount('amountNanoUsd', amountNanoUsd);
  if (minNanoUsd !== undefined) checkAmount('minNanoUsd', minNanoUsd);
  claims.forEach(({ account, limitNanoUsd }, index) => {
    if (limitNanoUsd !== null) checkAmount('limitNanoUsd', limitNanoUsd);
    if (claims.findIndex((claim) => claim.account === account) !== index)
      throw new TypeError(`Ledger: expected each claim to name another account, got '${account}' twice.`);
  });
}

/** @throws TypeError for anything but a safe, non-negative integer */
export function checkAmount(name: string, amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw new TypeError(
      `Ledger: expected \`${name}\` to be a non-negative integer of nano-dollars, got ${String(amount)}.`,
    );
}
