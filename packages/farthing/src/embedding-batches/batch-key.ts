import { canonical } from '../cache/canonical.js';
import type { Call } from '../call.js';
import type { EmbeddingRequest } from '../dialects/joint-embeddings.js';
import type { Lane } from '../lanes/lane-options.js';
import { scopeHeaders } from '../scope-headers.js';

/** Calls of one key may travel together: equal parameters, credentials, place, scope, urgency and patience. */
export type BatchKeyOf = (call: Call, request: EmbeddingRequest, lane: Lane) => string;

/** Fields of an init that are handled apart, or that tell nothing of how a request is sent. */
const apart: ReadonlySet<string> = new Set(['method', 'headers', 'body', 'signal', 'duplex']);

/** @param hash of what must not lie about: it holds keys */
export function createBatchKey(hash: (text: string) => string): BatchKeyOf {
  const ids = new WeakMap<object, number>();
  let serial = 0;
  /** Equal for the same object (a dispatcher, a fetch) or an equal value, and for no others. */
  const nameOf = (value: unknown): unknown => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
    const known = ids.get(value) ?? serial++;
    ids.set(value, known);
    return { object: known };
  };
  return (call, { kind, parameters }, lane) => {
    const init = Object.entries(call.init).flatMap(([field, value]) =>
      apart.has(field) || value === undefined ? [] : [[field, nameOf(value)]],
    );
    const patience = call.headers.get('x-stainless-timeout');
    const how = [call.scope, call.dialect.name, call.url, kind, lane, patience, nameOf(call.send), init];
    // By what is sent, not by what was asked: a route may have given the call another place and key.
    return hash(`${JSON.stringify(how)}\n${scopeHeaders(call.headers, undefined)}\n${canonical(parameters)}`);
  };
}
