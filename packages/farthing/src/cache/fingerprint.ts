import type { Call } from '../call.js';
import { sha256 } from '../platform.js';
import { canonical } from './canonical.js';

/** Both caches ask for the key of a call; a long prompt is hashed once. */
const known = new WeakMap<Call['requested'], string>();

/**
 * The key under which equal calls share one answer: what decides the answer, as the caller asked it (the requested
 * model, not the routed one), within one scope (credential, URL, tenant). The order of fields does not matter; `user`,
 * `metadata`, `stream` and `store` are no part of a question. A hash: it tells nothing of the prompt.
 */
export function fingerprint({ requested, scope, dialect }: Call): string {
  const before = known.get(requested);
  if (before !== undefined) return before;
  const key = sha256(`${scope}\n${dialect.name}\n${canonical(dialect.question(requested.body))}`);
  known.set(requested, key);
  return key;
}
