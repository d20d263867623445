/** How embeddings travelled, since the gate was created. */
export interface EmbeddingBatchReport {
  /** Calls that were sent and could travel with others. */
  readonly calls: number;
  /** Requests that they took. */
  readonly requests: number;
  /** Those of them that were sent since one with more calls was refused. */
  readonly splits: number;
}
