import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a client may go on sending a body that was refused, so that it gets to read why, in milliseconds. */
const lingerMs = 2_000;

/**
 * Sends a response as fast as its client takes it.
 * @throws the body's own failure, after all that came before it was sent; an error where the client takes nothing for
 * `stallMs`, or is gone
 */
export async function sendResponse(
  response: Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stallMs: number,
): Promise<void> {
  const headers = Object.fromEntries(response.headers);
  outgoing.writeHead(response.status, incoming.complete ? headers : { ...headers, connection: 'close' });
  const reader = response.body?.getReader();
  const leave = () => void reader?.cancel().catch(() => {});
  outgoing.once('close', leave);
  try {
    for (;;) {
      const chunk = await reader?.read().catch(async (error) => {
        await flushed(outgoing, stallMs);
        throw error;
      });
      if (chunk === undefined || chunk.done) break;
      if (!outgoing.write(chunk.value)) await drained(outgoing, stallMs);
    }
    outgoing.end();
    if (!incoming.complete) await discarded(incoming);
  } finally {
    outgoing.off('close', leave);
    leave();
  }
}

/** Waits until the client took what was written. */
function drained(outgoing: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(late);
      outgoing.off('drain', ready).off('close', gone);
      if (error === undefined) resolve();
      else reject(error);
    };
    const ready = () => settle();
    const gone = () => settle(new Error('The client went away.'));
    const late = setTimeout(() => settle(new Error('The client took nothing of its answer for too long.')), stallMs);
    outgoing.on('drain', ready).on('close', gone);
    if (outgoing.destroyed) gone();
  });
}

/** Waits until all that was written left this process, so that a connection that is broken does not take it along. */
function flushed(outgoing: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (outgoing.destroyed) return resolve();
    const settle = () => {
      clearTimeout(late);
      resolve();
    };
    const late = setTimeout(settle, stallMs);
    outgoing.once('close', settle).write('', settle);
  });
}

/** Throws away what is left of a request's body. */
function discarded(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(late);
      resolve();
    };
    const late = setTimeout(settle, lingerMs);
    incoming.removeAllListeners('data').on('end', settle).on('close', settle).on('error', settle).resume();
  });
}
