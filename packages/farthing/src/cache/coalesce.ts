import type { Call, Completion, Reply } from '../call.js';
import type { Mode } from '../options.js';
import type { Next, Stage } from '../pipeline.js';
import { barOf, free, isKeepable } from './exact.js';
import { fingerprint } from './fingerprint.js';
import { replay, type StoredAnswer, storeAnswer } from './replay.js';
import { shareBody } from './shared-body.js';

/** An answer that followers may have too. */
interface Landed {
  readonly stored: StoredAnswer;
  readonly completion: Completion;
}

/** A call under way that others may wait for. */
interface Flight {
  /** The answer, or `undefined` when there is none to share: a failure, a denial, a partial answer. Never rejects. */
  readonly landed: Promise<Landed | undefined>;
  readonly join: () => void;
  readonly leave: (reason: unknown) => void;
}

/**
 * Sends equal concurrent calls once. The first leads; the others wait and get a replay of its answer, and pay nothing.
 * Denials and failures are not shared: followers then go on by themselves, under their own budgets. One caller's abort
 * never ends a shared call; the upstream is aborted when the last one leaves.
 */
export function coalesce({ mode }: { readonly mode: Mode }): Stage {
  const flights = new Map<string, Flight>();
  return async (call, next) => {
    // A side effect asked for twice is asked for twice: tool calls are shared, what lives at the provider is not.
    const bar = barOf(call, []);
    if (bar) return next(call);
    const key = fingerprint(call);
    const flight = flights.get(key);
    if (flight && mode === 'observe') call.note({ kind: 'cache', cache: 'coalesce', outcome: 'would_hit' });
    if (!flight || mode === 'observe') return lead(flights, key, call, next);
    return (await follow(flight, call)) ?? next(call);
  };
}

async function follow(flight: Flight, call: Call): Promise<Reply | undefined> {
  flight.join();
  try {
    const landed = await untilAborted(flight.landed, call.signal);
    const response = landed && replay(landed.stored, call);
    if (!response) return undefined;
    call.note({ kind: 'cache', cache: 'coalesce', outcome: 'hit' });
    call.note({ kind: 'saved', by: 'coalesced', cost: landed.completion.cost, model: landed.completion.answer?.model });
    return { response, completion: Promise.resolve(free(response.status)), source: 'coalesced', whole: true };
  } finally {
    flight.leave(call.signal?.reason);
  }
}

async function lead(flights: Map<string, Flight>, key: string, call: Call, next: Next): Promise<Reply> {
  const upstream = new AbortController();
  let waiting = 0;
  let leaderHere = true;
  let drain = (): void => {};
  let detach: (reason: unknown) => void = () => {};
  let land: (landed: Landed | undefined) => void = () => {};
  const flight: Flight = {
    landed: new Promise((resolve) => {
      land = resolve;
    }),
    join: () => {
      waiting++;
      drain();
    },
    leave: (reason) => {
      waiting--;
      if (waiting === 0 && !leaderHere) upstream.abort(reason);
    },
  };
  if (!flights.has(key)) flights.set(key, flight);
  // A tick later, so that the exact cache in front has stored the answer before equal calls stop finding the flight.
  const end = (landed: Landed | undefined): void => {
    land(landed);
    setTimeout(() => flights.get(key) === flight && flights.delete(key), 0);
    call.signal?.removeEventListener('abort', onAbort);
  };
  const onAbort = (): void => {
    leaderHere = false;
    if (waiting === 0) upstream.abort(call.signal?.reason);
    else detach(call.signal?.reason);
  };
  call.signal?.addEventListener('abort', onAbort, { once: true });
  if (call.signal?.aborted) onAbort();

  const sent = next({ ...call, signal: upstream.signal }).then(
    (reply): Reply => {
      const shared = reply.whole ? undefined : shareBody(reply.response, () => waiting > 0);
      if (shared) ({ drain, detach } = shared);
      if (waiting > 0) drain();
      // The leader left before the headers came: nobody will read its copy.
      if (!leaderHere) detach(call.signal?.reason);
      const completion = reply.completion.then((ended) => {
        end(landedOf(reply, ended));
        return ended;
      });
      return { ...reply, response: shared?.response ?? reply.response, completion };
    },
    (error: unknown) => {
      end(undefined);
      throw error;
    },
  );
  return untilAborted(sent, call.signal, () => waiting > 0);
}

function landedOf(reply: Reply, completion: Completion): Landed | undefined {
  if (reply.source === 'denied' || !completion.body || !isKeepable(completion, ['tool_calls'])) return undefined;
  return { stored: storeAnswer(completion.body, reply.response), completion };
}

/** The result, or the signal's reason as soon as it aborts; `only` leaves the abort to the work itself where it is false. */
async function untilAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
  only: () => boolean = () => true,
): Promise<Result> {
  if (!signal) return work;
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => only() && reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => {});
  }
}
