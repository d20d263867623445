/** How embeddings travelled, since the gate was created. */
export interface EmbeddingBatchReport {
  /** Calls that were answered by a provider, or refused by it. */
  readonly calls: number;
  /** Requests that they took. */
  readonly requests: number;
  /** Those of them that were sent since one with more calls was refused. */
  readonly splits: number;
}
