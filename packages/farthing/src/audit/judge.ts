/** `ok`: the stored answer would have served. `fail`: it would not, or that is not clear. */
export type Verdict = 'ok' | 'fail';

/**
 * Says whether a stored answer could have stood for the fresh one. It never rejects and never hangs: errors, timeouts
 * and abstentions are `fail`.
 */
export type Judge = (question: string, fresh: string, stored: string, signal: AbortSignal) => Promise<Verdict>;

/** A judge's own way to decide: anything but `true` and `'ok'` is a failure. */
export type Opinion = (
  question: string,
  fresh: string,
  stored: string,
  signal: AbortSignal,
) => Promise<unknown> | unknown;

/** How long a judge may take at most. */
export interface JudgeOptions {
  /** Milliseconds. @default 60000 */
  readonly timeoutMs?: number;
}

/** A judge that asks `opinion`, and takes what is not a clear yes in time for a failure. */
export function judgeBy(opinion: Opinion, { timeoutMs = 60_000 }: JudgeOptions = {}): Judge {
  return async (question, fresh, stored, signal) => {
    if (signal.aborted) return 'fail';
    const limit = new AbortController();
    const stop = (): void => limit.abort();
    // Not AbortSignal.any: Node 20 keeps each of those for as long as the caller's signal lives.
    signal.addEventListener('abort', stop, { once: true });
    const timer = setTimeout(stop, timeoutMs);
    timer.unref?.();
    const late = new Promise<undefined>((resolve) => {
      limit.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    try {
      // Within `async`, so that an opinion that throws at once is caught too.
      const asked = (async () => opinion(question, fresh, stored, limit.signal))();
      const said = await Promise.race([asked, late]);
      return said === true || said === 'ok' ? 'ok' : 'fail';
    } catch {
      return 'fail';
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };
}
