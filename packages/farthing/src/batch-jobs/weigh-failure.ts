import type { BatchStanding } from './batch-door.js';
import type { Landed } from './landing.js';

/** Statuses of failures that pass: the provider was busy or broken, and the request may be in order. */
function passes(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Whether a request is worth sending again. Pure. */
export function isWorthAnother({ outcome, status }: Pick<Landed, 'outcome' | 'status'>): boolean {
  return outcome === 'expired' || (outcome === 'errored' && passes(status));
}

/** What an error of the client says about a batch that was to be created. */
export type CreationFailure = 'refused' | 'busy' | 'unknown';

/**
 * `refused`: the provider says no, and will again. `busy`: it has not created it, and may later. `unknown`: nobody knows
 * whether a batch is there. Pure.
 */
export function weighCreationFailure(error: unknown): CreationFailure {
  const status = statusOf(error);
  if (status === 429) return 'busy';
  if (status === undefined || passes(status)) return 'unknown';
  return 'refused';
}

/** Whether asking later may bring something else: the provider was busy or broken, or the network failed. Pure. */
export function isTemporary(error: unknown): boolean {
  const status = statusOf(error);
  return status === undefined ? isOfNetwork(error) : passes(status);
}

/** Whether what was asked for is not there, and will not be. Pure. */
export function isGone(error: unknown): boolean {
  const status = statusOf(error);
  return status === 404 || status === 410;
}

/** Whether a key may not do this: whoever holds it must know. Pure. */
export function isForbidden(error: unknown): boolean {
  const status = statusOf(error);
  return status === 401 || status === 403;
}

/** A batch that was not run since its provider had no room for it, by the codes that providers publish. Pure. */
export function lackedRoom({ errors }: BatchStanding): boolean {
  return errors.some(({ code }) => /token_limit|rate_limit|quota|overloaded|server_error|internal|timeout/i.test(code));
}

function statusOf(error: unknown): number | undefined {
  const status = typeof error === 'object' && error !== null ? (error as { status?: unknown }).status : undefined; // read as unknown
  return typeof status === 'number' ? status : undefined;
}

/** Clients have errors of the API without a status for it; a body that breaks off carries the code of its socket. */
function isOfNetwork(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown }; // read as unknown
  return 'status' in error || typeof code === 'string' || isOfNetwork(cause);
}
