import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { countTokens, createMessage } from './anthropic-messages.js';
import { type BatchFate, createBatches } from './batches.js';
import { type CapacityOptions, createCapacity } from './capacity.js';
import type { Billed, Exchange, ProviderOptions, RecordedRequest } from './exchange.js';
import { type Fault, takeFirst } from './faults.js';
import { chatCompletion } from './openai-chat.js';
import { createEmbeddings } from './openai-embeddings.js';
import { createResponse } from './openai-responses.js';
import { otherEndpoint } from './other-endpoints.js';
import { createPromptCaches } from './prompt-caches.js';
import { anthropicError, openAIError, sendJson } from './reply.js';
import type { Scripted } from './script.js';
import { tokensOf } from './tokens.js';

/** A provider on this machine that speaks OpenAI's and Anthropic's dialects to real clients. */
export interface Provider {
  /** `http://127.0.0.1:PORT`: Anthropic's base URL. */
  readonly url: string;
  /** The same with `/v1`: OpenAI's base URL. */
  readonly openaiBaseURL: string;
  readonly requests: readonly RecordedRequest[];
  /** Usage that was really produced. */
  readonly billed: readonly Billed[];
  /** Lays down what goes wrong next. */
  readonly fault: (...faults: readonly Fault[]) => void;
  /** Lays down what is answered next. */
  readonly script: (...scripts: readonly Scripted[]) => void;
  /** Lays down what becomes of the batches that are created next. */
  readonly fates: (...fates: readonly BatchFate[]) => void;
  /** Changes the capacity that the provider was started with. @throws TypeError where it was started without one */
  readonly changeCapacity: (options: CapacityOptions) => void;
  /** Forgets requests, bills, faults, scripts and cached prefixes. */
  readonly reset: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a provider on a free port of 127.0.0.1. */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const settings = {
    counting: 'tokenizer',
    record: true,
    latencyMs: 0,
    chunkDelayMs: 0,
    wordsPerChunk: 3,
    gzip: false,
    now: Date.now,
    ...options,
  } as const;
  const capacity = options.capacity && createCapacity(options.capacity);
  const requests: RecordedRequest[] = [];
  const billed: Billed[] = [];
  const faults: { item: Fault; left: number }[] = [];
  const scripts: { item: Scripted; left: number }[] = [];
  const files = new Map<string, { readonly name: string; readonly purpose: string; readonly data: Buffer }>();
  const stored = new Map<string, unknown>();
  let serial = 0;
  let running = 0;

  const tokens = (text: string): number => tokensOf(text, settings.counting);
  const id = (prefix: string): string => `${prefix}_${(serial++).toString(36).padStart(8, '0')}`;
  const caches = createPromptCaches({ now: () => settings.now(), tokens });
  const exchangeOf = (request: RecordedRequest, response: ServerResponse): Exchange => {
    const asked = { path: request.path, json: request.json ?? {} };
    return {
      request,
      response,
      json: asked.json,
      options: settings,
      fault: takeFirst(faults, asked),
      script: takeFirst(scripts, asked),
      tokens,
      id,
      caches,
      bill: (one) => void (settings.record && billed.push(one)),
    };
  };
  const fates: BatchFate[] = [];
  const batches = createBatches({
    files,
    fates,
    call: async (path, body) => {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer batch', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: await answer.json() };
    },
  });

  const answer = async (exchange: Exchange): Promise<void> => {
    const { request, response, fault, script } = exchange;
    const path = routeOf(request.path);
    const anthropic = path.startsWith('/v1/messages');
    response.setHeader(anthropic ? 'request-id' : 'x-request-id', id('req'));
    response.setHeader('openai-processing-ms', '1');
    response.setHeader(anthropic ? 'anthropic-ratelimit-requests-remaining' : 'x-ratelimit-remaining-requests', '999');
    response.setHeader('set-cookie', '__cf_bm=loopback; path=/; HttpOnly');
    if (capacity) {
      if (!(await capacity.serve())) return refuse(exchange, anthropic);
    } else if (settings.latencyMs > 0) await sleep(settings.latencyMs);
    if (fault?.kind === 'hang' && !fault.afterHeaders && fault.afterBytes === undefined) return;
    if (fault?.kind === 'reset' && fault.afterBytes === undefined) {
      response.socket?.resetAndDestroy();
      if (!fault.served) return;
    }
    if (fault?.kind === 'status') {
      for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
      const message = fault.message ?? `Status ${fault.status}`;
      return plain(
        response,
        fault.status,
        JSON.stringify(
          anthropic
            ? anthropicError(message, anthropicErrors[fault.status] ?? 'api_error')
            : openAIError(message, 'server_error'),
        ),
        'application/json',
      );
    }
    if (fault?.kind === 'body') return plain(response, fault.status ?? 200, fault.body, fault.contentType);
    if (script?.body !== undefined) return sendJson({ ...exchange, fault: undefined }, script.body);
    if (
      /wrong/.test(
        `${String(request.headers.authorization)}${String(request.headers['x-api-key'])}${String(request.headers['api-key'])}`,
      )
    ) {
      return sendJson(
        exchange,
        anthropic
          ? anthropicError('invalid x-api-key', 'authentication_error')
          : openAIError('Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'),
        401,
      );
    }
    if (options.maxConcurrent !== undefined && running > options.maxConcurrent) {
      response.setHeader('retry-after-ms', '20');
      return refuse(exchange, anthropic);
    }
    await route(exchange, path);
  };

