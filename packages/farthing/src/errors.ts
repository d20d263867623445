import type { DenialCode } from './call.js';

/** A denial as it was found in a client's error. */
export interface Denial {
  readonly code: DenialCode;
  readonly message: string;
}

const denialCodes: ReadonlySet<string> = new Set<DenialCode>([
  'budget_exceeded',
  'queue_full',
  'stopped',
  'residency',
  'unmetered',
  'ledger_unavailable',
  'no_target',
]);

/**
 * The denial inside an error that a client threw, or `undefined` where the gate did not say no. Reads the error shapes
 * of the OpenAI and Anthropic SDKs, the Vercel AI SDK and LangChain, also nested in a `cause`; no `instanceof`.
 */
export function denialOf(error: unknown): Denial | undefined {
  return find(error, 0);
}

/** Whether a call was denied since a budget has no room for it. */
export function isBudgetExceeded(error: unknown): boolean {
  return denialOf(error)?.code === 'budget_exceeded';
}

/** Whether a call was denied since too many were waiting: try later, or elsewhere. */
export function isOverloaded(error: unknown): boolean {
  return denialOf(error)?.code === 'queue_full';
}

/** Deep enough for a retry error around an API error around a cause; shallow enough to end on a cycle. */
const maxDepth = 5;

function find(value: unknown, depth: number): Denial | undefined {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return undefined;
  const error = value as Record<string, unknown>; // an object; each field is checked before use
  const status = error['status'] ?? error['statusCode'];
  if (status === 402) {
    const denial =
      readBody(error['error']) ?? readBody(error['data']) ?? readText(error['responseBody']) ?? readBody(error);
    if (denial) return denial;
  }
  for (const inner of ['cause', 'lastError', 'error']) {
    const denial = find(error[inner], depth + 1);
    if (denial) return denial;
  }
  const errors = error['errors'];
  return Array.isArray(errors) ? errors.map((each) => find(each, depth + 1)).find(Boolean) : undefined;
}

function readText(text: unknown): Denial | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return readBody(JSON.parse(text));
  } catch {
    return undefined; // not JSON: not a denial of ours
  }
}

/** `{ error: { code, message } }`, `{ error: { type, message } }` or the inner object alone. */
function readBody(body: unknown): Denial | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { error, code, type, message } = body as Record<string, unknown>; // each is checked below
  const found = [code, type].find((each): each is DenialCode => typeof each === 'string' && denialCodes.has(each));
  if (found) return { code: found, message: typeof message === 'string' ? message : '' };
  return error === undefined ? undefined : readBody(error);
}

/** The request never reached the provider, so it cannot have been billed. Anything unclear counts as sent. */
export function neverSent(error: unknown): boolean {
  for (let each = error, depth = 0; typeof each === 'object' && each !== null && depth < maxDepth; depth++) {
    const { code, cause } = each as { code?: unknown; cause?: unknown }; // read as unknown
    if (typeof code === 'string' && (unsentCodes.has(code) || code.startsWith('ERR_TLS_') || code.startsWith('CERT_')))
      return true;
    each = cause;
  }
  return false;
}

const unsentCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  'ERR_INVALID_URL',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_FARTHING_NOT_SENT',
]);
