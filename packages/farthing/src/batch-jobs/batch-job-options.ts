import type { Source } from '../call.js';
import type { CallOptions } from '../options.js';
import type { NanoUsd } from '../pricing/money.js';

/** Where batch jobs are kept, and how they are run. */
export interface BatchesOptions {
  /**
   * A directory of its own. Requests and answers are kept there as text until `job.forget()`, readable by their owner
   * alone: a job that a killed process left is gone on with from it.
   */
  readonly dir: string;
  /** How often, in milliseconds, a provider is asked how a job stands, while somebody waits for results. @default 30000 */
  readonly pollMs?: number | undefined;
  /** How often a request is sent at most, when it fails for a reason that passes. @default 3 */
  readonly maxAttempts?: number | undefined;
  /** Requests in one of the provider's batches, at most. @default the provider's limit */
  readonly maxRequests?: number | undefined;
  /** Bytes in one of the provider's batches, at most. A client holds them in memory several times over. @default 2097152 */
  readonly maxBytes?: number | undefined;
  /**
   * A batch whose creation nobody answered may still appear for so many milliseconds: only then it is created again.
   * @default 60000
   */
  readonly lostAfterMs?: number | undefined;
}

/** One request of a job. */
export interface BatchRequest {
  /** Yours, by which you know the result. Unique within the job. @default its place, from '0' */
  readonly id?: string | undefined;
  /** What you would give the client: `{ model, messages, … }`, without `stream`. */
  readonly body: object;
  /** Options of this request, over those of the job. */
  readonly options?: CallOptions | undefined;
}

/** How a job is submitted. Options of calls hold for each of its requests; `maxCost` for all of them together. */
export interface SubmitOptions extends CallOptions {
  /**
   * Names the job. Submitting the same requests under the same name again sends nothing again, but goes on with the job:
   * a script that was killed is simply run once more. Letters, digits, dots, dashes, underscores. @default a random one
   */
  readonly name?: string | undefined;
  /** What the requests are for, as the provider names it: `/v1/responses`. @default chat completions or messages */
  readonly endpoint?: string | undefined;
}

/** What became of one request. */
export interface BatchResult<Answer = unknown> {
  /** Yours. */
  readonly id: string;
  /** Its place among the requests, from 0. */
  readonly index: number;
  /** Whether it has an answer: `body` is then what the client would have returned. */
  readonly ok: boolean;
  /** `failed`: the provider said no, `body` is its error. `denied`: the gate did. `expired`, `cancelled`: never run. */
  readonly outcome: 'answered' | 'failed' | 'denied' | 'expired' | 'cancelled';
  /** HTTP status of the answer or the error; 0 where there is none. */
  readonly status: number;
  /** The answer, or an error in the provider's own shape; `undefined` where there is none. */
  readonly body: Answer;
  /** `provider`, a cache, or `coalesced`: the answer to an equal request of this job. */
  readonly source: Source;
  /** What was booked for it; `null` where it is not known. */
  readonly costNanoUsd: NanoUsd | null;
  /** How often it was sent. */
  readonly attempts: number;
  /** Names its record: `gate.call(callId)`. */
  readonly callId: string;
  /** You may have had this result before: it was handed out, and whoever took it did not come for the next one. */
  readonly redelivered: boolean;
}

/** How far a job is. */
export interface BatchProgress {
  /** `done`: every request has its result. */
  readonly state: 'running' | 'cancelling' | 'done';
  readonly total: number;
  /** Not yet at the provider, or to be sent again. */
  readonly waiting: number;
  /** At the provider. */
  readonly running: number;
  /** Results so far, and what they were. */
  readonly answered: number;
  readonly failed: number;
  readonly denied: number;
  readonly expired: number;
  readonly cancelled: number;
  /** Of those answered: by a cache, and with the answer to an equal request. */
  readonly cached: number;
  readonly shared: number;
  /** Results that were taken from `results()`. */
  readonly delivered: number;
  /** What was booked so far. */
  readonly costNanoUsd: NanoUsd;
  /** The provider's batches and its own counts, as of the last look. */
  readonly batches: readonly {
    readonly batch: string | undefined;
    readonly requests: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly state: 'sending' | 'running' | 'over';
  }[];
  /** Why the job does not go on at the moment, in the provider's words. */
  readonly trouble: string | undefined;
}

/** How results are read. */
export interface ResultsOptions {
  /** From the first one again, those delivered before too. @default from the first that was not delivered */
  readonly from?: 'start' | undefined;
  /** Ends the waiting; the job goes on at its provider. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each look at the provider. */
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
}

/** A job at a provider. It costs nothing to leave it: it is on the disk. */
export interface BatchJob {
  readonly name: string;
  readonly progress: () => BatchProgress;
  /**
   * Results as they come, in no order. A result counts as delivered when the next one is asked for, so that none is lost
   * where its reader dies; the one it died over is given again, with `redelivered: true`. One reader at a time.
   * @throws what the client threw when the provider refuses for good (a wrong key): mend it and read on
   */
  readonly results: <Answer = unknown>(options?: ResultsOptions) => AsyncIterable<BatchResult<Answer>>;
  /** Asks the provider to stop. What has run by then is delivered and paid for. */
  readonly cancel: () => Promise<void>;
  /**
   * Deletes what the disk and the provider keep of the job.
   * @throws TypeError while requests have no result: cancel it, and read the results
   */
  readonly forget: () => Promise<void>;
  /** Lets go of the files; the job goes on at its provider. `gate.close` does it too. */
  readonly close: () => Promise<void>;
}

/** Batch jobs through one client. */
export interface Batches {
  /**
   * Takes requests in and sends what no cache answers and no budget denies. Resolves when they are on the disk and the
   * provider has been given as many as it takes.
   * @throws TypeError for requests that are none, or a name that other requests have; what the client threw when the
   *   provider refuses at once, and then nothing was sent and nothing is held
   */
  readonly submit: (
    requests: Iterable<BatchRequest> | AsyncIterable<BatchRequest>,
    options?: SubmitOptions,
  ) => Promise<BatchJob>;
  /** Goes on with a job by its name. @throws TypeError where there is none, or it was never submitted to its end */
  readonly open: (name: string) => Promise<BatchJob>;
  /** Names of the jobs on the disk. */
  readonly names: () => Promise<readonly string[]>;
}
