import type { IncomingMessage, ServerResponse } from 'node:http';

/** Lets a web page of an allowed origin read what it is answered, as browsers ask for it (CORS). */
export function allowOrigin({ headers }: IncomingMessage, outgoing: ServerResponse, allowed: readonly string[]): void {
  const { origin } = headers;
  if (origin === undefined || !allowed.includes(origin)) return;
  outgoing.setHeader('access-control-allow-origin', origin);
  outgoing.setHeader('access-control-expose-headers', 'request-id, retry-after, x-request-id');
  outgoing.setHeader('vary', 'origin');
}

/** The answer to a browser that asks what an allowed page may send, or nothing. It asks without the token. */
export function preflightAnswer(
  { method, headers }: IncomingMessage,
  allowed: readonly string[],
): Response | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined || !allowed.includes(headers.origin)) return undefined;
  const asked = headers['access-control-request-headers'];
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST',
      'access-control-max-age': '600',
      ...(asked !== undefined && { 'access-control-allow-headers': asked }),
    },
  });
}
