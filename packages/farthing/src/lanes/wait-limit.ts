import type { Call } from '../call.js';

/** A client's timeout is told in whole seconds: what is less than one is taken for this. Milliseconds. */
const shortestTimeoutMs = 250;

/** At least this share of it is left for the answer: a denial must be there before the client gives up. */
const leastForAnswer = 0.1;

/**
 * How long a call may wait, in milliseconds: what its lane allows, and no longer than leaves time for an answer before the
 * client gives up, where the client tells when (`x-stainless-timeout`). Pure.
 * @param typicalMs the usual first-byte time, where it is known
 */
export function waitLimit(
  { headers, startedAtMs }: Pick<Call, 'headers' | 'startedAtMs'>,
  {
    maxWaitMs,
    typicalMs,
    nowMs,
  }: { readonly maxWaitMs: number; readonly typicalMs: number | undefined; readonly nowMs: number },
): number {
  const seconds = Number(headers.get('x-stainless-timeout') ?? Number.NaN);
  if (!(seconds >= 0)) return maxWaitMs;
  const timeoutMs = Math.max(shortestTimeoutMs, seconds * 1000);
  const forAnswerMs = Math.min(Math.max(typicalMs ?? 0, timeoutMs * leastForAnswer), timeoutMs / 2);
  return Math.max(0, Math.min(maxWaitMs, timeoutMs - Math.max(0, nowMs - startedAtMs) - forAnswerMs));
}
