import type { Call } from '../call.js';

/** A leg that is given up unless its answer has begun in time. */
export interface LimitedLeg {
  readonly leg: Call;
  readonly isLate: () => boolean;
  /** Its answer has begun: from now on it may take as long as it takes, unless its caller leaves. */
  readonly begun: () => void;
  /** It is over: nothing is to be given up any more. */
  readonly over: () => void;
}

/** Gives a leg this many milliseconds from when it is sent to its answer's head: what it waits in a lane is not the target's. */
export function limitedLeg(leg: Call, timeoutMs: number | undefined): LimitedLeg {
  if (timeoutMs === undefined) return { leg, isLate: () => false, begun: () => {}, over: () => {} };
  // Not AbortSignal.any: Node 20 keeps each of those for as long as the caller's signal lives.
  const limit = new AbortController();
  const leave = (): void => limit.abort(leg.signal?.reason);
  if (leg.signal?.aborted) leave();
  leg.signal?.addEventListener('abort', leave, { once: true });
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const giveUp = (): void => {
    late = true;
    limit.abort(new DOMException(`Expected an answer within ${timeoutMs} ms, got none.`, 'TimeoutError'));
  };
  const send: typeof fetch = (...request) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, timeoutMs);
    timer.unref?.();
    return leg.send(...request);
  };
  return {
    leg: { ...leg, signal: limit.signal, send },
    isLate: () => late,
    begun: () => clearTimeout(timer),
    over: () => {
      clearTimeout(timer);
      leg.signal?.removeEventListener('abort', leave);
    },
  };
}
