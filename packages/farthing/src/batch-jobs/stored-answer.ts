import type { NanoUsd } from '../pricing/money.js';
import type { BatchResult } from './batch-job-options.js';

/** What became of a request, as the disk keeps it. */
export interface StoredAnswer {
  /** The place of its request. */
  readonly index: number;
  readonly outcome: BatchResult['outcome'];
  readonly status: number;
  /** The body as JSON text. */
  readonly body: string | undefined;
  readonly source: BatchResult['source'];
  readonly costNanoUsd: NanoUsd | null;
  readonly attempts: number;
}
