import type { BatchTravel, Call } from '../call.js';
import { roundToNanoUsd } from '../pricing/money.js';
import { wholeResponse } from '../whole-response.js';
import type { LineResult } from './batch-door.js';
import type { BatchStages } from './batch-stages.js';
import type { JobFiles } from './job-files.js';
import type { LineCalls } from './line-calls.js';
import { BatchLineLost } from './line-lost.js';
import { BatchLineUnsent } from './line-unsent.js';
import type { StoredAnswer } from './stored-answer.js';
import type { StoredRequest } from './stored-request.js';

/** What landing needs. */
export interface LandingOptions {
  readonly stages: Pick<BatchStages, 'land' | 'share'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly files: JobFiles;
  readonly calls: LineCalls;
  readonly job: string;
  readonly callIdOf: (index: number) => string;
}

/** Takes answers in: each is settled, kept in the caches, recorded, and on the disk before the next one. */
export interface Landing {
  /** The answer of a request, with the batch that brought it; those who share it get it too. */
  readonly land: (index: number, result: Landed, batch: string | undefined) => Promise<void>;
  /** Gives those who share an answer theirs, where an earlier process did not come to it. */
  readonly catchUp: () => Promise<void>;
}

const outcomes = {
  answered: 'answered',
  errored: 'failed',
  lost: 'failed',
  expired: 'expired',
  cancelled: 'cancelled',
} as const;

/** What became of a request. `lost`: it was run, and its provider no longer has the result. */
export type Landed = Omit<LineResult, 'customId' | 'outcome'> & { readonly outcome: keyof typeof outcomes };

/** Lands results of one job. A request that has its answer is left alone, whoever brings another. */
export function createLanding({ stages, now, files, calls, job, callIdOf }: LandingOptions): Landing {
  const { state } = files;

  const callFor = async (index: number, stored: StoredRequest): Promise<Call> =>
    calls.callOf({
      id: callIdOf(index),
      model: stored.model,
      bodyText: stored.body,
      scoped: stored,
      atMs: stored.atMs,
    });
  const travelOf = (stored: StoredRequest, attempts: number, batch: string | undefined): BatchTravel => ({
    job,
    batch,
    attempts,
    waitedMs: now() - stored.atMs,
  });

  async function land(index: number, result: Landed, batch: string | undefined): Promise<void> {
    const entry = state.entries[index];
    if (!entry) return;
    if (entry.stands !== 'done') {
      const stored = files.request(index);
      const call = await callFor(index, stored);
      const costNanoUsd = await settle(call, stored, result, travelOf(stored, entry.attempts, batch));
      files.addAnswer({
        index,
        outcome: outcomes[result.outcome],
        status: result.status,
        body: bodyText(result),
        source: 'provider',
        costNanoUsd,
        attempts: entry.attempts,
      });
    }
    await share(index);
  }

  /** Through records, caches and budgets, as an answer that came by itself would go. */
  async function settle(
    call: Call,
    stored: StoredRequest,
    result: Landed,
    travel: BatchTravel,
  ): Promise<number | null> {
    // It was looked up as it came in: now it is only kept.
    const options = { ...call.options, cache: { ...call.options.cache, read: false } };
    const text = bodyText(result) ?? '';
    const shortened = stored.sent !== undefined;
    const answer =
      result.status === 0
        ? result.outcome === 'lost'
          ? new BatchLineLost('The provider no longer has the result.')
          : new BatchLineUnsent(result.outcome)
        : { response: responseOf(call, result, text), text, shortened };
    try {
      const reply = await stages.land({ ...call, options }, answer, travel);
      const { cost } = await reply.completion;
      return cost ? roundToNanoUsd(cost.totalPicoUsd) : null;
    } catch (error) {
      if (error instanceof BatchLineUnsent) return 0;
      if (error instanceof BatchLineLost) return null;
      throw error;
    }
  }

  async function share(leader: number): Promise<void> {
    const followers = (state.followers.get(leader) ?? []).filter((each) => !state.answerOf.has(each));
    const place = state.answerOf.get(leader);
    if (followers.length === 0 || !place) return;
    const answer = files.answer(place);
    for (const index of followers) {
      const stored = files.request(index);
      const { status, costNanoUsd } = answer;
      const travel = travelOf(stored, 0, undefined);
      if (status > 0)
        await stages.share(await callFor(index, stored), travel, { status, costNanoUsd, model: stored.model });
      files.addAnswer({ ...answer, index, source: 'coalesced', costNanoUsd: 0, attempts: 0 } satisfies StoredAnswer);
    }
  }

  return {
    land,
    catchUp: async () => {
      for (const leader of state.followers.keys()) await share(leader);
    },
  };
}

function bodyText({ body }: Pick<Landed, 'body'>): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

/** The answer as it would have come to a call of its own. */
function responseOf(call: Call, result: Landed, text: string): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  // Under both names in use: clients that get the answer from the cache look for theirs.
  for (const name of ['x-request-id', 'request-id'])
    if (result.requestId !== undefined) headers.set(name, result.requestId);
  return wholeResponse(text, {
    status: result.status,
    statusText: '',
    headers,
    url: call.url,
    redirected: false,
  });
}
