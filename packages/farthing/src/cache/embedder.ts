/** Turns texts into vectors whose cosine says how alike they are. `@farthing/minilm` is one; any object of this form is. */
export interface Embedder {
  /**
   * Names the space: model, weights, and whatever else would make the same text land elsewhere. Vectors under different
   * ids are never compared, and what is stored under another id is never served from.
   */
  readonly id: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /**
   * Cosine below which two questions share no answer, but where the guard accounts for every word. Never shared between
   * embedders.
   */
  readonly threshold: number;
  /**
   * How much a cosine says beside the guard: `weight` log-odds for each 1 that it is above `neutral`, up to `full`, and less
   * below it. Left out: a cosine above the threshold says nothing more.
   */
  readonly scale?: { readonly weight: number; readonly neutral: number; readonly full: number };
  /**
   * One embedding for each text, in order. Rejects as a whole: with the signal's reason when it aborts, or with an error
   * that says what is wrong.
   */
  readonly embed: (texts: readonly string[], options?: EmbedOptions) => Promise<readonly Embedding[]>;
  /** The same embedder over another `fetch`, where it uses one: a gate puts its own in front, and meters what is spent. */
  readonly through?: (fetch: typeof globalThis.fetch) => Embedder;
  /** Loads what the first call would otherwise wait for. */
  readonly ready?: () => Promise<unknown>;
  /** Lets go of processes and memory; later calls of `embed` reject. */
  readonly close?: () => Promise<void>;
}

/** What one call of `embed` may say. */
export interface EmbedOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where a text lies, and what of it was left out of account. */
export interface Embedding {
  /** Of length 1. */
  readonly vector: Float32Array;
  /** The vector knows the text up to here, in UTF-16 units; what stands behind must be equal. */
  readonly readLength: number;
  /** Words before `readLength` that are all one "unknown" to the model, as they stand in the text. The guard compares them. */
  readonly unreadWords?: readonly string[] | undefined;
}
