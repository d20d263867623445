import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Something that goes wrong, for the next request or for those that fit. */
export type Fault = FaultKind & {
  /** @default every request */
  readonly when?: (request: { readonly path: string; readonly json: Record<string, unknown> }) => boolean;
  /** How often it happens. @default 1 */
  readonly times?: number;
};

type FaultKind =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly message?: string;
    }
  /** Never answers; after the headers, or after so many bytes of the body. */
  | { readonly kind: 'hang'; readonly afterBytes?: number; readonly afterHeaders?: boolean }
  /** The connection is reset, before the headers or after so many bytes of the body; `served`: what was asked is done all the same. */
  | { readonly kind: 'reset'; readonly afterBytes?: number; readonly served?: boolean }
  /** The body ends cleanly after so many bytes: half a JSON. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** An error event in the middle of a stream. */
  | { readonly kind: 'streamError'; readonly afterEvents: number; readonly message?: string }
  /** The body comes byte by byte, or by so many at once. */
  | { readonly kind: 'drip'; readonly delayMs?: number; readonly bytes?: number }
  /** Every event comes twice. */
  | { readonly kind: 'duplicate' }
  /** The headers come at once, the body after so long. */
  | { readonly kind: 'slowBody'; readonly delayMs: number }
  /** A body of another kind than the client expects. */
  | { readonly kind: 'body'; readonly body: string; readonly contentType: string; readonly status?: number };

/** Takes the first fault that fits a request, and counts it down. */
export function takeFirst<
  Item extends {
    readonly when?: (request: { readonly path: string; readonly json: Record<string, unknown> }) => boolean;
    readonly times?: number;
  },
>(
  queue: { item: Item; left: number }[],
  request: { readonly path: string; readonly json: Record<string, unknown> },
): Item | undefined {
  const index = queue.findIndex(({ item }) => item.when?.(request) ?? true);
  const entry = queue[index];
  if (!entry) return undefined;
  if (--entry.left <= 0) queue.splice(index, 1);
  return entry.item;
}

/** Writes pieces of a body, with what goes wrong on the way. Resolves `false` when the client has gone or was cut off. */
export async function writePieces(
  response: ServerResponse,
  pieces: readonly string[],
  fault: Fault | undefined,
  delayMs: number,
): Promise<boolean> {
  let written = 0;
  const list = fault?.kind === 'duplicate' ? pieces.flatMap((piece) => [piece, piece]) : pieces;
  for (const [index, piece] of list.entries()) {
    if (response.destroyed) return false;
    if (index > 0 && delayMs > 0) await sleep(delayMs);
    const data = Buffer.from(piece);
    const limit = fault && 'afterBytes' in fault ? fault.afterBytes : undefined;
    if (limit !== undefined && written + data.length > limit) {
      await write(response, data.subarray(0, limit - written));
      if (fault?.kind === 'reset') await sleep(5).then(() => response.socket?.resetAndDestroy());
      if (fault?.kind === 'truncate') response.end();
      return false;
    }
    if (fault?.kind === 'streamError' && index === fault.afterEvents) {
      await write(
        response,
        Buffer.from(
          `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'server_error', message: fault.message ?? 'The server had an error' } })}\n\n`,
        ),
      );
      response.end();
      return false;
    }
    if (fault?.kind === 'drip') {
      const bytes = fault.bytes ?? 1;
      for (let from = 0; from < data.length; from += bytes) {
        await write(response, data.subarray(from, from + bytes));
        // A turn of the event loop is enough for a client in the same process to read each by itself.
        await (fault.delayMs ? sleep(fault.delayMs) : nextTurn());
      }
    } else await write(response, data);
    written += data.length;
  }
  return true;
}

/** Writes at the client's pace. */
async function write(response: ServerResponse, data: Buffer): Promise<void> {
  if (data.length === 0 || response.destroyed || response.write(data)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
