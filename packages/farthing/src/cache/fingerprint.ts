import stringify from 'safe-stable-stringify';
import type { Call } from '../call.js';
import { sha256 } from '../platform.js';

/**
 * The key under which equal calls share one answer: what decides the answer, as the caller asked it (the requested
 * model, not the routed one), within one scope (credential, URL, tenant). The order of fields does not matter; `user`,
 * `metadata`, `stream` and `store` are no part of a question. A hash: it tells nothing of the prompt.
 */
export function fingerprint(call: Call): string {
  return sha256(`${call.scope}\n${call.dialect.name}\n${stringify(call.dialect.question(call.requested.body))}`);
}
