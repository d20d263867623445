/** What can go wrong, in words that a program can ask for. */
export const localErrorCodes = {
  /** The request can't be taken as it is. */
  invalid_request: 400,
  /** Prompt and answer do not fit into the context. */
  context_length_exceeded: 400,
  unauthorized: 401,
  /** The file is not what its manifest says, or nobody vouches for it. */
  untrusted_model: 403,
  model_not_found: 404,
  not_found: 404,
  method_not_allowed: 405,
  request_too_large: 413,
  /** The queue is full, or the request waited too long in it. */
  overloaded: 503,
  /** The model can't be loaded: no file, a broken one, no binding. */
  model_unavailable: 503,
  /** The model does not fit into what memory is free. */
  insufficient_memory: 503,
  /** It was being unloaded or closed. */
  shutting_down: 503,
  /** The process that ran the model died. */
  engine_crashed: 503,
  /** The engine said no, or something that is no answer. */
  engine_failed: 502,
} as const;

export type LocalErrorCode = keyof typeof localErrorCodes;

/** A failure with a code; the message says what was expected, what came and what to do, and holds no prompt. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
  readonly code: LocalErrorCode;
  /** The field of the request that is at fault. */
  readonly param: string | undefined;
  /** When to try again, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: LocalErrorCode,
    message: string,
    more: { readonly param?: string; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.param = more.param;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  /** The HTTP status that says the same. */
  get status(): number {
    return localErrorCodes[this.code];
  }
}

/** Whether it is a failure of this package, also one of another copy of it. */
export function isLocalError(error: unknown): error is LocalError {
  return error instanceof Error && error.name === 'LocalError' && 'code' in error;
}
