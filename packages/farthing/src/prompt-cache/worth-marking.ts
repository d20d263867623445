import type { CacheTtl } from '../dialects/prompt-caching.js';
import { costOf } from '../pricing/cost.js';
import type { Price, PriceContext } from '../pricing/price.js';
import { noUsage, type UsagePart } from '../pricing/usage.js';

/** What a token of a prompt costs, in pico-dollars. */
export interface PromptRates {
  readonly input: bigint;
  readonly read: bigint;
  readonly write: Readonly<Record<CacheTtl, bigint>>;
}

/** Of a thousand sights of a prefix, how many were followed by another while the provider would have kept it. */
export type ReusePermille = Readonly<Record<CacheTtl, number>>;

/**
 * The rates at which a prompt of so many tokens is billed. `undefined` where a read is no cheaper than the input itself,
 * or no rate is known.
 */
export function promptRatesOf(price: Price, context: PriceContext, promptTokens: number): PromptRates | undefined {
  const tokens = Math.max(1, promptTokens);
  const rateOf = (part: UsagePart): bigint =>
    costOf({ ...noUsage, [part]: tokens }, price, context).totalPicoUsd / BigInt(tokens);
  const [input, read] = [rateOf('inputTokens'), rateOf('cacheReadTokens')];
  if (input <= read) return undefined;
  return { input, read, write: { '5m': rateOf('cacheWrite5mTokens'), '1h': rateOf('cacheWrite1hTokens') } };
}

/**
 * What marking a prefix that the provider does not hold is expected to gain, in pico-dollars a call; below zero it loses.
 *
 * Each sight of a marked prefix is either a read (it followed another within the TTL, which a read renews) or a write. So
 * over many sights, with `p` the share that is followed by another: gain = p × (input − read) − (1 − p) × (write − input).
 * With Anthropic's rates (write 1.25 ×, read 0.1 ×) it pays from p = 21.8 % on; for an hour (write 2 ×) from 52.7 %.
 */
export function worthMarking(tokens: number, rates: PromptRates, ttl: CacheTtl, reuse: ReusePermille): bigint {
  const reused = BigInt(reuse[ttl]);
  const saved = reused * (rates.input - rates.read);
  const premium = (1000n - reused) * (rates.write[ttl] - rates.input);
  return (BigInt(tokens) * (saved - premium)) / 1000n;
}

/** The TTL that gains most, of those allowed; `undefined` where none gains anything. The shorter one on equal terms. */
export function bestTtl(
  tokens: number,
  rates: PromptRates,
  reuse: ReusePermille,
  allowed: readonly CacheTtl[],
): { readonly ttl: CacheTtl; readonly gainPicoUsd: bigint } | undefined {
  let best: { ttl: CacheTtl; gainPicoUsd: bigint } | undefined;
  for (const ttl of allowed) {
    const gainPicoUsd = worthMarking(tokens, rates, ttl, reuse);
    if (gainPicoUsd > (best?.gainPicoUsd ?? 0n)) best = { ttl, gainPicoUsd };
  }
  return best;
}
