import type { Envelope } from '../scope.js';
import type { BatchDoor } from './batch-door.js';
import type { Ranges } from './ranges.js';

/** What happens to a job beside its requests and answers; replayed in order, it says how the job stands. Times in epoch milliseconds. */
export type JobEvent =
  | {
      readonly type: 'opened';
      readonly version: 1;
      /** Random: names the job's holds and batches, which a later job of the same name must not share. */
      readonly token: string;
      readonly provider: BatchDoor['provider'];
      readonly endpoint: string;
      readonly envelopes: readonly Envelope[];
      readonly atMs: number;
    }
  /** All its requests are on the disk. */
  | { readonly type: 'accepted'; readonly total: number }
  /** Requests are to be sent together. */
  | { readonly type: 'planned'; readonly requests: Ranges }
  /** What its batch is created from is at the provider. */
  | { readonly type: 'prepared'; readonly part: number; readonly prepared: string | undefined }
  /** From here on a batch may be there that nobody has heard of. */
  | { readonly type: 'creating'; readonly part: number; readonly atMs: number }
  /** The provider said that it has not created it. */
  | { readonly type: 'uncreated'; readonly part: number }
  | { readonly type: 'created'; readonly part: number; readonly batch: string }
  /** Every request of the part has its answer, or is to be sent again; `uncounted`: nothing of it was run. */
  | { readonly type: 'ended'; readonly part: number; readonly again: Ranges; readonly uncounted?: boolean }
  | { readonly type: 'cancelled' }
  /** So many results were taken, counted from the first. */
  | { readonly type: 'delivered'; readonly count: number };
