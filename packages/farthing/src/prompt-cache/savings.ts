import { costOf } from '../pricing/cost.js';
import type { Price, PriceContext } from '../pricing/price.js';
import type { Usage } from '../pricing/usage.js';

/** What a call's input would have cost without a cache, and what the cache took off it (below zero: put on). In pico-dollars. */
export interface Savings {
  readonly inputPicoUsd: bigint;
  readonly savedPicoUsd: bigint;
}

/** Tells what a cache did to a bill. Exact: the same usage is priced with and without it. */
export function savingsOf(usage: Usage, price: Price, context: PriceContext): Savings {
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const input: Usage = { ...usage, outputTokens: 0, reasoningTokens: 0, webSearches: 0 };
  const uncached: Usage = {
    ...input,
    inputTokens: usage.inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
  };
  const inputPicoUsd = costOf(uncached, price, context).totalPicoUsd;
  return { inputPicoUsd, savedPicoUsd: inputPicoUsd - costOf(input, price, context).totalPicoUsd };
}