  const route = async (exchange: Exchange, path: string): Promise<void> => {
    const { request, json } = exchange;
    const post = request.method === 'POST';
    const model = post && /\/(chat\/completions|responses|embeddings|messages)$/.test(path);
    if (model && !request.json)
      return sendJson(exchange, openAIError('We could not parse the JSON body of your request.'), 400);
    if (model && json['model'] === 'no-such-model')
      return sendJson(
        exchange,
        openAIError('The model `no-such-model` does not exist.', 'invalid_request_error', 'model_not_found'),
        404,
      );
    if (post && path.endsWith('/chat/completions')) return chatCompletion(exchange);
    if (post && path.endsWith('/responses')) return createResponse(exchange, stored);
    if (post && path.endsWith('/embeddings')) return createEmbeddings(exchange);
    if (post && path === '/v1/messages') return createMessage(exchange);
    if (post && path === '/v1/messages/count_tokens') return countTokens(exchange);
    if (await batches(exchange, path, request.method)) return;
    await otherEndpoint(exchange, path, { files, stored });
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    running++;
    response.on('close', () => running--);
    void receive(incoming, response, settings.record ? requests : undefined).then(
      (request) =>
        answer(exchangeOf(request, response)).catch((error: unknown) =>
          plain(response, 500, String(error), 'text/plain'),
        ),
      () => {}, // the client went away while it was still asking
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has one
  return {
    url,
    openaiBaseURL: `${url}/v1`,
    requests,
    billed,
    fault: (...all) => void faults.push(...all.map((item) => ({ item, left: item.times ?? 1 }))),
    script: (...all) => void scripts.push(...all.map((item) => ({ item, left: item.times ?? 1 }))),
    fates: (...all) => void fates.push(...all),
    changeCapacity: (changed) => {
      if (!capacity) throw new TypeError('Expected a provider that was started with a `capacity`, got one without.');
      capacity.change(changed);
    },
    reset: () => {
      for (const list of [requests, billed, faults, scripts, fates]) list.length = 0;
      caches.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The path without its query; Azure's, which name a deployment or only `/openai`, as OpenAI's own. */
function routeOf(path: string): string {
  return path.replace(/\?.*$/, '').replace(/^\/openai\/(?:deployments\/[^/]+\/|v1\/)?/, '/v1/');
}

/** What the real one calls its errors, where tests ask for a status. */
const anthropicErrors: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

function refuse(exchange: Exchange, anthropic: boolean): Promise<void> {
  return sendJson(
    exchange,
    anthropic
      ? anthropicError('Overloaded', 'overloaded_error')
      : openAIError('Rate limit reached', 'rate_limit_error'),
    anthropic ? 529 : 429,
  );
}

function plain(response: ServerResponse, status: number, body: string, contentType: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.end(body);
}

async function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
  keep: RecordedRequest[] | undefined,
): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // a request's stream brings buffers
  const body = Buffer.concat(chunks);
  let json: Record<string, unknown> | undefined;
  try {
    json = JSON.parse(body.toString()) as Record<string, unknown>; // read loosely: a client's request
  } catch {
    // Not JSON: an upload, or a malformed request.
  }
  const request: RecordedRequest = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: incoming.headers,
    body,
    json,
    aborted: false,
    done: new Promise((resolve) =>
      response.on('close', () => {
        request.aborted = !response.writableFinished;
        resolve();
      }),
    ),
  };
  keep?.push(request);
  return request;
}
