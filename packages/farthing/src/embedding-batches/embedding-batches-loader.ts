import { loadTokenizer } from '../pricing/tokenizer.js';
import type { EmbeddingBatches, EmbeddingBatchParts } from './embedding-batches.js';

/**
 * Loads embedding batches apart from the rest, with the first call for embeddings. Calls that come before they are there
 * wait some milliseconds; where they can't be loaded, each call goes by itself. What shares a bill takes a fifth of a second
 * to load, and is loaded with the gate: no caller is to wait for it.
 */
export function loadEmbeddingBatches(parts: EmbeddingBatchParts): Pick<EmbeddingBatches, 'stage'> & {
  readonly report: () => ReturnType<EmbeddingBatches['report']> | undefined;
} {
  if (parts.tokenizer && (parts.options.mode ?? parts.mode) === 'enforce') void loadTokenizer();
  let batches: EmbeddingBatches | undefined;
  let loading: Promise<EmbeddingBatches | undefined> | undefined;
  return {
    stage: (call, next) => {
      if (call.dialect.operation !== 'embeddings') return next(call);
      if (batches) return batches.stage(call, next);
      loading ??= import('./embedding-batches.js').then(
        ({ createEmbeddingBatches }) => {
          batches = createEmbeddingBatches(parts);
          return batches;
        },
        () => undefined, // calls only take more requests without it
      );
      return loading.then((loaded) => (loaded ? loaded.stage(call, next) : next(call)));
    },
    report: () => batches?.report(),
  };
}
