/** How a callback of the user's ended. */
export type Outcome<Value> =
  | { readonly ended: 'done'; readonly value: Value }
  | { readonly ended: 'threw'; readonly error: unknown }
  | { readonly ended: 'timeout' };

/**
 * Waits for work of the user's, but not for ever.
 * @throws the reason of the caller's signal when it aborts meanwhile
 */
export async function inTime<Value>(
  work: (signal: AbortSignal) => Value | Promise<Value>,
  timeoutMs: number,
  caller: AbortSignal | undefined,
): Promise<Outcome<Value>> {
  caller?.throwIfAborted();
  // Not AbortSignal.any: Node 20 keeps each of those for as long as the caller's signal lives.
  const limit = new AbortController();
  const stop = (): void => limit.abort(caller?.reason);
  caller?.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => limit.abort(new DOMException('It took too long.', 'TimeoutError')), timeoutMs);
  timer.unref?.();
  const late = new Promise<Outcome<Value>>((resolve) => {
    limit.signal.addEventListener('abort', () => resolve({ ended: 'timeout' }), { once: true });
  });
  try {
    // Within `async`, so that what throws at once is caught too.
    const done = (async () => work(limit.signal))().then(
      (value): Outcome<Value> => ({ ended: 'done', value }),
      (error: unknown): Outcome<Value> => ({ ended: 'threw', error }),
    );
    const outcome = await Promise.race([done, late]);
    caller?.throwIfAborted();
    return limit.signal.aborted && outcome.ended === 'threw' ? { ended: 'timeout' } : outcome;
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener('abort', stop);
  }
}
