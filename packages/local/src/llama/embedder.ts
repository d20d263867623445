import type { LlamaEmbeddingContext, LlamaModel } from 'node-llama-cpp';
import { LocalError } from '../local-error.js';

/** Embeds with a model. */
export type Embed = (
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<{ readonly vectors: number[][]; readonly promptTokens: number }>;

/** Its context is made when it is first asked. @param contextTokens the longest text */
export function createEmbedder(
  model: LlamaModel,
  { contextTokens, threads }: { readonly contextTokens: number; readonly threads: number },
): Embed {
  let opening: Promise<LlamaEmbeddingContext> | undefined;
  return async (texts, signal) => {
    opening ??= model.createEmbeddingContext({
      contextSize: contextTokens,
      batchSize: contextTokens,
      threads,
    });
    const context = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const inputs = texts.map((text) => model.tokenize(text));
    for (const [at, { length }] of inputs.entries()) {
      if (length === 0)
        throw new LocalError('invalid_request', `Expected text at position ${at} of \`input\`, got none.`, {
          param: 'input',
        });
      // Two tokens may be put around it.
      if (length + 2 > contextTokens)
        throw new LocalError(
          'context_length_exceeded',
          `Expected texts of at most ${contextTokens - 2} tokens, got one of ${length} at position ${at}. Split it.`,
          { param: 'input' },
        );
    }
    const vectors: number[][] = [];
    for (const input of inputs) {
      signal.throwIfAborted();
      const { vector } = await context.getEmbeddingFor(input);
      vectors.push(normalised(vector));
    }
    return { vectors, promptTokens: inputs.reduce((sum, { length }) => sum + length, 0) };
  };
}

function normalised(vector: readonly number[]): number[] {
  const norm = Math.hypot(...vector);
  if (!Number.isFinite(norm) || norm === 0)
    throw new LocalError('engine_failed', 'Expected a finite vector from the model, got none. Is it a model for text?');
  return vector.map((value) => value / norm);
}
