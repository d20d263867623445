import type { Call } from '../call.js';
import type { CountTokens, PromptMeasure } from '../dialects/dialect.js';
import { boundCost } from '../pricing/cost.js';
import { ceilToNanoUsd, type NanoUsd } from '../pricing/money.js';
import type { Price, PriceContext, UsageBound } from '../pricing/price.js';

/** The upper bound of what a call can cost before it is sent. */
export interface Estimate {
  readonly measure: PromptMeasure;
  readonly amountNanoUsd: NanoUsd;
}

/** Measures a call and prices its bound; with `count`, by tokenizer, otherwise by bytes. */
export function estimate(call: Call, price: Price, count?: CountTokens): Estimate {
  const measure = call.dialect.measure(call.body, { count, maxOutputTokens: price.maxOutputTokens });
  return { measure, amountNanoUsd: boundNanoUsd(measure.bound, price, contextOf(call)) };
}

/** Below this a closer look takes no time. In UTF-16 units. */
const longText = 4096;

/**
 * A coarse bound for a long call, or `undefined` for a short one: no tokenizer makes more tokens of a text than it has
 * bytes. It takes a tenth of the time of a closer estimate, and is enough where it is small next to what is left.
 */
export function coarseEstimate(call: Call, price: Price): Estimate | undefined {
  return call.bodyText.length < longText ? undefined : estimate(call, price, (text) => Buffer.byteLength(text));
}

/** What of a call changes its price: what the request asks for, and where its host stands. */
export function contextOf(call: Call): PriceContext {
  const asked = call.dialect.priceContext(call.body);
  const { doorTier, unaskedTier, geo } = call;
  return {
    serviceTier: doorTier ?? asked.serviceTier,
    unaskedTier,
    geo: asked.geo ?? geo,
    ...(doorTier !== undefined && { certain: true }),
  };
}

/** What a bound costs at most. */
export function boundNanoUsd(bound: UsageBound, price: Price, context: PriceContext): NanoUsd {
  return ceilToNanoUsd(boundCost(bound, price, context));
}

/**
 * The largest output, in tokens per choice, whose bound fits into an amount; `undefined` where not even `floorTokens`
 * does. Found by bisection, so that it needs to know nothing of how prices are made up.
 */
export function outputThatFits(
  measure: PromptMeasure,
  price: Price,
  context: PriceContext,
  options: { readonly amountNanoUsd: NanoUsd; readonly floorTokens: number; readonly choices: number },
): number | undefined {
  const { amountNanoUsd, floorTokens, choices } = options;
  const fits = (tokens: number): boolean =>
    boundNanoUsd({ ...measure.bound, outputTokens: tokens * choices }, price, context) <= amountNanoUsd;
  if (!fits(floorTokens)) return undefined;
  let [low, high] = [floorTokens, Math.max(floorTokens, Math.floor(measure.bound.outputTokens / choices))];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
