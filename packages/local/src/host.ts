import type { Embeddings, Ending, Generation, Piece, Prompt } from './engine.js';

/** What the HTTP surface stands on: models by name, each behind its queue. */
export interface Host {
  readonly models: () => readonly HostedModel[];
  /** Whether there is a model of that name. */
  readonly has: (model: string) => boolean;
  /**
   * Queues and runs a request. A failure before the first piece comes with the first `next()`. The last piece is `end`.
   * @throws LocalError
   */
  readonly generate: (ask: Ask, request: Generation) => AsyncIterable<ServedPiece>;
  /** @throws LocalError */
  readonly embed: (ask: Ask, texts: readonly string[]) => Promise<ServedEmbeddings>;
  /** @throws LocalError */
  readonly countTokens: (ask: Ask, prompt: Prompt) => Promise<number>;
  /** Whether requests are taken, and what Prometheus is told. */
  readonly health: () => { readonly ok: boolean; readonly models: Readonly<Record<string, ModelState>> };
  readonly metrics: () => string;
}

/** For whom a request runs. */
export interface Ask {
  readonly model: string;
  /** The lane that it waits in. @default 'interactive' */
  readonly lane?: string;
  readonly signal: AbortSignal;
}

export type ModelState = 'idle' | 'loading' | 'ready' | 'unloading' | 'failed';

/** A model that can be asked for. */
export interface HostedModel {
  readonly name: string;
  /** When it was configured, in milliseconds since the epoch. */
  readonly createdMs: number;
  readonly state: ModelState;
  /** Known while it is loaded. */
  readonly contextTokens?: number;
}

/** A piece of an answer; the last one says what it took. */
export type ServedPiece = Exclude<Piece, { kind: 'end' }> | ({ readonly kind: 'end' } & Ending & ServedFacts);

export interface ServedEmbeddings extends Embeddings, ServedFacts {}

/** What one request took. */
export interface ServedFacts {
  /** Waited for its turn, in milliseconds. */
  readonly queueMs: number;
  /** From its turn to the first piece, in milliseconds. */
  readonly promptMs: number;
  /** From the first piece to the end, in milliseconds. */
  readonly outputMs: number;
  /** Its share of the machine at the machine's price, in pico-dollars; absent where no price was given. */
  readonly costPicoUsd?: bigint;
}
