import type { EmbeddingBatches, EmbeddingBatchParts } from './embedding-batches.js';

/**
 * Loads embedding batches apart from the rest, with the first call for embeddings. Calls that come before they are there
 * wait some milliseconds; where they can't be loaded, each call goes by itself.
 */
export function loadEmbeddingBatches(parts: EmbeddingBatchParts): Pick<EmbeddingBatches, 'stage'> & {
  readonly report: () => ReturnType<EmbeddingBatches['report']> | undefined;
} {
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
