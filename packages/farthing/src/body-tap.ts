import { callAfter } from './coarse-timer.js';
import { createEventSplitter } from './dialects/sse.js';
import { wholeResponse } from './whole-response.js';

/** How the reading of a body ended. */
export interface BodyEnd {
  readonly status: 'complete' | 'cancelled' | 'failed';
  /** The body as the provider sent it, as far as it came; `undefined` once it passed the limit. */
  readonly text: string | undefined;
  /** Milliseconds from sending to the first byte of the body. */
  readonly firstChunkMs: number | undefined;
  readonly error: unknown;
}

/** A response whose body is watched: `response` for the caller, `end` for the gate. */
export interface TappedBody {
  readonly response: Response;
  /** Never rejects. */
  readonly end: Promise<BodyEnd>;
  /** The body is already in memory. */
  readonly whole: boolean;
}

/** What a tap needs to know. */
export interface TapOptions {
  /** A stream is handed on as it comes; anything else is read whole if it comes at once. */
  readonly stream: boolean;
  /** Takes out of the caller's view, event by event, what the gate itself asked for. */
  readonly strip: ((event: string) => string | undefined) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly sentAtMs: number;
  /** A clock that never jumps, in milliseconds. */
  readonly clock: () => number;
}

/** Larger bodies go through unread: what they cost is then assumed at its bound. */
const maxKeptBytes = 32 * 1024 * 1024;
/** How long a body that is no stream may take after its headers and still be read whole. */
const graceMs = 50;
/** A stream that nobody reads or cancels for this long counts as cancelled, so that its hold ends. */
const abandonMs = 600_000;

type Read = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>;
type Reader = ReadableStreamDefaultReader<Uint8Array>;

/**
 * Watches a response's body while the caller reads it, by pulling through: the caller's pace is the provider's pace,
 * and the caller's cancel reaches the provider. Not `tee()`: there, cancelling one branch would not stop the upstream.
 *
 * A body that is no stream and comes at once is read whole, which is faster than tapping it and means that its cost is
 * known before the caller has it. One that dawdles (some providers send blank lines while they work) is handed on as
 * it comes, as it would have been without the gate.
 */
export async function tapBody(response: Response, options: TapOptions): Promise<TappedBody> {
  const seen = createSeen(options);
  // A copy: the head of one that came over the network can't be written to.
  if (!response.body)
    return { response: copyResponse(response, null), end: Promise.resolve(seen.end('complete')), whole: true };
  const reader: Reader = response.body.getReader();
  const ahead = options.stream ? { chunks: [], pending: undefined } : await readAhead(reader, seen);
  if (ahead.pending === 'done') {
    const end = seen.end('complete');
    return { response: wholeCopy(response, end.text, ahead.chunks), end: Promise.resolve(end), whole: true };
  }
  const { stream, end } = pullThrough(reader, seen, options, ahead.chunks, ahead.pending);
  return { response: copyResponse(response, stream), end, whole: false };
}

/** A response with another body, and all else of the first; `url` and `redirected` can't be passed to a constructor. */
export function copyResponse(
  response: Response,
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string | null,
): Response {
  const copy = new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
  Object.defineProperties(copy, { url: { value: response.url }, redirected: { value: response.redirected } });
  return copy;
}

/** A text that is not just its bytes (a byte order mark, broken characters) is passed on as bytes. */
function wholeCopy(response: Response, text: string | undefined, chunks: readonly Uint8Array[]): Response {
  const plain = text !== undefined && !text.includes('\uFFFD') && !text.startsWith('\uFEFF');
  return plain ? wholeResponse(text, response) : copyResponse(response, joinBytes(chunks));
}

/** What went by: the bytes, and when the first came. */
interface Seen {
  readonly add: (chunk: Uint8Array) => void;
  readonly end: (status: BodyEnd['status'], error?: unknown) => BodyEnd;
}

