import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LocalError } from '../local-error.js';
import { failureResponse } from '../surface/errors.js';
import type { Handler } from '../surface/handle.js';
import { allowOrigin } from './cross-origin.js';
import { createGuard, isLoopback } from './guard.js';
import { sendResponse } from './send-response.js';
import { toRequest } from './to-request.js';

export interface ServeOptions {
  /** 0 takes any port that is free. */
  readonly port: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** What clients have to send as their API key. @default 32 random bytes */
  readonly token?: string;
  /** Listens on addresses that other machines reach, in plain HTTP: put a proxy with TLS before it. @default false */
  readonly allowRemote?: boolean;
  /** Names that may stand in the `Host` header besides those of this machine's loopback and the address listened on. */
  readonly allowedHosts?: readonly string[];
  /** Origins of web pages that may call, such as `http://localhost:3000`. @default none */
  readonly allowedOrigins?: readonly string[];
  /** How long `close` lets running requests go on, in milliseconds. @default 10000 */
  readonly closeAfterMs?: number;
  /** How long a client may take nothing of its answer before it is cut off, in milliseconds. @default 60000 */
  readonly stallMs?: number;
  /** Connections at once; further ones are closed. @default 1024 */
  readonly maxConnections?: number;
}

/** A server that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8484` */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Takes no more requests, lets running ones end for a while, then ends them. */
  readonly close: () => Promise<void>;
}

/** Against clients that send slowly to hold connections; requests are small, so they have little time. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
} as const;

/**
 * Serves a handler over HTTP on this machine. All but `/health` needs the token.
 * @throws LocalError `invalid_request` for an address that other machines reach, unless that was allowed
 */
export async function serve(handler: Handler, options: ServeOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopback(host) && options.allowRemote !== true) {
    throw new LocalError(
      'invalid_request',
      `host: ${host} can be reached from other machines. Take 127.0.0.1, or allow it (allowRemote, --allow-remote) and put TLS before it.`,
      { param: 'host' },
    );
  }
  const token = options.token ?? randomBytes(32).toString('base64url');
  checkToken(token);
  const guard = createGuard({ ...options, token, hosts: [host, ...(options.allowedHosts ?? [])] });
  const stop = new AbortController();
  let closing = false;
  const server = createServer(timeouts);
  // Whoever connects and sends nothing takes a file of this process, and models need some as well.
  server.maxConnections = options.maxConnections ?? 1_024;
  const take = (incoming: IncomingMessage, outgoing: ServerResponse, waits: boolean) => {
    outgoing.on('finish', () => {
      if (closing) incoming.socket.end();
    });
    const refusal = closing ? shuttingDown() : guard(incoming);
    if (waits && refusal === undefined) outgoing.writeContinue();
    void answer(refusal ?? handler, incoming, outgoing, stop.signal, options);
  };
  server.on('request', (incoming, outgoing) => take(incoming, outgoing, false));
  // A client that asks whether it may send its body is told no before it does.
  server.on('checkContinue', (incoming, outgoing) => take(incoming, outgoing, true));
  await listen(server, options.port, host);
  // A server that listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () => {
    closing = true;
    closed ??= closeServer(server, stop, options.closeAfterMs ?? 10_000);
    return closed;
  };
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, port, token, close };
}

function checkToken(token: string): void {
  if (/^[\x21-\x7e]{16,}$/.test(token)) return;
  const message = 'token: expected at least 16 visible ASCII characters without spaces; leave it out to have one made.';
  throw new LocalError('invalid_request', message, { param: 'token' });
}

function shuttingDown(): Response {
  return failureResponse(new LocalError('shutting_down', 'The server is being closed.'), 'openai');
}

async function answer(
  by: Handler | Response,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stop: AbortSignal,
  { stallMs = 60_000, allowedOrigins = [] }: ServeOptions,
): Promise<void> {
  const gone = new AbortController();
  const end = () => gone.abort(stop.reason);
  stop.addEventListener('abort', end);
  const running = new Set<Request>();
  outgoing.on('close', () => {
    stop.removeEventListener('abort', end);
    running.clear();
    if (!outgoing.writableFinished) gone.abort(new DOMException('The client went away.', 'AbortError'));
  });
  // Writing to a client that is gone is no news: `close` was told.
  outgoing.on('error', () => {});
  incoming.on('error', () => {});
  allowOrigin(incoming, outgoing, allowedOrigins);
  try {
    const response = typeof by === 'function' ? await by(hold(toRequest(incoming, gone.signal), running)) : by;
    await sendResponse(response, incoming, outgoing, stallMs);
  } catch {
    // What was sent can't be taken back: that the connection breaks is how the client learns of it.
    outgoing.destroy();
  }
}

/** A copy of a request that a handler makes follows the signal of its original only while that one is reachable. */
function hold(request: Request, running: Set<Request>): Request {
  running.add(request);
  return request;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closeServer(server: Server, stop: AbortController, afterMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const late = setTimeout(() => {
    stop.abort(new LocalError('shutting_down', 'The server was closed while this request ran.'));
    server.closeAllConnections();
  }, afterMs);
  await closed;
  clearTimeout(late);
}
