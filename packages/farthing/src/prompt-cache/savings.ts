import type { Call, Completion } from '../call.js';
import { costOf } from '../pricing/cost.js';
import type { Price, PriceBook, PriceContext } from '../pricing/price.js';
import { noUsage, type Usage } from '../pricing/usage.js';

/** What a call's input would have cost without a cache, and what the cache took off it (below zero: put on). In pico-dollars. */
export interface Savings {
  readonly inputPicoUsd: bigint;
  readonly savedPicoUsd: bigint;
}

/** Tells what a cache did to a bill. Exact: the same usage is priced with and without it. */
export function savingsOf(usage: Usage, price: Price, context: PriceContext): Savings {
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const input: Usage = {
    ...noUsage,
    inputTokens: usage.inputTokens,
    cacheReadTokens,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    audioInputTokens: usage.audioInputTokens,
    cacheReadAudioTokens: usage.cacheReadAudioTokens,
    imageInputTokens: usage.imageInputTokens,
    cacheReadImageTokens: usage.cacheReadImageTokens,
    videoInputTokens: usage.videoInputTokens,
  };
  const uncached: Usage = {
    ...noUsage,
    inputTokens: usage.inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens,
    audioInputTokens: usage.audioInputTokens + usage.cacheReadAudioTokens,
    imageInputTokens: usage.imageInputTokens + usage.cacheReadImageTokens,
    videoInputTokens: usage.videoInputTokens,
  };
  const inputPicoUsd = costOf(uncached, price, context).totalPicoUsd;
  return { inputPicoUsd, savedPicoUsd: inputPicoUsd - costOf(input, price, context).totalPicoUsd };
}

/** What the price of a call was taken to be, before there was a bill. */
interface AskedPrice {
  readonly price: Price;
  readonly context: PriceContext;
  readonly nowMs: number;
}

/**
 * Tells of a completion what a cache did to its bill: at the model, tier and geography that were served, as it is billed.
 * `undefined` where the provider told of no usage.
 */
export function savingsBy(
  priceBook: PriceBook,
  { provider }: Pick<Call, 'provider'>,
  { price, context, nowMs }: AskedPrice,
): (completion: Completion) => Savings | undefined {
  const find = (model: string | undefined): Price | undefined =>
    model === undefined ? undefined : priceBook.find({ provider, model, atMs: nowMs });
  return ({ answer, usage }) => {
    const reading = answer?.reading;
    if (!reading || !usage) return undefined;
    const named = find(answer.model);
    // A price of the user's own for what was asked holds for every snapshot that is served under another name.
    const served = price.own && !named?.own ? price : (named ?? price);
    const at: PriceContext = {
      serviceTier: answer.serviceTier ?? reading.serviceTier ?? context.serviceTier,
      geo: reading.geo ?? context.geo,
    };
    return (reading.byModel ?? [{ model: undefined, usage }])
      .map((each) => savingsOf(each.usage, find(each.model) ?? served, at))
      .reduce((sum, each) => ({
        inputPicoUsd: sum.inputPicoUsd + each.inputPicoUsd,
        savedPicoUsd: sum.savedPicoUsd + each.savedPicoUsd,
      }));
  };
}
