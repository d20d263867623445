import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { failureResponse } from '../surface/errors.js';
import { preflightAnswer } from './cross-origin.js';
import { urlOf } from './to-request.js';

export interface GuardOptions {
  readonly token: string;
  /** Names that may stand in the `Host` header besides those of the loopback. */
  readonly hosts: readonly string[];
  readonly allowedOrigins?: readonly string[];
}

/** What a request is answered before anything of its body is read, or nothing where it may go on. */
export type Guard = (incoming: IncomingMessage) => Response | undefined;

/**
 * Keeps out what has no token, and what a web page sends: a page can make a name of its own point at this machine, so the
 * name in `Host` has to be one that can't be its, and a browser says in `Origin` for whom it asks.
 */
export function createGuard({ token, hosts, allowedOrigins = [] }: GuardOptions): Guard {
  const expected = digest(token);
  const names = new Set(hosts.map((name) => name.toLowerCase()));
  return (incoming) => {
    const name = hostName(incoming.headers.host);
    const own = incoming.socket.localAddress?.replace(/^::ffff:/, '');
    if (name === undefined || !(isLoopback(name) || names.has(name) || name === own)) {
      return refuse(incoming, 403, 'forbidden', 'The Host header names another machine than this one.');
    }
    const { origin } = incoming.headers;
    if (origin !== undefined && !allowedOrigins.includes(origin)) {
      return refuse(incoming, 403, 'forbidden', 'Web pages may not call this server; their origin has to be allowed.');
    }
    const preflight = preflightAnswer(incoming, allowedOrigins);
    if (preflight !== undefined) return preflight;
    if (isHealth(incoming) || timingSafeEqual(digest(tokenOf(incoming)), expected)) return undefined;
    const message = 'This server needs its token, as the client’s API key.';
    return refuse(incoming, 401, 'unauthorized', message);
  };
}

/** Whether a name or an address is this machine's own and no other machine's. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host.toLowerCase());
}

function refuse(incoming: IncomingMessage, status: number, code: string, message: string): Response {
  const toAnthropic =
    'anthropic-version' in incoming.headers || /\/messages(\/count_tokens)?\/*$/.test(urlOf(incoming).pathname);
  return failureResponse({ status, code, message }, toAnthropic ? 'anthropic' : 'openai');
}

/** A `Host` header without its port and brackets. */
function hostName(header: string | undefined): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d+)?$/i.exec(header ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

function isHealth(incoming: IncomingMessage): boolean {
  return incoming.method === 'GET' && ['/health', '/v1/health'].includes(urlOf(incoming).pathname);
}

function tokenOf({ headers }: IncomingMessage): string {
  const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return bearer ?? String(headers['x-api-key'] ?? '');
}

/** Equal lengths, whatever was sent: comparing takes the same time for all. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
