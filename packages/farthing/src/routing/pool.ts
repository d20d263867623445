import { fractionOf } from '../platform.js';
import type { Endpoint } from './targets.js';

/**
 * The servers of a pool in the order in which a conversation asks them: weighted, and the same for all its turns, so that
 * a server finds its prompts in its cache. Where one is gone, only its own conversations move (rendezvous hashing).
 */
export function inOrderFor(conversation: string, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  if (endpoints.length < 2) return endpoints;
  return endpoints
    .map((endpoint) => ({
      endpoint,
      // The least of exponential draws falls on each with a chance in proportion to its weight.
      distance: -Math.log(1 - fractionOf(`${conversation}\n${endpoint.baseURL ?? ''}`)) / endpoint.weight,
    }))
    .sort((left, right) => left.distance - right.distance)
    .map(({ endpoint }) => endpoint);
}
