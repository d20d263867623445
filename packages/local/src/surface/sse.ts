import type { ServedPiece } from '../host.js';
import { asLocalError, type Failure } from './errors.js';
import type { Run } from './run.js';

/** How a dialect writes an answer as server-sent events. Each function gives whole events, or an empty text for none. */
export interface EventWriter {
  readonly start: () => string;
  readonly piece: (piece: ServedPiece) => string;
  readonly failure: (failure: Failure) => string;
}

/**
 * An answer as a stream of events. The first piece is awaited, so that a failure before it is a status and no event. Then
 * a piece is asked for when the reader wants one, and never before; a reader that goes away ends the work.
 * @throws LocalError
 */
export async function eventStream(run: Run, writer: EventWriter): Promise<Response> {
  let ahead: ServedPiece | undefined = await run.next();
  let failed: { readonly error: unknown } | undefined;
  let text = writer.start();
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (failed !== undefined) return controller.error(failed.error);
        try {
          for (;;) {
            const piece = ahead ?? (await run.next());
            ahead = undefined;
            text += writer.piece(piece);
            if (text !== '') controller.enqueue(encoder.encode(text));
            if (piece.kind === 'end') return controller.close();
            if (text !== '') return;
          }
        } catch (error) {
          if (run.signal.aborted) return controller.error(run.signal.reason);
          // The event goes out first; what reads bytes and no events learns of the failure when it asks on.
          failed = { error: asLocalError(error) };
          controller.enqueue(encoder.encode(text + writer.failure(asLocalError(error))));
        } finally {
          text = '';
        }
      },
      cancel: (reason) => run.stop(reason ?? new DOMException('The reader went away.', 'AbortError')),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  });
}
