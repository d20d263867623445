import type { BudgetDecision, Call, DenialCode } from '../call.js';
import { modelOf } from '../model-of.js';
import type { Exhaustion, ExhaustionAction } from '../options.js';
import { formatUsd, type NanoUsd } from '../pricing/money.js';
import type { Price } from '../pricing/price.js';
import type { Warn } from '../warnings.js';
import { coarseEstimate, contextOf, type Estimate, estimate, outputThatFits } from './estimate.js';
import type { Balance, Hold, Ledger, ReserveResult } from './ledger.js';
import type { Account } from './plan.js';
import type { Room } from './room.js';

/** Whether a call may go out, and in which form. */
export type Admission =
  | {
      readonly admitted: true;
      readonly call: Call;
      readonly hold: Hold | undefined;
      readonly clamped: boolean;
      readonly balances: readonly Balance[];
      readonly decisions: readonly BudgetDecision[];
    }
  | {
      readonly admitted: false;
      readonly code: DenialCode;
      readonly message: string;
      readonly decisions: readonly BudgetDecision[];
    };

/** What admission takes from the gate. */
export interface Admitter {
  readonly ledger: Ledger;
  readonly ttlMs: number;
  /** Better estimates, in the order in which they are tried where bytes would deny. */
  readonly refine: readonly Refine[];
  readonly room: Room;
  readonly warn: Warn;
}

/** A closer estimate than the one by bytes, where it can be had. */
export type Refine = (call: Call, price: Price) => Promise<Estimate | undefined>;

/** A model that reasons needs room to think before it says anything; below this it answers nothing. */
const reasoningFloorTokens = 1024;
/** A coarse bound is held where it takes no more than this share of what is left, so that it crowds nobody out. */
const coarseShare = 1 / 64;
/** The least that every provider accepts. */
const floorTokens = 16;

/**
 * Asks every account for room for one leg. Nothing is set aside unless all of them have it.
 * @param id names the hold
 */
