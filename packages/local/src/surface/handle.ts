import type { Host } from '../host.js';
import { LocalError } from '../local-error.js';
import { anthropicMessages, countMessageTokens } from './anthropic-messages.js';
import { asLocalError, type Dialect, failureResponse } from './errors.js';
import { openaiChat } from './openai-chat.js';
import { openaiCompletions } from './openai-completions.js';
import { openaiEmbeddings } from './openai-embeddings.js';
import { listModels, showModel } from './openai-models.js';
import { jsonResponse, type Surface } from './surface.js';

/** Answers a request as OpenAI's or Anthropic's server would. It rejects only when the request's signal was aborted. */
export type Handler = (request: Request) => Promise<Response>;

export interface HandlerOptions {
  /** The largest body that is read, in bytes. @default 8 MiB */
  readonly bodyLimitBytes?: number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly nowMs?: () => number;
  /** Letters and digits that no other answer has. @default a random UUID without its hyphens */
  readonly newId?: () => string;
}

const defaultBodyLimitBytes = 8 * 1024 * 1024;

/** The HTTP surface of a host, for any base URL: a route is known by how its path ends. */
export function createHandler(host: Host, options: HandlerOptions = {}): Handler {
  const surface: Surface = {
    host,
    bodyLimitBytes: options.bodyLimitBytes ?? defaultBodyLimitBytes,
    nowMs: options.nowMs ?? Date.now,
    newId: options.newId ?? (() => crypto.randomUUID().replaceAll('-', '')),
  };
  return async (request) => {
    const response = await answer(surface, request, findRoute(request));
    const id = `req_${surface.newId()}`;
    // By the names under which OpenAI's and Anthropic's clients look for it.
    response.headers.set('x-request-id', id);
    response.headers.set('request-id', id);
    return response;
  };
}

interface Route {
  /** Absent where any method is answered alike. */
  readonly method?: 'GET' | 'POST';
  readonly dialect: Dialect;
  readonly answer: (surface: Surface, request: Request) => Promise<Response> | Response;
}

const routes: Readonly<Record<string, Route>> = {
  '/chat/completions': { method: 'POST', dialect: 'openai', answer: openaiChat },
  '/completions': { method: 'POST', dialect: 'openai', answer: openaiCompletions },
  '/embeddings': { method: 'POST', dialect: 'openai', answer: openaiEmbeddings },
  '/messages/count_tokens': { method: 'POST', dialect: 'anthropic', answer: countMessageTokens },
  '/messages': { method: 'POST', dialect: 'anthropic', answer: anthropicMessages },
  '/models': { method: 'GET', dialect: 'openai', answer: listModels },
  '/health': { method: 'GET', dialect: 'openai', answer: health },
  '/metrics': { method: 'GET', dialect: 'openai', answer: metrics },
};
const endings = Object.keys(routes);

async function answer(surface: Surface, request: Request, route: Route): Promise<Response> {
  try {
    if (route.method === undefined || request.method === route.method) return await route.answer(surface, request);
    const message = `This path answers ${route.method} alone.`;
    const refusal = failureResponse(new LocalError('method_not_allowed', message), route.dialect);
    refusal.headers.set('allow', route.method);
    return refusal;
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason;
    return failureResponse(asLocalError(error), route.dialect);
  }
}

function findRoute(request: Request): Route {
  const path = new URL(request.url).pathname.replace(/\/+$/, '');
  // Both families ask for models at the same path; only Anthropic's names a version of the interface.
  const dialect = request.headers.has('anthropic-version') ? 'anthropic' : 'openai';
  const ending = endings.find((one) => path.endsWith(one));
  const route = ending === undefined ? undefined : routes[ending];
  if (route?.method === 'POST') return route;
  const name = (/\/models\/([^/]+)$/.exec(path) ?? (route === undefined ? /\/models\/(.+)$/.exec(path) : null))?.[1];
  if (name !== undefined) return { method: 'GET', dialect, answer: (surface) => showModel(surface, decoded(name)) };
  if (route !== undefined) return { ...route, dialect };
  const missing = new LocalError('not_found', `There is nothing at this path. There are ${endings.join(', ')}.`);
  return { dialect, answer: () => failureResponse(missing, dialect) };
}

/** A name as it was before it was put into a path; a name that is no such thing is nobody's. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function health({ host }: Surface): Response {
  const { ok, models } = host.health();
  return jsonResponse(JSON.stringify({ status: ok ? 'ok' : 'unavailable', models }), ok ? 200 : 503);
}

function metrics({ host }: Surface): Response {
  return new Response(host.metrics(), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } });
}
