import type { Embeddings, Engine, EngineFacts, Generation, Piece } from '../engine.js';
import { LocalError } from '../local-error.js';
import { httpRequestOf } from './chat-request.js';
import { countAtServer } from './http-count.js';
import { embedAtServer } from './http-embed.js';
import { exchange, type HttpServer } from './http-exchange.js';
import { contextOfModel } from './http-models.js';
import { createPieceReader } from './read-pieces.js';
import { createUnderWay } from './under-way.js';

/** Which server, and which of its models. */
export interface HttpEngineOptions {
  /** As OpenAI's clients take it, mostly ending in `/v1`: `http://127.0.0.1:8000/v1`. */
  readonly baseURL: string;
  /** As the server calls it. */
  readonly model: string;
  /** Sent as a bearer token. */
  readonly apiKey?: string | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Tokens that a prompt and its answer may take. What the server says holds where that is less; needed where it says nothing,
   * as Ollama does.
   */
  readonly contextTokens?: number | undefined;
  /** Requests that are sent at once: what is more than the server runs at once waits there. @default 64 */
  readonly slots?: number | undefined;
  /** The longest silence of the server, before its answer and in it, in milliseconds. @default none beside fetch's own */
  readonly timeoutMs?: number | undefined;
}

/**
 * A model behind an OpenAI-compatible server: vLLM, llama-server, Ollama, LM Studio, another farthing-local. What servers do
 * not say is not made up: without usage the counts are 0.
 * @throws TypeError that names the option, what was expected and what came
 * @example
 * ```ts
 * const engine = httpEngine({ baseURL: 'http://127.0.0.1:8000/v1', model: 'qwen2.5-7b-instruct' });
 * const local = createLocal({ models: { local: { engine } }, trust: 'unsigned' });
 * ```
 */
export function httpEngine(options: HttpEngineOptions): Engine {
  const { contextTokens, slots = 64 } = checked(options);
  const server: HttpServer = {
    baseURL: options.baseURL.replace(/\/+$/, ''),
    apiKey: options.apiKey,
    model: options.model,
    fetch: options.fetch ?? ((...input) => globalThis.fetch(...input)),
    timeoutMs: options.timeoutMs,
    now: Date.now,
  };
  const underWay = createUnderWay();
  let facts: EngineFacts | undefined;

  return {
    baseURL: server.baseURL,
    load: (signal) =>
      underWay.within(signal, async (own) => {
        facts ??= { contextTokens: await contextAt(server, contextTokens, own), slots };
        own.throwIfAborted();
        return facts;
      }),
    generate: async function* (request, signal) {
      const place = underWay.enter(signal);
      try {
        yield* generate(server, request, place.signal);
      } finally {
        place.leave();
      }
    },
    embed: (texts, signal): Promise<Embeddings> => underWay.within(signal, (own) => embedAtServer(server, texts, own)),
    countTokens: (prompt, signal) => underWay.within(signal, (own) => countAtServer(server, prompt, own)),
    unload: async () => {
      facts = undefined;
      underWay.endAll(new LocalError('shutting_down', 'The engine was unloaded.'));
    },
  };
}

/** What a request may take: the less of what the server gives and of what was asked for. */
async function contextAt(server: HttpServer, wanted: number | undefined, signal: AbortSignal): Promise<number> {
  const said = await contextOfModel(server, signal);
  signal.throwIfAborted();
  if (said === undefined && wanted === undefined)
    throw new LocalError(
      'model_unavailable',
      `The server does not say how much context "${server.model}" has. Give \`contextTokens\`.`,
      { param: 'contextTokens' },
    );
  return Math.min(said ?? Number.POSITIVE_INFINITY, wanted ?? Number.POSITIVE_INFINITY);
}

async function* generate(server: HttpServer, request: Generation, signal: AbortSignal): AsyncGenerator<Piece> {
  const { path, body } = httpRequestOf(request, server.model);
  const reader = createPieceReader(request.logprobs);
  for await (const text of exchange(server, `${server.baseURL}${path}`, body, signal)) {
    for (const piece of reader.push(text)) {
      yield piece;
      signal.throwIfAborted();
    }
  }
  yield* reader.end();
}

function checked(options: HttpEngineOptions): HttpEngineOptions {
  if (!/^https?:$/.test(protocolOf(options.baseURL)))
    throw wrong('baseURL', 'an http or https URL such as http://127.0.0.1:8000/v1', options.baseURL);
  if (typeof options.model !== 'string' || options.model === '') throw wrong('model', "a model's name", options.model);
  for (const name of ['contextTokens', 'slots', 'timeoutMs'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw wrong(name, 'a positive whole number', value);
  }
  return options;
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}

function wrong(option: string, expected: string, got: unknown): TypeError {
  return new TypeError(`Expected \`${option}\` of httpEngine to be ${expected}, got ${JSON.stringify(got)}.`);
}
