import type { Call, Completion, Reply } from './call.js';
import { noAnswer } from './no-answer.js';
import type { BudgetOptions, CallOptions } from './options.js';
import type { NanoUsd } from './pricing/money.js';

/** What sending a call again takes from the gate. */
export interface AuditorOptions {
  /** Record, route (to the strongest), budget and provider: no cache may answer an audit. */
  readonly send: (call: Call) => Promise<Reply>;
  /** Whether calls with these options are stopped: audits of theirs are, too. */
  readonly isStopped: (options: CallOptions) => boolean;
  readonly begin: (id: string) => void;
  readonly nextId: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The error of an audit that was not sent, since calls of its caller are stopped: that says nothing of any answer. */
export const auditStopped = Symbol('stopped');

/** An audit that takes longer has failed. */
const timeoutMs = 120_000;

/**
 * Sends a call again at the gate's own expense, off its caller's path: under an id and a record of its own, without the
 * caller's tags, envelopes and abort. A target that is named answers it. Never rejects.
 */
export function createAuditor({
  send,
  isStopped,
  begin,
  nextId,
  now,
}: AuditorOptions): (call: Call, target?: string) => Promise<Completion> {
  return async (call, target) => {
    if (isStopped(call.options)) return ended(402, auditStopped);
    const headers = new Headers(call.headers);
    // With it, a provider would give the first answer once more.
    headers.delete('idempotency-key');
    const audit: Call = {
      ...call,
      id: nextId(),
      purpose: 'audit',
      body: call.requested.body,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      options: { pin: target },
      envelopes: [],
      doorTier: undefined,
      retry: 0,
      startedAtMs: now(),
      note: () => {},
    };
    begin(audit.id);
    try {
      const reply = await send(audit);
      await reply.response.text();
      return await reply.completion;
    } catch (error) {
      return ended(0, error);
    }
  };
}

function ended(httpStatus: number, error: unknown): Completion {
  return { ...noAnswer, status: 'failed', httpStatus, error };
}

/** The budgets that audits count against: those that hold for every call, and one of their own. */
export function auditBudgets(
  budgets: readonly BudgetOptions[],
  limit: NanoUsd | undefined,
  name: string,
): readonly BudgetOptions[] {
  const common = budgets.filter((budget) => budget.by === undefined && budget.where === undefined);
  return limit === undefined ? common : [...common, { name, limit, per: 'day', alerts: [] }];
}
