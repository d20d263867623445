import type { Warn } from '../warnings.js';
import type { BatchDoor, BatchStanding, LineResult } from './batch-door.js';
import type { Dispatch } from './dispatch.js';
import type { JobFiles } from './job-files.js';
import type { PartState } from './job-state.js';
import type { Landing } from './landing.js';
import { toRanges } from './ranges.js';
import { isTemporary, isWorthAnother, lackedRoom } from './weigh-failure.js';

/** What collecting needs. */
export interface CollectOptions {
  readonly files: JobFiles;
  readonly door: BatchDoor;
  readonly landing: Landing;
  readonly dispatch: Pick<Dispatch, 'backOff'>;
  readonly maxAttempts: number;
  readonly warn: Warn;
}

/** Brings results home. */
export interface Collect {
  /** Looks at every batch once. @throws what the client threw where the provider refuses for good */
  readonly look: () => Promise<void>;
  /** The provider's own counts, as of the last look, by part. */
  readonly standings: ReadonlyMap<number, BatchStanding>;
}

/** Looks at batches, and lands the results of those that have ended. Requests that failed for now go back to those that wait. */
export function createCollect({ files, door, landing, dispatch, maxAttempts, warn }: CollectOptions): Collect {
  const { state } = files;
  const standings = new Map<number, BatchStanding>();

  async function look(): Promise<void> {
    for (const part of state.parts) {
      if (part.stage !== 'created' || part.batch === undefined) continue;
      try {
        const standing = await door.standing(part.batch);
        standings.set(part.index, standing);
        if (standing.status === 'rejected') await refuse(part, standing);
        if (standing.status === 'ended') await land(part, part.batch);
      } catch (error) {
        if (!isTemporary(error)) throw error;
        const name = error instanceof Error ? error.name : typeof error;
        warn('batch_error', `A batch could not be looked at: ${name}. It is tried again.`);
      }
    }
  }

  async function land(part: PartState, batch: string): Promise<void> {
    const left = new Set(part.requests.filter((index) => !state.answerOf.has(index)));
    const again = new Set<number>();
    for await (const { customId, ...result } of door.results(batch)) {
      const index = indexIn(part, customId);
      if (index === undefined || !left.has(index)) continue;
      if (mayRetry(index) && isWorthAnother(result)) again.add(index);
      else {
        left.delete(index);
        again.delete(index);
        await landing.land(index, result, batch);
      }
    }
    // What the provider says nothing of was not run.
    for (const index of left)
      if (!again.has(index)) {
        if (mayRetry(index)) again.add(index);
        else await landing.land(index, lost(state.cancelled), batch);
      }
    files.tell({ type: 'ended', part: part.index, again: toRanges([...again].sort((a, b) => a - b)) });
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

function lost(cancelled: boolean): Omit<LineResult, 'customId'> {
  return { outcome: cancelled ? 'cancelled' : 'expired', status: 0, body: undefined, requestId: undefined };
}

/** The place of the request that a result is of; `undefined` for one that was never ours. */
function indexIn({ token }: PartState, customId: string): number | undefined {
  if (!customId.startsWith(`${token}-`)) return undefined;
  const index = Number.parseInt(customId.slice(token.length + 1), 36);
  return Number.isSafeInteger(index) ? index : undefined;
}
