import type { EmbeddingBatchPlan } from './embedding-batch-options.js';

/** What a call takes up of a request. */
export interface BatchLoad {
  readonly inputs: readonly unknown[];
  /** Tokens, at most. */
  readonly most: number;
}

/** How many of those that wait fit into one request, in their order: one at least, however large. Pure. */
export function fillBatch(
  waiting: readonly BatchLoad[],
  { maxInputs, maxTokens }: Pick<EmbeddingBatchPlan, 'maxInputs' | 'maxTokens'>,
): number {
  let [inputs, tokens, count] = [0, 0, 0];
  for (const each of waiting) {
    inputs += each.inputs.length;
    tokens += each.most;
    if (count > 0 && (inputs > maxInputs || tokens > maxTokens)) break;
    count++;
  }
  return count;
}
