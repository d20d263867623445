import type { Warn } from '../warnings.js';
import type { BatchDoor, BatchStanding } from './batch-door.js';
import type { Dispatch } from './dispatch.js';
import type { JobFiles } from './job-files.js';
import type { PartState } from './job-state.js';
import type { Landed, Landing } from './landing.js';
import { toRanges } from './ranges.js';
import { isGone, isTemporary, isWorthAnother, lackedRoom } from './weigh-failure.js';

/** What collecting needs. */
export interface CollectOptions {
  readonly files: JobFiles;
  readonly door: BatchDoor;
  readonly landing: Landing;
  readonly dispatch: Pick<Dispatch, 'backOff'>;
  readonly maxAttempts: number;
  /** How long results that a provider counts, and does not give, are waited for. */
  readonly lostAfterMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

/** Brings results home. */
export interface Collect {
  /**
   * Looks at every batch once. Answers whether any goes on.
   * @throws what the client threw where the provider refuses every one of them for good
   */
  readonly look: () => Promise<boolean>;
  /** The provider's own counts, as of the last look, by part. */
  readonly standings: ReadonlyMap<number, BatchStanding>;
}

/** Looks at batches, and lands the results of those that have ended. Requests that failed for now go back to those that wait. */
export function createCollect(options: CollectOptions): Collect {
  const { files, door, landing, dispatch, maxAttempts, lostAfterMs, now, warn } = options;
  const { state } = files;
  const standings = new Map<number, BatchStanding>();
  /** Since when results of a part are missing. */
  const shortSinceMs = new Map<number, number>();

  async function look(): Promise<boolean> {
    const refusals: unknown[] = [];
    let goesOn = false;
    for (const part of state.parts) {
      if (part.stage !== 'created' || part.batch === undefined) continue;
      try {
        await lookAt(part, part.batch);
        goesOn = true;
      } catch (error) {
        if (isTemporary(error)) goesOn = true;
        else refusals.push(error);
        const name = error instanceof Error ? error.name : typeof error;
        warn('batch_error', `A batch could not be looked at: ${name}. It is tried again.`);
      }
    }
    if (refusals.length > 0 && !goesOn) throw refusals[0];
    return goesOn;
  }

  async function lookAt(part: PartState, batch: string): Promise<void> {
    const standing = await door.standing(batch).catch((error: unknown) => {
      if (isGone(error)) return undefined;
      throw error;
    });
    if (standing) standings.set(part.index, standing);
    if (standing?.status === 'rejected') await refuse(part, standing);
    // Of a batch that is not there any more nobody knows what of it was run.
    if (!standing || standing.status === 'ended') await land(part, batch, standing?.succeeded ?? part.requests.length);
  }

  /** @param succeeded how many answers the provider counts: fewer are no reason to ask again for what has been paid */
  async function land(part: PartState, batch: string, succeeded: number): Promise<void> {
    const left = new Set(part.requests.filter((index) => !state.answerOf.has(index)));
    const again = new Set<number>();
    const answered = await read(part, batch, async (index, result) => {
      if (!left.has(index)) return;
      if (mayRetry(index) && isWorthAnother(result)) again.add(index);
      else {
        left.delete(index);
        again.delete(index);
        await landing.land(index, result, batch);
      }
    });
    const missing = [...left].filter((index) => !again.has(index));
    const isShort = missing.length > 0 && answered < succeeded;
    if (isShort && !waitedFor(part)) return;
    if (isShort)
      warn(
        'batch_error',
        `${missing.length} results of batch ${batch} are not at its provider any more. They count as failed, at what they can have cost.`,
        batch,
      );
    for (const index of missing) {
      if (isShort) await landing.land(index, nowhere('lost'), batch);
      // What the provider says nothing of, and does not count, was not run.
      else if (mayRetry(index)) again.add(index);
      else await landing.land(index, nowhere(state.cancelled ? 'cancelled' : 'expired'), batch);
    }
    files.tell({ type: 'ended', part: part.index, again: toRanges([...again].sort((a, b) => a - b)) });
  }

  /** Tells every result of a batch; answers how many of them are answers. */
  async function read(
    part: PartState,
    batch: string,
    tell: (index: number, result: Landed) => Promise<void>,
  ): Promise<number> {
    let answered = 0;
    try {
      for await (const { customId, ...result } of door.results(batch)) {
        const index = indexIn(part, customId);
        if (index === undefined) continue;
        if (result.outcome === 'answered') answered++;
        await tell(index, result);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    return answered;
  }

  /** Results may come later than the word that there are some. */
  function waitedFor({ index }: PartState): boolean {
    const since = shortSinceMs.get(index) ?? now();
    shortSinceMs.set(index, since);
    return now() - since >= lostAfterMs;
  }

  function mayRetry(index: number): boolean {
    return !state.cancelled && (state.entries[index]?.attempts ?? maxAttempts) < maxAttempts;
  }

  /** A batch of which nothing was run. */
  async function refuse(part: PartState, standing: BatchStanding): Promise<void> {
    if (lackedRoom(standing) && !state.cancelled) {
      files.tell({ type: 'ended', part: part.index, again: toRanges(part.requests), uncounted: true });
      dispatch.backOff(standing.errors[0]?.code ?? 'rejected');
      return;
    }
    const [error] = standing.errors;
    const body = {
      error: {
        message: error?.message ?? 'The batch was rejected.',
        type: 'invalid_request_error',
        code: error?.code ?? null,
        param: null,
      },
    };
    for (const index of part.requests)
      await landing.land(index, { outcome: 'errored', status: 400, body, requestId: undefined }, part.batch);
    files.tell({ type: 'ended', part: part.index, again: [] });
  }

  return { look, standings };
}

function nowhere(outcome: 'lost' | 'expired' | 'cancelled'): Landed {
  return { outcome, status: 0, body: undefined, requestId: undefined };
}

/** The place of the request that a result is of; `undefined` for one that was never ours. */
function indexIn({ token }: PartState, customId: string): number | undefined {
  if (!customId.startsWith(`${token}-`)) return undefined;
  const index = Number.parseInt(customId.slice(token.length + 1), 36);
  return Number.isSafeInteger(index) ? index : undefined;
}
