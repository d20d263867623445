import type { Call, Completion, DenialCode, Reply } from './call.js';
import type { Dialect } from './dialects/dialect.js';
import { noAnswer } from './no-answer.js';

/**
 * A synthetic answer that says no in the dialect's own error shape. Its status is 402: measured, every client tries
 * that once and keeps the code, while a thrown error, a 429 or a 503 is retried and masked.
 */
export function denialResponse(dialect: Dialect, code: DenialCode, message: string): Response {
  return new Response(dialect.denial({ code, message }), {
    status: 402,
    headers: { 'content-type': 'application/json', 'x-should-retry': 'false' },
  });
}

/** The reply to a call that is denied: nothing went out, nothing is owed. */
export function denialReply(call: Call, code: DenialCode, message: string): Reply {
  call.note({ kind: 'denied', code, message });
  const completion: Completion = {
    ...noAnswer,
    status: 'complete',
    httpStatus: 402,
    cost: { totalPicoUsd: 0n, parts: {}, unpriced: [], basis: 'computed' },
    error: undefined,
  };
  return {
    response: denialResponse(call.dialect, code, message),
    completion: Promise.resolve(completion),
    source: 'denied',
    whole: true,
  };
}
