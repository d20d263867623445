import type { ModelFacts } from './model-facts.js';

/** How a model is to be run. */
export interface MemorySettings {
  /** Of each slot. */
  readonly contextTokens: number;
  readonly slots: number;
  /** Tokens that one step takes at most, over all slots. @default what node-llama-cpp takes */
  readonly batchTokens?: number;
}

/** Bytes that a model takes while it runs, each an upper bound. */
export interface MemoryEstimate {
  readonly weights: number;
  /** Keys and values of all slots. */
  readonly cache: number;
  /** What a step works on. */
  readonly compute: number;
  /** The process, its binding and the tokenizer. */
  readonly process: number;
  /** All of these. */
  readonly total: number;
  /**
   * Not in `total`: weights that llama.cpp rearranged for the processor stay mapped as they are in the file as well. The
   * system counts them as in use, and drops them as soon as it needs the room.
   */
  readonly droppable: number;
}

/** llama.cpp rounds a slot's context up to a multiple of this. */
export const contextStep = 256;
const usualBatch = 512;
/** A process with Node, node-llama-cpp 3.22.1 and a small model takes 100 to 110 MiB on Linux. */
const processBytes = 128 * 1024 * 1024;
/** Per token and merge: 440 to 700 were measured in vocabularies of 32 K to 262 K tokens. */
const vocabularyBytes = 768;

/**
 * How much memory a model takes with these settings, in bytes: 1.1 to 1.4 times what whole processes with models of 1 to
 * 270 MB took on Linux, without what is `droppable`.
 */
export function estimateMemory(facts: ModelFacts, settings: MemorySettings): MemoryEstimate {
  const { contextTokens, slots } = settings;
  const context = padContext(contextTokens);
  const batch = Math.min(settings.batchTokens ?? usualBatch, context * slots);
  const weights = facts.weightBytes;
  const cache = slots * (cacheBytesOf(facts, context, batch) + facts.stateBytes);
  const compute = computeBytesOf(facts, context, batch) + slots * facts.vocabulary * bytesPerCandidate;
  const process = processBytes + vocabularyBytes * (facts.vocabulary + facts.merges);
  return {
    weights,
    cache,
    compute,
    process,
    total: weights + cache + compute + process,
    droppable: facts.repackableBytes,
  };
}

/** The context that llama.cpp makes of one. */
export function padContext(contextTokens: number): number {
  return Math.max(1, Math.ceil(contextTokens / contextStep)) * contextStep;
}

/** The keys and values of one slot, two bytes for each number. */
function cacheBytesOf({ kvHeads, keyLength, valueLength, slidingWindow }: ModelFacts, context: number, batch: number) {
  // Such a layer keeps its window and what one step adds.
  const windowed = Math.min(context, padContext((slidingWindow?.tokens ?? 0) + batch + 1));
  const cells = kvHeads.reduce((sum, heads, at) => sum + heads * (slidingWindow?.layers[at] ? windowed : context), 0);
  return 2 * cells * (keyLength + valueLength);
}

/** A token's number, likelihood and probability, twice over while it is sorted. */
const bytesPerCandidate = 32;

/**
 * The buffer that llama.cpp reserves for the largest step, with flash attention, as it is where the processor computes.
 * For each token of the step it holds either what is alive inside a layer (at most three widths of the feed-forward part,
 * eight of the embedding, and the queries with their result) or the likelihoods of all tokens with the embedding that
 * they come from; beside that, the mask over the context in two precisions, and one matrix multiplication's input in the
 * precision of the weights.
 */
function computeBytesOf(facts: ModelFacts, context: number, batch: number): number {
  const { embeddingLength, feedForwardLength, heads, keyLength, valueLength, vocabulary } = facts;
  const layer = 4 * (3 * feedForwardLength + 8 * embeddingLength + heads * (keyLength + valueLength));
  const output = 4 * (vocabulary + 2 * embeddingLength);
  const input = 2 * Math.max(feedForwardLength, embeddingLength);
  const mask = (4 + 2) * context;
  return batch * (Math.max(layer, output) + input + mask);
}
