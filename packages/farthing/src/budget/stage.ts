import type { Call, Completion, DenialCode, Leg, Reply } from '../call.js';
import { denialReply } from '../denial.js';
import type { CountTokens } from '../dialects/dialect.js';
import { neverSent } from '../errors.js';
import { LeftEarly } from '../left-early.js';
import { modelOf } from '../model-of.js';
import { NotSent } from '../not-sent.js';
import type { BudgetOptions, Mode } from '../options.js';
import type { Next, Stage } from '../pipeline.js';
import { roundToNanoUsd } from '../pricing/money.js';
import type { Price, PriceBook } from '../pricing/price.js';
import type { Warn } from '../warnings.js';
import { type Admission, type Admitter, admit } from './admit.js';
import type { Alerts } from './alerts.js';
import { assumedAt, assumedBill, type Bill, billAtBaseRate, billOf, evened } from './bill.js';
import type { Balance, Hold, Ledger } from './ledger.js';
import { type Account, planAccounts } from './plan.js';
import { createRenewal } from './renewal.js';
import { createRoom } from './room.js';

/** What the budget stage is made of. */
export interface BudgetStageOptions {
  /** Read for each call: `gate.update` changes them. */
  readonly budgets: () => readonly BudgetOptions[];
  readonly ledger: Ledger;
  readonly priceBook: PriceBook;
  readonly mode: Mode;
  readonly onLedgerError: 'allow' | 'deny';
  readonly refine: Admitter['refine'];
  /** The tokenizer, once it is loaded: for estimating what a cut-off stream generated. */
  readonly tokenizer: () => CountTokens | undefined;
  readonly alerts: Alerts;
  /** Names the hold of a call that belongs to a job on disk: the same for each process that works on the job. */
  readonly holdOf?: ((call: Call) => string) | undefined;
  readonly now: () => number;
  readonly warn: Warn;
}

/** A hold that its owner has not renewed for this long is taken for a dead one's. */
const holdTtlMs = 60_000;

/**
 * The whole life of a hold: reserve the upper bound, send, settle at the bill; release what never went out. Also where
 * each leg is priced, so that the ledger and the records are sums over the same figures.
 */
