import type { PriceContext, UsageBound } from '../pricing/price.js';
import type { UsageReading } from '../pricing/usage.js';
import type { Capability } from '../routing/route-options.js';
import type { LastTurn, RewriteSystem } from './last-turn.js';

/** Parsed JSON, of which nothing is known yet. */
export type JsonObject = { readonly [key: string]: unknown };

/** A request's size before it is sent, read from its body. Sizes are upper bounds unless said otherwise. */
export type PromptMeasure =
  | { readonly bounded: true; readonly bound: UsageBound }
  /** The request does not bound its cost (hosted tools, files, URLs, stored state): why, in the field's words. */
  | { readonly bounded: false; readonly reasons: readonly string[]; readonly bound: UsageBound };

/** Counts tokens of a text; exact for some models, an estimate for others. */
export type CountTokens = (text: string) => number;

/** A request to be counted by its provider, with the fetch to ask through. */
export interface CountQuestion {
  readonly send: typeof globalThis.fetch;
  readonly url: string;
  readonly headers: Headers;
  readonly body: JsonObject;
  readonly signal: AbortSignal | undefined;
}

/** What is known of an answer once it has ended, or been cut off. */
export interface AnswerReading {
  readonly model: string | undefined;
  readonly serviceTier: string | undefined;
  /** `undefined` where the answer holds no usage (a stream cut off before its last chunk). */
  readonly reading: UsageReading | undefined;
  /** All generated text: content, refusals, visible reasoning, tool arguments. For estimates where `reading` is missing. */
  readonly outputText: () => string;
  /** Ended by the model itself: not cut by length, not an error inside the stream. */
  readonly finished: boolean;
  /**
   * The provider has said that nothing more comes, so that what it told of usage is final and a client that stops
   * reading here has broken nothing off. Always of a whole JSON body; never of a stream that failed or just ended.
   */
  readonly ended: boolean;
  /** Stopped because the output limit was reached. */
  readonly truncated: boolean;
  /** Asks the caller to run tools. */
  readonly openToolCalls: boolean;
  readonly finishReasons: readonly string[];
  /** The provider's id for this answer. */
  readonly id: string | undefined;
}

/** Why a request may not be answered from, or kept in, a cache without the user's word. */
export type CacheBar = 'hosted_tools' | 'stateful' | 'background';

/**
 * All that is particular to one wire format. Pure: no network, no clock. Stages never name a provider, they ask this.
 */
export interface Dialect {
  readonly name: 'openai-chat' | 'openai-responses' | 'openai-embeddings' | 'anthropic-messages';
  /** The price book's provider where the host does not tell. */
  readonly homeProvider: string;
  /** OpenTelemetry's `gen_ai.operation.name`. */
  readonly operation: 'chat' | 'embeddings';
  /** Whether a POST to this path is a call in this dialect. */
  readonly matches: (pathname: string) => boolean;
  /** What clients put behind their base URL. */
  readonly path: string;
  /** A copy of the headers that carries this key, as the server behind a URL wants it. */
  readonly withKey: (headers: Headers, url: string, key: string) => Headers;
  readonly model: (body: JsonObject) => string | undefined;
  readonly wantsStream: (body: JsonObject) => boolean;
  /** What of the request changes the price: the service tier and geography it asks for. */
  readonly priceContext: (body: JsonObject) => PriceContext;
  /** How many answers the request asks for at once (`n`). */
  readonly choices: (body: JsonObject) => number;
  /** The largest output the request allows, over all its choices; `undefined` where it sets no limit. */
  readonly maxOutputTokens: (body: JsonObject) => number | undefined;
  /**
   * The least output per choice, in tokens, that {@link clampOutput} can lower this request to: what the API accepts,
   * and above the smallest thinking budget where the request sets one.
   */
  readonly leastOutput: (body: JsonObject) => number;
  /**
   * A copy of the body that allows at most this much output per choice; a thinking budget is kept under it. `undefined`
   * below {@link leastOutput}, or where the dialect has no limit to lower.
   */
  readonly clampOutput: (body: JsonObject, maxTokens: number) => JsonObject | undefined;
  /** The upper bound of a request's usage. With `count`, text is counted by tokenizer; without, by bytes. */
  readonly measure: (
    body: JsonObject,
    limits: { readonly count?: CountTokens | undefined; readonly maxOutputTokens?: number | undefined },
  ) => PromptMeasure;
  /** The parts of a request that decide its answer, for the cache key; without `user`, `metadata`, `stream`, `store`. */
  readonly question: (body: JsonObject) => JsonObject;
  /** Whether a model that can reason does so for this request: what it generates is then more than what it shows. */
  readonly mayReason: (body: JsonObject) => boolean;
  readonly cacheBar: (body: JsonObject) => CacheBar | undefined;
  /** What a request asks last, apart from all else that decides its answer; `undefined` where it does not end so. */
  readonly lastTurn: (body: JsonObject, rewriteSystem?: RewriteSystem) => LastTurn | undefined;
  /** What the request needs beyond text in and text out. */
  readonly needs: (body: JsonObject) => readonly Capability[];
  /** The text of the user's turn that opened the conversation, as far as the request shows it. */
  readonly firstTurn: (body: JsonObject) => string | undefined;
  /** The id of the answer, or of the conversation, that the request goes on from, where the provider keeps them. */
  readonly continues?: (body: JsonObject) => string | undefined;
  /** The body text of a streaming request that also asks for its usage; `undefined` where it does, or need not. */
  readonly usageRequest: ((body: JsonObject, bodyText: string) => string | undefined) | undefined;
  /**
   * Takes out of one SSE event what only {@link usageRequest} put there: the event itself unchanged (same string), a
   * cleaned one, or `undefined` to drop it.
   */
  readonly stripUsage: ((event: string) => string | undefined) | undefined;
  /** Reads an answer's JSON body. Never throws; a body it does not know gives `undefined`. */
  readonly readAnswer: (json: unknown) => AnswerReading | undefined;
  /** Reads an answer's SSE body, whole or cut off. Never throws. */
  readonly readStream: (sse: string) => AnswerReading | undefined;
  /** The same answer in the other form; `undefined` where it cannot be told without loss. */
  readonly toStream: (json: string, asked: JsonObject) => string | undefined;
  readonly toJson: (sse: string) => string | undefined;
  /** A stored SSE body as this caller asked for it (with or without the usage chunk). */
  readonly replayStream: (sse: string, asked: JsonObject) => string;
  /** The JSON body of an error in the dialect's own shape. */
  readonly denial: (denial: { readonly code: string; readonly message: string }) => string;
  /**
   * Asks the provider itself how many input tokens a request has, where it offers that; `undefined` when it can't tell.
   * Never rejects.
   */
  readonly countTokens?: (question: CountQuestion) => Promise<number | undefined>;
}
