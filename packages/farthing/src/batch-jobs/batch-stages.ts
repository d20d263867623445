import type { Ledger } from '../budget/ledger.js';
import type { BudgetStageOptions } from '../budget/stage.js';
import { free } from '../cache/exact.js';
import type { BatchTravel, Call, Reply } from '../call.js';
import { noAnswer } from '../no-answer.js';
import type { BudgetOptions } from '../options.js';
import { compose, type Next, type Stage } from '../pipeline.js';
import type { NanoUsd } from '../pricing/money.js';
import { replyInHand } from '../provider.js';
import { wholeResponse } from '../whole-response.js';
import { lastingHolds } from './lasting-holds.js';
import type { BatchLineLost } from './line-lost.js';
import type { BatchLineUnsent } from './line-unsent.js';

/** The gate's own stages, and what it makes them of. */
export interface GateStages {
  readonly record: Stage;
  readonly stop: Stage;
  readonly exactCache: Stage | undefined;
  readonly semanticCache: Stage | undefined;
  readonly placement: Stage;
  /** A budget stage like the gate's, with these changes. */
  readonly budgetWith: (changes: Partial<BudgetStageOptions>) => Stage;
  readonly budgets: () => readonly BudgetOptions[];
  readonly ledger: Ledger;
}

/** The two ways of a request that travels in a batch: one in, one back. */
export interface BatchStages {
  /**
   * Asks caches and budgets. A reply whose source is `queued` is neither an answer nor a denial: its body is the request
   * as it is to be sent, and what it can cost is set aside.
   */
  readonly ask: Next;
  /**
   * Takes an answer through records, caches and budgets: settles what was set aside.
   * @throws BatchLineUnsent once that is released, BatchLineLost once it is settled at its bound, where there is none
   */
  readonly land: (
    call: Call,
    answer: LandedAnswer | BatchLineUnsent | BatchLineLost,
    travel: BatchTravel,
  ) => Promise<Reply>;
  /** Records that a request got the answer to an equal one, which cost so much. */
  readonly share: (call: Call, travel: BatchTravel, answer: SharedAnswer) => Promise<void>;
  /** Gives back what was set aside for a call that is not sent after all. */
  readonly release: (callId: string) => Promise<void>;
}

/** An answer that a batch brought. */
export interface LandedAnswer {
  readonly response: Response;
  /** Its body. */
  readonly text: string;
  /** A budget cut it short: it is no answer to what was asked. */
  readonly shortened: boolean;
}

/** An answer that another request has paid for. */
export interface SharedAnswer {
  readonly status: number;
  readonly costNanoUsd: NanoUsd | null;
  readonly model: string;
}

/**
 * A request goes in through the stages that can answer or deny it, and its answer comes back through those that keep and
 * settle it, perhaps in a later process. Routes, lanes and prompt caches have no part in it: the model that was named is
 * asked, at its provider's pace.
 */
export function createBatchStages(gate: GateStages): BatchStages {
  const { record, stop, exactCache, semanticCache, placement, budgetWith, budgets } = gate;
  const caches = [exactCache, semanticCache].filter((stage) => stage !== undefined);
  const ledger = lastingHolds(gate.ledger);
  const holdOf = ({ id }: Call): string => id;
  const reserve = budgetWith({ ledger, holdOf });
  // What comes back is paid for: it is booked whatever the limits are by now.
  const settle = budgetWith({
    ledger,
    holdOf,
    mode: 'observe',
    budgets: () => budgets().map((budget) => ({ ...budget, mode: 'observe' })),
  });
  return {
    ask: compose([record, stop, ...caches, placement, reserve], queue),
    land: (call, answer, travel) =>
      compose([record, ...caches, settle], async (landing) => {
        landing.note({ kind: 'batch', travel });
        if (answer instanceof Error) throw answer;
        const reply = replyInHand(landing, answer.response, answer.text);
        if (!answer.shortened) return reply;
        return { ...reply, completion: reply.completion.then((ended) => ({ ...ended, altered: true })) };
      })(call),
    share: async (call, travel, { status, costNanoUsd, model }) => {
      await compose([record], async (sharing) => {
        sharing.note({ kind: 'batch', travel });
        sharing.note({ kind: 'cache', cache: 'coalesce', outcome: 'hit' });
        const totalPicoUsd = costNanoUsd === null ? undefined : BigInt(costNanoUsd) * 1000n;
        const cost =
          totalPicoUsd === undefined
            ? undefined
            : { totalPicoUsd, parts: { reported: totalPicoUsd }, unpriced: [], basis: 'computed' as const };
        sharing.note({ kind: 'saved', by: 'coalesced', cost, model });
        return {
          response: new Response(null, { status }),
          completion: Promise.resolve(free(status)),
          source: 'coalesced',
          whole: true,
        };
      })(call);
    },
    release: async (callId) => {
      await ledger.release(callId);
    },
  };
}

/** Where a request waits for its batch; what stands in the reply is what will be sent. */
async function queue(call: Call): Promise<Reply> {
  const head = { status: 202, statusText: 'Accepted', headers: new Headers(), url: call.url, redirected: false };
  return {
    response: wholeResponse(call.bodyText, head),
    completion: Promise.resolve({ ...noAnswer, status: 'complete', httpStatus: 202, error: undefined }),
    source: 'queued',
    whole: true,
  };
}