export function budget(options: BudgetStageOptions): Stage {
  const { ledger, priceBook, now, warn } = options;
  const renewal = createRenewal(ledger, holdTtlMs / 3);
  const room = createRoom();
  const admitter: Admitter = { ledger, ttlMs: holdTtlMs, refine: options.refine, room, warn };
  let holds = 0;

  return async (call, next) => {
    call.signal?.throwIfAborted();
    const model = modelOf(call) ?? call.requested.model;
    const price = call.price ?? priceBook.find({ provider: call.provider, model, atMs: now() });
    if (!price)
      warn(
        'unknown_price',
        `No price is known for model '${model}' at '${call.provider}': its cost is recorded as unknown. Add it to \`prices\`, or name the model it stands for in \`aliases\`.`,
        `${call.provider}/${model}`,
      );
    const accounts = planAccounts(options.budgets(), call, options.mode, now());
    if ('tag' in accounts)
      return deny(
        call,
        'budget_exceeded',
        `Budget '${accounts.budget}' insists on the tag '${accounts.tag}', and this call has none. Pass it by gate.options({ tags }) or gate.run.`,
      );
    const admission = accounts.length === 0 ? free(call) : await tryAdmit(call, price, accounts);
    for (const decision of admission.decisions) call.note({ kind: 'budget', decision });
    if (!admission.admitted) return deny(call, admission.code, admission.message);
    look(accounts, admission.balances);
    return send(admission, price, accounts, next);
  };

  async function tryAdmit(call: Call, price: Price | undefined, accounts: readonly Account[]): Promise<Admission> {
    try {
      const id = options.holdOf?.(call) ?? `${call.id}/${holds++}`;
      return await admit(call, price, accounts, id, admitter);
    } catch (error) {
      ledgerFailed(error);
      const binding = accounts.some((account) => account.binding);
      if (options.onLedgerError === 'allow' || !binding) return free(call);
      return {
        admitted: false,
        code: 'ledger_unavailable',
        message: "The ledger that holds the budgets can’t be reached, and `onLedgerError` is 'deny'.",
        decisions: [],
      };
    }
  }

  async function send(
    { call, hold, clamped }: Extract<Admission, { admitted: true }>,
    price: Price | undefined,
    accounts: readonly Account[],
    next: Next,
  ): Promise<Reply> {
    call.note({ kind: 'leg_started' });
    if (hold && !options.holdOf) renewal.add(hold.id);
    try {
      if (call.signal?.aborted) throw new NotSent(call.signal.reason);
      const reply = await next(call);
      if (reply.source === 'denied') {
        await release(call, hold, accounts);
        return reply;
      }
      if (reply.source === 'queued') return reply; // what was set aside stays so until its answer comes
      const completion = reply.completion.then(async (ended): Promise<Completion> => {
        const bill = billSafely(call, ended, price, hold);
        tellDearerTier(call, ended);
        if (call.doorTier !== undefined) tellDoor(call, ended, price);
        await end(call, hold, bill, accounts, ended);
        return {
          ...ended,
          usage: bill.usage,
          cost: bill.cost,
          altered: ended.altered || (clamped && (ended.answer?.truncated ?? true)),
        };
      });
      return { ...reply, completion };
    } catch (error) {
      if (error instanceof LeftEarly) {
        // Its caller is told now; its part of a request that goes on for others is owed once that is answered.
        void error.completion.then((ended) =>
          end(call, hold, ended && billSafely(call, ended, price, hold), accounts, ended),
        );
        throw error.reason;
      }
      const unsent = error instanceof NotSent || neverSent(error);
      await end(call, hold, unsent ? undefined : assumeSafely(call, price, hold), accounts);
      throw error instanceof NotSent ? error.reason : error;
    }
  }

  /** What a cheaper door saved. */
  function tellDoor(call: Call, ended: Completion, price: Price | undefined): void {
    const biller = { priceBook, price, count: options.tokenizer(), nowMs: now() };
    const cost = ended.httpStatus < 400 ? billAtBaseRate(call, ended, biller) : undefined;
    if (cost) call.note({ kind: 'saved', by: 'batch', cost, model: ended.answer?.model });
  }

  /** What was set aside at the base rate was too little, and will be again. */
  function tellDearerTier(call: Call, { answer }: Completion): void {
    if (answer?.serviceTier !== 'priority' || call.unaskedTier === 'priority') return;
    const { serviceTier = 'auto' } = call.dialect.priceContext(call.body);
    if (serviceTier !== 'auto') return;
    warn(
      'dearer_tier',
      `Calls to '${call.provider}' that name no service tier are served at 'priority': set \`unaskedServiceTier: 'priority'\`, so that budgets set its price aside.`,
      call.provider,
    );
  }

  /** A bill must come out of every answer, or its hold would stay for ever: what can't be read is assumed. */
  function billSafely(call: Call, ended: Completion, price: Price | undefined, hold: Hold | undefined): Bill {
    try {
      const bill = billOf(call, ended, { priceBook, price, count: options.tokenizer(), nowMs: now() });
      // What was held and can't be priced after all (an iteration on a model that nobody knows) is not free.
      if (bill.assumed || (hold && !bill.cost)) return assumedBill(call, price, hold?.amountNanoUsd);
      return ended.evenOut ? evened(bill, ended.evenOut) : bill;
    } catch {
      return assumeSafely(call, price, hold);
    }
  }

  /** Ends a hold once. No bill: the call never went out. */
  async function end(
    call: Call,
    hold: Hold | undefined,
    bill: Bill | undefined,
    accounts: readonly Account[],
    ended?: Completion,
  ): Promise<void> {
    try {
      if (hold) {
        const { balances } = await renewal.end(hold.id, () =>
          bill?.cost
            ? ledger.settle(hold.id, roundToNanoUsd(bill.cost.totalPicoUsd), { assumed: bill.assumed })
            : ledger.release(hold.id),
        );
        look(accounts, balances);
      }
    } catch (error) {
      ledgerFailed(error);
    }
    call.note({ kind: 'leg', leg: legOf(call, bill, ended) });
  }

  /** Further in, a call was denied that nobody has sent: there is no leg of it, and nothing is owed. */
  async function release(call: Call, hold: Hold | undefined, accounts: readonly Account[]): Promise<void> {
    try {
      if (hold) look(accounts, (await renewal.end(hold.id, () => ledger.release(hold.id))).balances);
    } catch (error) {
      ledgerFailed(error);
    }
    call.note({ kind: 'leg_unsent' });
  }

  function look(accounts: readonly Account[], balances: readonly Balance[]): void {
    room.hear(balances);
    options.alerts.look(accounts, balances);
  }

  function ledgerFailed(error: unknown): void {
    warn('ledger_error', `The ledger failed: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

/** A bill at the bound, whatever the request holds: at the least, what was set aside for it. */
function assumeSafely(call: Call, price: Price | undefined, hold: Hold | undefined): Bill {
  try {
    return assumedBill(call, price, hold?.amountNanoUsd);
  } catch {
    return assumedAt(hold?.amountNanoUsd);
  }
}

function free(call: Call): Admission {
  return { admitted: true, call, hold: undefined, clamped: false, balances: [], decisions: [] };
}

function deny(call: Call, code: DenialCode, message: string): Reply {
  return denialReply(call, code, message);
}

function legOf(call: Call, bill: Bill | undefined, ended: Completion | undefined): Leg {
  const serverTimes = ended?.answer?.reading?.serverTimes;
  return {
    provider: call.provider,
    requestedModel: modelOf(call) ?? call.requested.model,
    servedModel: ended?.answer?.model,
    serviceTier: ended?.answer?.serviceTier,
    status: ended?.httpStatus ?? 0,
    usage: bill?.usage,
    unaccounted: [
      ...(ended?.answer?.reading?.unaccounted ?? []),
      ...(bill?.cost?.unpriced.map((part) => `${part} (no price)`) ?? []),
    ],
    cost: bill ? bill.cost : { totalPicoUsd: 0n, parts: {}, unpriced: [], basis: 'computed' },
    ...(serverTimes && { serverTimes }),
  };
}
