/**
 * Takes items as soon as they are there and keeps them for whoever reads them, so that who makes them never waits for a slow
 * reader. It starts with the first `next()`. A reader that leaves early stops the work.
 * @param open starts the work; the signal it gets follows `signal`
 */
export async function* readAhead<Item>(
  open: (signal: AbortSignal) => AsyncIterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item, void, undefined> {
  const stop = new AbortController();
  const follow = (): void => stop.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const items: Item[] = [];
  let ended: { readonly failure?: unknown } | undefined;
  let wake = (): void => {};

  const take = async (): Promise<void> => {
    try {
      for await (const item of open(stop.signal)) {
        items.push(item);
        wake();
      }
      ended = {};
    } catch (failure) {
      ended = { failure };
    }
    signal.removeEventListener('abort', follow);
    wake();
  };

  void take(); // it never fails
  try {
    for (;;) {
      while (items.length > 0) yield* items.splice(0);
      if (ended !== undefined) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if ('failure' in ended) throw ended.failure;
  } finally {
    stop.abort(new DOMException('Nobody reads the answer any more.', 'AbortError'));
  }
}
