import type { IncomingMessage } from 'node:http';

/** A request of node's server as the platform's `Request`. */
export function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const { method = 'GET' } = incoming;
  const url = urlOf(incoming);
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal });
  return new Request(url, { method, headers, signal, body: bodyOf(incoming), duplex: 'half' });
}

/** What is asked for: path and query, also where a whole URL was sent, as to a proxy. */
export function urlOf({ url = '/' }: IncomingMessage): URL {
  const base = 'http://local';
  if (url.startsWith('/')) return new URL(base + url);
  const { pathname, search } = URL.canParse(url) ? new URL(url) : new URL(base);
  // Of an address such as `a:b@c` the path is no path, and would be taken for more of the host.
  return new URL(base + (pathname.startsWith('/') ? pathname : '/') + search);
}

/**
 * The body, read as fast as it is asked for. Cancelling it leaves the connection whole, unlike `Readable.toWeb`: the answer
 * that says why still has to go out on it.
 */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let over = false;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const finish = (end: () => void) => () => {
          if (!over) end();
          over = true;
        };
        const broken = finish(() => controller.error(new Error('The client went away while it sent its request.')));
        incoming.on('data', (chunk: Uint8Array) => {
          if (over) return;
          controller.enqueue(chunk);
          incoming.pause();
        });
        incoming.on(
          'end',
          finish(() => controller.close()),
        );
        incoming.on('close', broken).on('error', broken);
        incoming.pause();
      },
      pull: () => {
        incoming.resume();
      },
      cancel: () => {
        over = true;
      },
    },
    { highWaterMark: 0 },
  );
}
