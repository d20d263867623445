import { costOf } from '../pricing/cost.js';
import type { Price } from '../pricing/price.js';
import { inputTokens, noUsage, outputTokens, type Usage } from '../pricing/usage.js';

/** What a target's provider holds of a conversation's prompt, so that it need not be read at the full price. */
export interface WarmPrefix {
  /** Tokens of the prompt that its cache holds, … */
  readonly cachedTokens: number;
  /** … all tokens that the next turn begins with, those included, … */
  readonly prefixTokens: number;
  /** … and those of the last answer: the next one is taken to be as long. */
  readonly outputTokens: number;
  /** Epoch milliseconds after which it is cold. */
  readonly untilMs: number;
}

/** A prompt under this length is cached by nobody. */
const leastCachedTokens = 1024;
const fiveMinutesMs = 300_000;
const hourMs = 3_600_000;

/**
 * What stays warm after a call. Where the price knows no fee for writing, the provider caches by itself whatever is long
 * enough; elsewhere, only what the call wrote or read.
 */
export function warmPrefixOf(usage: Usage, price: Price | undefined, nowMs: number): WarmPrefix {
  const prompt = inputTokens(usage);
  const { cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
  const cachesByItself =
    price !== undefined && price.rates.cacheReadTokens !== undefined && price.rates.cacheWrite5mTokens === undefined;
  return {
    cachedTokens: cachesByItself
      ? prompt >= leastCachedTokens
        ? prompt
        : 0
      : cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens,
    prefixTokens: prompt + outputTokens(usage),
    outputTokens: outputTokens(usage),
    untilMs: nowMs + (cacheWrite1hTokens > 0 ? hourMs : fiveMinutesMs),
  };
}

/**
 * Whether the next turn is cheaper where the conversation is, with what is warm there, than at another target, which must
 * read all of it. Unknown prices are no reason to stay.
 */
export function isCheaperToStay(
  warm: WarmPrefix | undefined,
  here: Price | undefined,
  there: Price | undefined,
  nowMs: number,
): boolean {
  if (!warm || !here || !there || nowMs >= warm.untilMs || warm.cachedTokens === 0) return false;
  const { cachedTokens, prefixTokens, outputTokens } = warm;
  const staying = { ...noUsage, cacheReadTokens: cachedTokens, inputTokens: prefixTokens - cachedTokens, outputTokens };
  const moving = { ...noUsage, inputTokens: prefixTokens, outputTokens };
  return costOf(staying, here, {}).totalPicoUsd <= costOf(moving, there, {}).totalPicoUsd;
}
