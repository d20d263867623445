import { isLocalError } from '../local-error.js';
import type { Failure, FromChild } from './messages.js';

/** Tells the process that started this one. */
export function say(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

/** The binding's own words may hold a prompt: only ours are passed on. */
export function failureOf(error: unknown): Failure {
  if (isLocalError(error))
    return {
      code: error.code,
      message: error.message,
      ...(error.param !== undefined && { param: error.param }),
      ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
    };
  const name = error instanceof Error ? error.name : typeof error;
  return { code: 'engine_failed', message: `Expected an answer from the model, got an error (${name}).` };
}
