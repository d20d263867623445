import { loadTokenizer } from '../pricing/tokenizer.js';
import type { Refine } from './admit.js';
import { boundNanoUsd, contextOf, estimate } from './estimate.js';

/** A provider's own count may differ a little from what it bills: its documentation says so. */
const countSafety = 1.05;

/** The closer estimates that are switched on, the cheaper one first. */
export function createRefinements(options: {
  readonly tokenizer: boolean;
  readonly countTokens: boolean;
}): readonly Refine[] {
  const byTokenizer: Refine = async (call, price) => {
    const count = await loadTokenizer();
    return count && estimate(call, price, count);
  };
  const byProvider: Refine = async (call, price) => {
    const counted = await call.dialect.countTokens?.({
      send: call.send,
      url: call.url,
      headers: call.headers,
      body: call.body,
      signal: call.signal,
    });
    if (counted === undefined) return undefined;
    const { measure } = estimate(call, price);
    const bound = { ...measure.bound, inputTokens: Math.ceil(counted * countSafety) };
    return { measure: { ...measure, bound }, amountNanoUsd: boundNanoUsd(bound, price, contextOf(call)) };
  };
  return [...(options.tokenizer ? [byTokenizer] : []), ...(options.countTokens ? [byProvider] : [])];
}
