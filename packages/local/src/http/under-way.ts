/** Work that ends with its caller's signal, or with all other work. */
export interface UnderWay {
  /** Begins; `signal` is aborted when the caller's is, or by `endAll`. @throws the caller's reason */
  readonly enter: (signal: AbortSignal | undefined) => { readonly signal: AbortSignal; readonly leave: () => void };
  readonly within: <Value>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Value>,
  ) => Promise<Value>;
  readonly endAll: (reason: unknown) => void;
}

/** Keeps track of what is under way. */
export function createUnderWay(): UnderWay {
  const running = new Set<AbortController>();
  const enter: UnderWay['enter'] = (signal) => {
    signal?.throwIfAborted();
    const own = new AbortController();
    const give = (): void => own.abort(signal?.reason);
    signal?.addEventListener('abort', give);
    running.add(own);
    return {
      signal: own.signal,
      leave: () => {
        signal?.removeEventListener('abort', give);
        running.delete(own);
      },
    };
  };
  return {
    enter,
    within: async (signal, work) => {
      const place = enter(signal);
      try {
        return await work(place.signal);
      } finally {
        place.leave();
      }
    },
    endAll: (reason) => {
      for (const each of running) each.abort(reason);
    },
  };
}
