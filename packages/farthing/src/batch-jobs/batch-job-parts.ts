import type { CallReader } from '../read-call.js';
import type { Warn } from '../warnings.js';
import type { BatchesOptions } from './batch-job-options.js';
import type { GateStages } from './batch-stages.js';

/** What batch jobs take from the gate. */
export interface BatchJobParts {
  readonly options: BatchesOptions;
  readonly reader: Omit<CallReader, 'purpose'>;
  readonly stages: GateStages;
  /** A copy of a client that sends by this fetch, or past the gate by its own. */
  readonly clientWith: (client: unknown, fetch?: typeof globalThis.fetch) => unknown;
  /** The fetch of a client, or the gate's, without the gate. */
  readonly sendOf: (client: unknown) => typeof globalThis.fetch;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}
