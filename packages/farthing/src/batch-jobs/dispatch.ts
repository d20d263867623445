import type { Warn } from '../warnings.js';
import type { BatchDoor, Part } from './batch-door.js';
import type { JobFiles } from './job-files.js';
import type { PartState } from './job-state.js';
import type { Landing } from './landing.js';
import { type PartLimits, planParts } from './plan-parts.js';
import { toRanges } from './ranges.js';
import { isTemporary, weighCreationFailure } from './weigh-failure.js';

/** What sending needs. */
export interface DispatchOptions {
  readonly files: JobFiles;
  readonly door: BatchDoor;
  readonly landing: Landing;
  readonly limits: PartLimits;
  readonly lostAfterMs: number;
  readonly pollMs: number;
  /** Whether a batch is known to be of another part or job. */
  readonly isKnown: (batch: string) => boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

/** Brings the requests of a job to its provider, each once. */
export interface Dispatch {
  /** Sends what waits, as far as the provider takes it now. @throws what the client threw where it refuses for good */
  readonly send: () => Promise<void>;
  /** Answers all that was not sent, and will not be. */
  readonly withdraw: () => Promise<void>;
  /** The provider had no room: nothing is sent for a while. */
  readonly backOff: (why: string) => void;
  /** Why nothing is sent at the moment. */
  readonly trouble: () => string | undefined;
}

/** The longest pause between two tries. */
const longestPauseMs = 600_000;

/**
 * Sends parts: planned, prepared (uploaded), created, each step on the disk before the next. A creation that nobody
 * answered is looked for before it is tried again, so that no part is ever there twice.
 */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { files, door, landing, limits, lostAfterMs, pollMs, now, warn } = options;
  const { state } = files;
  let pauses = 0;
  let notBeforeMs = 0;
  let trouble: string | undefined;
  /** When a creation was given up that nobody answered: it may have been on its way until then. */
  const gaveUpMs = new Map<number, number>();
  /** One of a process before may have been on its way until it died. */
  const openedMs = now();

  const backOff = (why: string): void => {
    trouble = why;
    notBeforeMs = now() + Math.min(longestPauseMs, pollMs * 2 ** Math.min(pauses++, 20));
  };

  async function send(): Promise<void> {
    if (!state.cancelled) plan();
    for (const part of state.parts) {
      if (part.stage === 'created' || part.stage === 'over') continue;
      if (part.stage !== 'creating' && (state.cancelled || now() < notBeforeMs)) continue;
      await bring(part);
    }
  }

  function plan(): void {
    const waiting = state.entries.flatMap(({ stands, sameAs, model, bytes, inputs }, index) =>
      stands === 'waiting' && sameAs === undefined ? [{ index, model, bytes, inputs }] : [],
    );
    for (const requests of planParts(waiting, limits)) files.tell({ type: 'planned', requests: toRanges(requests) });
  }

  /** One part, as far as it comes now. */
  async function bring(part: PartState): Promise<void> {
    if (part.stage === 'creating' && !(await look(part))) return;
    const sent = partOf(part);
    try {
      if (part.stage === 'planned')
        files.tell({ type: 'prepared', part: part.index, prepared: await door.prepare(sent) });
    } catch (error) {
      if (!isTemporary(error)) throw error;
      backOff(nameOf(error));
      return;
    }
    if (!state.cancelled) await create(part, sent);
  }

  async function create(part: PartState, sent: Part): Promise<void> {
    files.tell({ type: 'creating', part: part.index, atMs: now() });
    try {
      const batch = await door.create(sent, part.prepared);
      files.tell({ type: 'created', part: part.index, batch });
      [pauses, trouble] = [0, undefined];
    } catch (error) {
      const failure = weighCreationFailure(error);
      backOff(nameOf(error));
      gaveUpMs.set(part.index, now());
      if (failure !== 'unknown') files.tell({ type: 'uncreated', part: part.index });
      if (failure === 'refused') throw error;
    }
  }

  /** Looks for a batch that nobody heard of. Answers whether it is to be created again. */
  async function look(part: PartState): Promise<boolean> {
    const { index, token, prepared, requests, sinceMs, triedMs } = part;
    const lastMs = Math.max(gaveUpMs.get(index) ?? 0, triedMs, openedMs);
    try {
      const found = await door.find({ token, prepared, requests: requests.length, sinceMs, isKnown: options.isKnown });
      if (found.outcome === 'found') {
        files.tell({ type: 'created', part: index, batch: found.batch });
        [pauses, trouble] = [0, undefined];
      } else if (found.outcome === 'unsure') trouble = 'a batch that may be this one has not ended yet';
      else if (now() - lastMs >= lostAfterMs && now() >= notBeforeMs) {
        if (!state.cancelled) return true;
        files.tell({ type: 'uncreated', part: index });
      }
    } catch (error) {
      if (!isTemporary(error)) throw error;
      warn('batch_error', `A batch could not be looked for: ${nameOf(error)}. It is tried again.`);
    }
    return false;
  }

  function partOf({ token, requests }: PartState): Part {
    const endpoint = state.opened?.endpoint ?? door.defaultEndpoint;
    const lines = requests.map((index) => {
      const { sent, body } = files.request(index);
      return door.lineOf({ customId: `${token}-${index.toString(36)}`, endpoint, bodyText: sent ?? body });
    });
    return { token, endpoint, lines };
  }

  async function withdraw(): Promise<void> {
    const nowhere = { outcome: 'cancelled', status: 0, body: undefined, requestId: undefined } as const;
    for (const part of state.parts) {
      if (part.stage !== 'planned' && part.stage !== 'prepared') continue;
      for (const index of part.requests) await landing.land(index, nowhere, undefined);
      files.tell({ type: 'ended', part: part.index, again: [] });
    }
    for (const [index, entry] of state.entries.entries())
      if (entry.stands === 'waiting' && entry.sameAs === undefined) await landing.land(index, nowhere, undefined);
  }

  return { send, withdraw, backOff, trouble: () => trouble };
}

/** The name of an error, never its message, which may hold what was asked. */
function nameOf(error: unknown): string {
  const { name, status } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    status?: unknown;
  }; // read as unknown
  return `${typeof name === 'string' ? name : typeof error}${typeof status === 'number' ? ` (${status})` : ''}`;
}