/** Keeps a byte order mark, so that the text is all that came. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function createSeen({ sentAtMs, clock }: TapOptions): Seen {
  let chunks: Uint8Array[] | undefined = [];
  let bytes = 0;
  let firstChunkMs: number | undefined;
  return {
    add: (chunk) => {
      firstChunkMs ??= clock() - sentAtMs;
      bytes += chunk.byteLength;
      if (bytes > maxKeptBytes) chunks = undefined;
      chunks?.push(chunk);
    },
    end: (status, error) => {
      const text = chunks && decoder.decode(joinBytes(chunks));
      chunks = undefined;
      return { status, text, firstChunkMs, error };
    },
  };
}

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [first] = chunks;
  // The cast: what comes over the network is in no shared memory.
  return chunks.length === 1 && first ? (first as Uint8Array<ArrayBuffer>) : Buffer.concat(chunks);
}

/** Reads until the end or until grace runs out; what is still pending is handed over, a failure too. */
function readAhead(reader: Reader, seen: Seen): Promise<{ chunks: Uint8Array[]; pending: Promise<Read> | 'done' }> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let pending = reader.read();
    let late = false;
    const handOver = (): void => {
      late = true;
      cancel();
      resolve({ chunks, pending });
    };
    const cancel = callAfter(graceMs, handOver);
    const take = (read: Read): void => {
      if (late) return;
      if (read.done) {
        cancel();
        resolve({ chunks, pending: 'done' });
        return;
      }
      seen.add(read.value);
      chunks.push(read.value);
      pending = reader.read();
      pending.then(take, handOver);
    };
    pending.then(take, handOver);
  });
}

function pullThrough(
  reader: Reader,
  seen: Seen,
  options: TapOptions,
  ahead: Uint8Array[],
  firstRead: Promise<Read> | undefined,
): { stream: ReadableStream<Uint8Array>; end: Promise<BodyEnd> } {
  let pending = firstRead;
  let pulling = false;
  let finish: (end: BodyEnd) => void = () => {};
  const end = new Promise<BodyEnd>((resolve) => {
    finish = resolve;
  });
  let ended = false;
  const settle = (status: BodyEnd['status'], error?: unknown): void => {
    if (ended) return;
    ended = true;
    clearTimeout(abandoned);
    options.signal?.removeEventListener('abort', onAbort);
    finish(seen.end(status, error));
  };
  // An aborted body fails even where nobody reads it any more: its hold must not wait for a reader.
  const onAbort = (): void => settle('cancelled', options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const abandoned = setTimeout(() => (pulling ? abandoned.refresh() : settle('cancelled')), abandonMs);
  abandoned.unref();
  const strip = options.strip && createStripper(options.strip);

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const early = ahead.shift();
        if (early) {
          controller.enqueue(early);
          return;
        }
        pulling = true;
        abandoned.refresh();
        try {
          // One pull must bring something: reads go on while all that came was stripped or half an event.
          for (;;) {
            const read = await (pending ?? reader.read());
            pending = undefined;
            if (!read.done) seen.add(read.value);
            const chunk = read.done ? strip?.flush() : strip ? strip.push(read.value) : read.value;
            if (chunk && chunk.byteLength > 0) controller.enqueue(chunk);
            if (read.done) {
              settle('complete');
              controller.close();
            }
            if (read.done || (chunk && chunk.byteLength > 0)) return;
          }
        } catch (error) {
          settle(options.signal?.aborted ? 'cancelled' : 'failed', error);
          controller.error(error);
        } finally {
          pulling = false;
        }
      },
      async cancel(reason) {
        await takeArrived(reader, seen);
        settle('cancelled', reason);
        await reader.cancel(reason);
      },
    },
    // Nothing is read before the caller asks: back-pressure stays the caller's.
    { highWaterMark: 0 },
  );
  return { stream, end };
}

/** At most so many chunks are taken before the upstream is told to stop. */
const maxArrived = 256;

/** Takes what has come and was not read yet: the provider bills what it sent, not what was looked at. */
async function takeArrived(reader: Reader, seen: Seen): Promise<void> {
  for (let count = 0; count < maxArrived; count++) {
    const nothingYet = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
    const read = await Promise.race([reader.read().catch(() => undefined), nothingYet]);
    if (!read || read.done) return;
    seen.add(read.value);
  }
}

/** Strips events from bytes as they come. An event is handed on once it is whole: no client can use half of one. */
function createStripper(strip: (event: string) => string | undefined): {
  push: (chunk: Uint8Array) => Uint8Array;
  flush: () => Uint8Array;
} {
  const splitter = createEventSplitter();
  const encoder = new TextEncoder();
  const clean = (events: readonly string[]): Uint8Array =>
    encoder.encode(events.map((event) => strip(event) ?? '').join(''));
  return { push: (chunk) => clean(splitter.push(chunk)), flush: () => clean(splitter.flush()) };
}