export async function admit(
  call: Call,
  price: Price | undefined,
  accounts: readonly Account[],
  id: string,
  admitter: Admitter,
): Promise<Admission> {
  const binding = accounts.filter((account) => account.binding);
  if (!price) return unpriced(call, accounts, binding);
  let estimated = firstEstimate(call, price, accounts, admitter.room);
  const bar = unboundedBar(estimated, binding);
  if (bar) return denied(call, [bar], 'budget_exceeded', unboundedMessage(bar, estimated), accounts);
  const withAllowance = (amountNanoUsd: NanoUsd): NanoUsd =>
    estimated.measure.bounded
      ? amountNanoUsd
      : amountNanoUsd + Math.max(0, ...binding.map((account) => account.allowanceNanoUsd ?? 0));
  const reserve = (options: {
    amount: NanoUsd;
    min?: NanoUsd;
    overdrawn?: ReadonlySet<string>;
  }): Promise<ReserveResult> =>
    admitter.ledger.reserve({
      id,
      claims: accounts.map(({ claim }) =>
        options.overdrawn?.has(claim.account) ? { ...claim, overdraw: true } : claim,
      ),
      amountNanoUsd: options.amount,
      ...(options.min !== undefined && { minNanoUsd: options.min }),
      ttlMs: admitter.ttlMs,
    });

  let amount = withAllowance(estimated.amountNanoUsd);
  let result = await reserve({ amount });
  for (const refine of admitter.refine) {
    if (result.granted) break;
    const refined = await refine(call, price);
    if (!refined || refined.amountNanoUsd >= estimated.amountNanoUsd) continue;
    estimated = refined;
    amount = withAllowance(estimated.amountNanoUsd);
    result = await reserve({ amount });
  }
  if (result.granted) return admitted(call, result, accounts, undefined, false);

  const actions = await exhaustionActions(call, accounts, result.lacking, amount, admitter.warn);
  const refusing = actions.filter(({ action }) => action === 'deny').map(({ account }) => account);
  if (refusing.length > 0)
    return denied(
      call,
      refusing,
      'budget_exceeded',
      exhaustedMessage(refusing, result.lacking, amount),
      accounts,
      result.lacking,
    );
  const overdrawn = new Set(
    actions.filter(({ action }) => action === 'allow').map(({ account }) => account.claim.account),
  );
  const clamping = actions.filter(({ action }) => action === 'clamp').map(({ account }) => account);
  if (clamping.length === 0) {
    const allowed = await reserve({ amount, overdrawn });
    return allowed.granted
      ? admitted(call, allowed, accounts, undefined, false)
      : denied(
          call,
          accounts,
          'budget_exceeded',
          exhaustedMessage(binding, allowed.lacking, amount),
          accounts,
          allowed.lacking,
        );
  }
  return clamp();

  async function clamp(): Promise<Admission> {
    const context = contextOf(call);
    const choices = call.dialect.choices(call.body);
    const floor = Math.max(
      call.dialect.leastOutput(call.body),
      ...clamping.map((account) => account.floorTokens ?? (price?.reasoning ? reasoningFloorTokens : floorTokens)),
    );
    const refusal = (lacking: readonly Balance[]): Admission =>
      denied(call, clamping, 'budget_exceeded', exhaustedMessage(clamping, lacking, amount), accounts, lacking);
    if (!price || !estimated.measure.bounded || result.granted) return refusal([]);
    const least = estimate({ ...call, body: call.dialect.clampOutput(call.body, floor) ?? call.body }, price);
    const granted = await reserve({ amount, min: Math.min(amount, least.amountNanoUsd), overdrawn });
    if (!granted.granted) return refusal(granted.lacking);
    const fitting = outputThatFits(estimated.measure, price, context, {
      amountNanoUsd: granted.hold.amountNanoUsd,
      floorTokens: floor,
      choices,
    });
    const body = fitting === undefined ? undefined : call.dialect.clampOutput(call.body, fitting);
    if (!body) {
      await admitter.ledger.release(id);
      return refusal(result.granted ? [] : result.lacking);
    }
    return admitted({ ...call, body, bodyText: JSON.stringify(body) }, granted, accounts, clamping, true);
  }
}

function firstEstimate(call: Call, price: Price, accounts: readonly Account[], room: Room): Estimate {
  const coarse = coarseEstimate(call, price);
  return coarse && coarse.amountNanoUsd <= room.least(accounts) * coarseShare ? coarse : estimate(call, price);
}

function unpriced(call: Call, accounts: readonly Account[], binding: readonly Account[]): Admission {
  const model = modelOf(call) ?? call.requested.model;
  if (binding.length > 0) {
    return denied(
      call,
      binding,
      'budget_exceeded',
      `The price of model '${model}' at '${call.provider}' is not known, so ${names(binding)} can't hold it. Add it to \`prices\`, or name the model it stands for in \`aliases\`.`,
      accounts,
    );
  }
  return { admitted: true, call, hold: undefined, clamped: false, balances: [], decisions: [] };
}

/** The first binding account that grants no allowance to a call whose cost the request does not bound. */
function unboundedBar({ measure }: Estimate, binding: readonly Account[]): Account | undefined {
  return measure.bounded ? undefined : binding.find((account) => account.allowanceNanoUsd === undefined);
}

async function exhaustionActions(
  call: Call,
  accounts: readonly Account[],
  lacking: readonly Balance[],
  neededNanoUsd: NanoUsd,
  warn: Warn,
): Promise<readonly { account: Account; action: ExhaustionAction }[]> {
  const lackingNames = new Map(lacking.map((balance) => [balance.account, balance]));
  const actions: { account: Account; action: ExhaustionAction }[] = [];
  for (const account of accounts) {
    const balance = lackingNames.get(account.claim.account);
    if (!balance) continue;
    const { onExhausted } = account;
    const action =
      typeof onExhausted === 'string'
        ? onExhausted
        : await answerOf(
            onExhausted,
            {
              budget: account.budget,
              account: account.claim.account,
              neededNanoUsd,
              remainingNanoUsd: balance.remainingNanoUsd ?? 0,
              tags: call.options.tags ?? {},
              model: modelOf(call) ?? call.requested.model,
            },
            warn,
          );
    actions.push({ account, action });
  }
  return actions;
}

