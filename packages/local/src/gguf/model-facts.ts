/** What a GGUF file says about its model. */
export interface ModelFacts {
  /** As llama.cpp calls it, such as `llama`. */
  readonly architecture: string;
  /** What its publisher calls it. */
  readonly name?: string;
  readonly license?: string;
  /** Such as `Q4_K_M`. */
  readonly quantization: string;
  /** Weights of this file. */
  readonly parameters: number;
  readonly weightBytes: number;
  /** Those of them that llama.cpp may keep a rearranged copy of. */
  readonly repackableBytes: number;
  readonly layers: number;
  /** Tokens that it was trained for. */
  readonly contextLength: number;
  readonly embeddingLength: number;
  /** Of the widest layer, all experts that work on a token together. */
  readonly feedForwardLength: number;
  readonly heads: number;
  /** Of each layer; 0 where it keeps no keys. */
  readonly kvHeads: readonly number[];
  /** Of one head. */
  readonly keyLength: number;
  readonly valueLength: number;
  /** Bytes that one sequence takes apart from keys and values, whatever its length. */
  readonly stateBytes: number;
  /** Layers that look back no further than so many tokens; absent where it is not known for sure which do. */
  readonly slidingWindow?: { readonly tokens: number; readonly layers: readonly boolean[] };
  /** Tokens of the vocabulary, and the pairs that its tokenizer merges. */
  readonly vocabulary: number;
  readonly merges: number;
  readonly hasChatTemplate: boolean;
  readonly isEmbeddingModel: boolean;
}
