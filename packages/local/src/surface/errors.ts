import { isLocalError, LocalError, localErrorCodes } from '../local-error.js';

/** Whose shape an answer has. */
export type Dialect = 'openai' | 'anthropic';

/** What a client is told of a failure. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly param?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** What a program of Anthropic's reads besides. */
  readonly details?: object;
}

/** Any failure as one of ours. What was thrown by something else may hold the prompt: only its name is kept. */
export function asLocalError(error: unknown): LocalError {
  // One of another copy may have a code that only that one knows.
  if (isLocalError(error) && Object.hasOwn(localErrorCodes, error.code)) return ours(error);
  const name = error instanceof Error ? error.name : typeof error;
  return new LocalError(
    'engine_failed',
    `The request failed with an unexpected ${name}. Try again; if it comes back, report it.`,
  );
}

/** The same failure, with a status whatever copy it is of. */
function ours(error: LocalError): LocalError {
  if (error instanceof LocalError) return error;
  const { code, message, param, retryAfterSeconds } = error as LocalError; // by its name and its code
  return new LocalError(code, String(message), {
    ...(typeof param === 'string' && { param }),
    ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
  });
}

/** The JSON of a failure, as the dialect's clients read it. */
export function failureText(failure: Failure, dialect: Dialect): string {
  const { status, code, message, param, details } = failure;
  if (dialect === 'anthropic') {
    return JSON.stringify({ type: 'error', error: { type: anthropicType(status), message, code, param, details } });
  }
  return JSON.stringify({ error: { message, type: openaiType(status), param: param ?? null, code } });
}

/** A failure as a whole response. */
export function failureResponse(failure: Failure, dialect: Dialect): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (failure.retryAfterSeconds !== undefined) {
    headers.set('retry-after', String(Math.max(1, Math.ceil(failure.retryAfterSeconds))));
  }
  return new Response(failureText(failure, dialect), { status: failure.status, headers });
}

function openaiType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

function anthropicType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    503: 'overloaded_error',
  };
  return types[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}
