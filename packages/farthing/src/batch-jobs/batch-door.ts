/** One request of a part, as the provider will know it. */
export interface DoorRequest {
  /** Ours, unique over all jobs: `^[a-zA-Z0-9_-]{1,64}$`. */
  readonly customId: string;
  /** As the caller named it: `/v1/chat/completions`. */
  readonly endpoint: string;
  /** The request's body, as JSON text. */
  readonly bodyText: string;
}

/** A part of a job, ready to be sent: what its provider takes as one batch. */
export interface Part {
  /** Names the part, unique over all jobs; the `customId` of each of its requests begins with it. No secret, no prompt. */
  readonly token: string;
  readonly endpoint: string;
  /** Requests as {@link BatchDoor.lineOf} wrote them. */
  readonly lines: readonly string[];
}

/** What is to be looked for: a part that may have been created, though nobody heard so. */
export interface LostPart {
  readonly token: string;
  /** What {@link BatchDoor.prepare} answered for it. */
  readonly prepared: string | undefined;
  readonly requests: number;
  /** Epoch milliseconds: it was not created earlier. */
  readonly sinceMs: number;
  /** Whether a batch is known to be of another part or job. */
  readonly isKnown: (batch: string) => boolean;
}

/** Where a lost part is. */
export type Search =
  | { readonly outcome: 'found'; readonly batch: string }
  | { readonly outcome: 'absent' }
  /** It may be among batches that do not yet tell whose they are: ask again once they have ended. */
  | { readonly outcome: 'unsure' };

/** How a batch stands at its provider. Counts are the provider's own. */
export interface BatchStanding {
  /** `ended`: results can be read, be it of some requests only. `rejected`: nothing was run. */
  readonly status: 'running' | 'ended' | 'rejected';
  readonly succeeded: number;
  readonly failed: number;
  /** Why it was rejected, the provider's words. */
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** What became of one request of a batch. */
export interface LineResult {
  readonly customId: string;
  readonly outcome: 'answered' | 'errored' | 'expired' | 'cancelled';
  /** HTTP status of the answer or the error; 0 where none was made (expired, cancelled). */
  readonly status: number;
  /** The answer's or the error's JSON body, in the dialect's own shape: what an SDK would have got. */
  readonly body: unknown;
  readonly requestId: string | undefined;
}

/**
 * How one provider takes batches, through the user's own client. Methods reject with the client's own errors; none tries
 * a request again by itself that could be billed twice.
 */
export interface BatchDoor {
  readonly provider: 'openai' | 'anthropic';
  /** Chat completions, or messages, as batches name them. */
  readonly defaultEndpoint: string;
  /** What clients put behind their base URL for a request to this endpoint. */
  readonly pathOf: (endpoint: string) => string;
  /** What one batch may hold. `bytes`: of its lines together. */
  readonly limits: { readonly requests: number; readonly bytes: number; readonly embeddingInputs: number };
  /** Whether all requests of one batch must name the same model. */
  readonly oneModelPerPart: boolean;
  /** A request as it stands in a batch, one line of JSON without its end. */
  readonly lineOf: (request: DoorRequest) => string;
  /** Uploads what a batch is created from, and answers its id there; costs nothing. An upload of the same part is found again. */
  readonly prepare: (part: Part) => Promise<string | undefined>;
  /** Creates the batch; from here on it costs money. Sends exactly one request. */
  readonly create: (part: Part, prepared: string | undefined) => Promise<string>;
  /** Looks for a part whose creation nobody heard of. */
  readonly find: (part: LostPart) => Promise<Search>;
  readonly standing: (batch: string) => Promise<BatchStanding>;
  /** Results, in no order, one at a time: never all in memory. Requests that are missing were not run. */
  readonly results: (batch: string) => AsyncIterable<LineResult>;
  readonly cancel: (batch: string) => Promise<void>;
  /** Deletes what the provider keeps of an ended batch, or of one that was only prepared. What is gone already is no error. */
  readonly forget: (batch: string | undefined, prepared: string | undefined) => Promise<void>;
}
