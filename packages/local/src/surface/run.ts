import type { Generation } from '../engine.js';
import type { Ask, Host, ServedPiece } from '../host.js';
import { LocalError } from '../local-error.js';

/** A request under way. */
export interface Run {
  /** The next piece; the last is `end`. @throws LocalError, or the signal's reason */
  readonly next: () => Promise<ServedPiece>;
  /** Ends the work at once. */
  readonly stop: (reason: unknown) => void;
  /** Aborted by the request's own signal and by `stop`. */
  readonly signal: AbortSignal;
}

/**
 * Starts a request; it runs until its end, until `stop`, or until the request's signal. The request is held for as long,
 * because its signal follows the caller's only while it is reachable.
 */
export function openRun(host: Host, ask: Omit<Ask, 'signal'>, generation: Generation, request: Request): Run {
  const abort = new AbortController();
  const follow = () => abort.abort(request.signal.reason);
  if (request.signal.aborted) follow();
  request.signal.addEventListener('abort', follow);
  const pieces = host.generate({ ...ask, signal: abort.signal }, generation)[Symbol.asyncIterator]();
  const leave = () => {
    request.signal.removeEventListener('abort', follow);
    // Lets the host clean up behind its last piece; nobody is left to hear of a failure.
    pieces.return?.().catch(() => {});
  };
  return {
    signal: abort.signal,
    next: async () => {
      try {
        const step = await pieces.next();
        if (step.done === true)
          throw new LocalError('engine_failed', 'The engine stopped without saying how it ended.');
        if (step.value.kind === 'end') leave();
        return step.value;
      } catch (error) {
        leave();
        throw error;
      }
    },
    stop: (reason) => {
      abort.abort(reason);
      leave();
    },
  };
}
