/** How embeddings that are asked for at the same time travel together. */
export interface EmbeddingBatchOptions {
  /**
   * How long a call may wait for others while requests like it are under way, in milliseconds. Where none is, it goes out
   * with those of the same moment. @default 3
   */
  readonly windowMs?: number | undefined;
  /**
   * The most texts in one request. OpenAI takes 2048; larger requests than the default's save next to nothing, and answer
   * later. @default 256
   */
  readonly maxInputs?: number | undefined;
  /** The most tokens in one request, all texts together: the provider's limit. @default 300_000 */
  readonly maxTokens?: number | undefined;
  /** A call with a text that may be longer, in tokens, goes alone: the provider might refuse it. @default 8192 */
  readonly maxInputTokens?: number | undefined;
  /** `observe` joins nothing. @default the gate's mode */
  readonly mode?: 'enforce' | 'observe' | undefined;
}

/** The options with what holds where nothing was said. */
export interface EmbeddingBatchPlan {
  readonly windowMs: number;
  readonly maxInputs: number;
  readonly maxTokens: number;
  readonly maxInputTokens: number;
}

/** Fills in what was not said. Pure. */
export function planEmbeddingBatches(options: EmbeddingBatchOptions): EmbeddingBatchPlan {
  const { windowMs = 3, maxInputs = 256, maxTokens = 300_000, maxInputTokens = 8192 } = options;
  return { windowMs, maxInputs, maxTokens, maxInputTokens };
}