/** A callback that throws, or answers something else, is no reason to let a call pass. */
async function answerOf(
  ask: Exclude<Account['onExhausted'], string>,
  exhaustion: Exhaustion,
  warn: Warn,
): Promise<ExhaustionAction> {
  try {
    const answer: unknown = await ask(exhaustion);
    if (answer === 'deny' || answer === 'clamp' || answer === 'allow') return answer;
    warn(
      'callback_error',
      `\`onExhausted\` of budget '${exhaustion.budget}' answered none of 'deny', 'clamp', 'allow'.`,
    );
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    warn('callback_error', `\`onExhausted\` of budget '${exhaustion.budget}' threw ${name}: the call was denied.`);
  }
  return 'deny';
}

function admitted(
  call: Call,
  result: Extract<ReserveResult, { granted: true }>,
  accounts: readonly Account[],
  clamping: readonly Account[] | undefined,
  clamped: boolean,
): Admission {
  const decisions = accounts.map((account): BudgetDecision => {
    const balance = result.balances.find((each) => each.account === account.claim.account);
    const remaining = balance ? account.limitNanoUsd - balance.spentNanoUsd - balance.heldNanoUsd : null;
    const overdrawn = remaining !== null && remaining < 0 && !account.binding;
    return decision(
      account,
      overdrawn && account.mode === 'observe' ? 'would_deny' : clamping?.includes(account) ? 'clamped' : 'allowed',
      result.hold.amountNanoUsd,
      remaining,
    );
  });
  return { admitted: true, call, hold: result.hold, clamped, balances: result.balances, decisions };
}

function denied(
  _call: Call,
  refusing: readonly Account[],
  code: DenialCode,
  message: string,
  accounts: readonly Account[],
  lacking: readonly Balance[] = [],
): Admission {
  const decisions = accounts
    .filter((account) => refusing.includes(account))
    .map((account) =>
      decision(
        account,
        'denied',
        0,
        lacking.find((each) => each.account === account.claim.account)?.remainingNanoUsd ?? null,
      ),
    );
  return { admitted: false, code, message, decisions };
}

function decision(
  account: Account,
  action: BudgetDecision['action'],
  heldNanoUsd: NanoUsd,
  remainingNanoUsd: NanoUsd | null,
): BudgetDecision {
  return { budget: account.budget, account: account.claim.account, action, heldNanoUsd, remainingNanoUsd };
}

function exhaustedMessage(refusing: readonly Account[], lacking: readonly Balance[], amount: NanoUsd): string {
  const parts = refusing.map((account) => {
    const remaining = lacking.find((balance) => balance.account === account.claim.account)?.remainingNanoUsd;
    return `${names([account])} has ${remaining === undefined || remaining === null ? 'no room' : `$${formatUsd(Math.max(0, remaining))}`} left of $${formatUsd(account.limitNanoUsd)}`;
  });
  return `This call can cost up to $${formatUsd(amount)}; ${parts.join('; ')}. Lower max_tokens, raise the limit, or wait for the next window.`;
}

function unboundedMessage(account: Account, { measure }: Estimate): string {
  const reasons = measure.bounded ? '' : measure.reasons.join(', ');
  return `What this call can cost is not bounded by its request (${reasons}), so ${names([account])} can't hold it. Give the budget an \`allowance\` for such calls.`;
}

function names(accounts: readonly Account[]): string {
  return accounts
    .map(({ budget }) => (budget === 'maxCost' ? 'the call’s maxCost' : `budget '${budget}'`))
    .join(' and ');
}
