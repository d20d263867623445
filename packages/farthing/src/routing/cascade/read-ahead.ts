import { copyResponse } from '../../body-tap.js';

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A body that was read before its caller: to its end, as far as was enough, or until it broke. */
export type ReadAhead =
  | { readonly ended: 'done'; readonly chunks: readonly Uint8Array[] }
  | { readonly ended: 'enough'; readonly chunks: readonly Uint8Array[]; readonly reader: Reader }
  | { readonly ended: 'failed'; readonly chunks: readonly Uint8Array[]; readonly error: unknown };

/**
 * Reads a body until it ends or `isEnough` says so of what has come.
 * @throws the signal's reason when it aborts; the upstream is then cancelled
 */
export async function readAhead(
  response: Response,
  options: {
    readonly isEnough: (chunk: Uint8Array) => boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ReadAhead> {
  const { isEnough, signal } = options;
  const chunks: Uint8Array[] = [];
  if (!response.body) return { ended: 'done', chunks };
  const reader: Reader = response.body.getReader();
  const onAbort = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    for (;;) {
      const read = await reader.read().catch((error: unknown) => ({ error }));
      if (signal?.aborted) throw signal.reason;
      if ('error' in read) return { ended: 'failed', chunks, error: read.error };
      if (read.done) return { ended: 'done', chunks };
      chunks.push(read.value);
      if (isEnough(read.value)) return { ended: 'enough', chunks, reader };
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The same response for its caller: what was read, in the pieces in which it came, then what is still to come. */
export function passOn(
  response: Response,
  read: ReadAhead,
  change: ((chunk: Uint8Array | undefined) => Uint8Array | undefined) | undefined = undefined,
): Response {
  const reader = read.ended === 'enough' ? read.reader : undefined;
  let next = 0;
  const take = async (): Promise<Uint8Array | undefined> => {
    if (next < read.chunks.length) return read.chunks[next++];
    if (read.ended === 'failed') throw read.error;
    const more = await reader?.read();
    return more?.value;
  };
  let isOver = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // One pull must bring something, or the end.
        while (!isOver) {
          const chunk = await take();
          isOver = chunk === undefined;
          const changed = change ? change(chunk) : chunk;
          if (changed && changed.byteLength > 0) return controller.enqueue(changed);
        }
        controller.close();
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const copy = copyResponse(response, stream);
  if (change) copy.headers.delete('content-length');
  return copy;
}
