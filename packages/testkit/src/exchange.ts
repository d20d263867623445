import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CapacityOptions } from './capacity.js';
import type { Fault } from './faults.js';
import type { PromptCaches } from './prompt-caches.js';
import type { Scripted } from './script.js';
import type { Counting } from './tokens.js';

/** One request as the provider received it. */
export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The body, if it is JSON. */
  readonly json: Record<string, unknown> | undefined;
  /** The client went away before the answer was complete. */
  aborted: boolean;
  /** Resolves when the answer is complete, or the client has gone. */
  readonly done: Promise<void>;
}

/** Usage that was really produced, as a bill would list it. */
export interface Billed {
  readonly api: 'chat' | 'responses' | 'embeddings' | 'messages';
  readonly model: string;
  readonly usage: Record<string, unknown>;
}

/** How the provider behaves. */
export interface ProviderOptions {
  /** @default 'tokenizer' */
  readonly counting?: Counting;
  /** Keep requests for inspection. @default true */
  readonly record?: boolean;
  /** Before the headers. @default 0 */
  readonly latencyMs?: number;
  /** Between the chunks of a stream. @default 0 */
  readonly chunkDelayMs?: number;
  /** @default 3 */
  readonly wordsPerChunk?: number;
  /** Latency that grows with what is under way, in place of `latencyMs`. @default none */
  readonly capacity?: CapacityOptions;
  /** Above so many requests at once, the answer is 429. @default no limit */
  readonly maxConcurrent?: number;
  /** Epoch milliseconds, by which cached prompts live. @default Date.now */
  readonly now?: () => number;
  /** Compress answers that are not streams, where the client accepts it. @default false */
  readonly gzip?: boolean;
}

/** One exchange: what an endpoint is given to answer with. */
export interface Exchange {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly json: Record<string, unknown>;
  readonly options: Required<Omit<ProviderOptions, 'maxConcurrent' | 'capacity'>>;
  readonly fault: Fault | undefined;
  readonly script: Scripted | undefined;
  readonly tokens: (text: string) => number;
  readonly id: (prefix: string) => string;
  readonly bill: (billed: Billed) => void;
  /** The caches of prompts. */
  readonly caches: PromptCaches;
}
