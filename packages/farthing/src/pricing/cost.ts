import { ownValue } from '../dialects/json.js';
import type { Cost, Price, PriceBreak, PriceContext, Rates, TierPrice, UsageBound } from './price.js';
import { inputTokens, type Usage, type UsagePart, type UsageReading } from './usage.js';

/** Where a part has no rate of its own, the rate of this other part holds for it. */
const fallbacks: Readonly<Record<UsagePart, UsagePart | undefined>> = {
  inputTokens: undefined,
  cacheReadTokens: 'inputTokens',
  cacheWrite5mTokens: 'inputTokens',
  cacheWrite1hTokens: 'cacheWrite5mTokens',
  outputTokens: undefined,
  reasoningTokens: 'outputTokens',
  audioInputTokens: 'inputTokens',
  cacheReadAudioTokens: 'cacheReadTokens',
  audioOutputTokens: 'outputTokens',
  imageInputTokens: 'inputTokens',
  cacheReadImageTokens: 'cacheReadTokens',
  imageOutputTokens: 'outputTokens',
  videoInputTokens: 'inputTokens',
  audioInputMs: undefined,
  webSearches: undefined,
};

/** Parts that are billed by the piece: no tier and no geography changes their price. */
const byThePiece: ReadonlySet<UsagePart> = new Set(['webSearches']);

/**
 * What a usage costs, in pico-dollars. Exact: integers all the way, but for a geography's multiplier, whose parts are
 * rounded half up once where they are not whole. `sum(parts) === totalPicoUsd`.
 */
export function costOf(usage: Usage, price: Price, context: PriceContext): Cost {
  const rates = ratesFor(price, context.serviceTier, inputTokens(usage));
  const multiplier = context.geo === undefined ? undefined : ownValue(price.geo, context.geo.toLowerCase());
  const parts: { [Part in UsagePart]?: bigint } = {};
  const unpriced: UsagePart[] = [];
  let totalPicoUsd = 0n;
  for (const part in usage) {
    const name = part as UsagePart; // the keys of a Usage are its parts
    const amount = usage[name];
    if (amount === 0) continue;
    const rate = rateOf(rates, name);
    if (rate === undefined) {
      unpriced.push(name);
      continue;
    }
    const cost =
      multiplier && !byThePiece.has(name) ? multiply(BigInt(amount) * rate, multiplier) : BigInt(amount) * rate;
    parts[name] = cost;
    totalPicoUsd += cost;
  }
  return { totalPicoUsd, parts, unpriced, basis: 'computed' };
}

/**
 * What a reading costs. The provider's own figure wins; iterations on other models cost what those do.
 * @param findPrice the price of a model by name, or of the answer as a whole for `undefined`
 * @returns `undefined` where a price that is needed is not known
 */
export function costOfReading(
  reading: UsageReading,
  findPrice: (model: string | undefined) => Price | undefined,
  context: PriceContext,
): Cost | undefined {
  if (reading.reportedCostPicoUsd !== undefined) {
    return {
      totalPicoUsd: reading.reportedCostPicoUsd,
      parts: { reported: reading.reportedCostPicoUsd },
      unpriced: [],
      basis: 'reported',
    };
  }
  const costs = (reading.byModel ?? [{ model: undefined, usage: reading.usage }]).map(({ model, usage }) => {
    const price = findPrice(model);
    return price && costOf(usage, price, context);
  });
  return costs.every((cost) => cost !== undefined) ? addCosts(costs) : undefined;
}

function addCosts(costs: readonly Cost[]): Cost {
  const [first, ...rest] = costs;
  if (first && rest.length === 0) return first;
  const parts: { -readonly [Part in keyof Cost['parts']]: bigint } = {};
  for (const cost of costs)
    for (const [part, amount] of Object.entries(cost.parts) as [UsagePart, bigint][])
      parts[part] = (parts[part] ?? 0n) + amount; // the keys are its own
  return {
    totalPicoUsd: costs.reduce((sum, cost) => sum + cost.totalPicoUsd, 0n),
    parts,
    unpriced: [...new Set(costs.flatMap((cost) => cost.unpriced))],
    basis: 'computed',
  };
}

/** The most that a request within these bounds can cost, in pico-dollars, over every price break that it can reach. */
export function boundCost(bound: UsageBound, price: Price, context: PriceContext): bigint {
  const reachable = tiersThatMayServe(price, context).flatMap((tier) => [
    tier.rates,
    ...tier.breaks.filter((each) => reaches(each, bound.inputTokens)).map((each) => each.rates),
  ]);
  const cost = reachable.reduce((most, rates) => larger(most, boundAt(bound, rates)), 0n);
  const places = context.geo === undefined ? (price.unaskedGeo ?? []) : [context.geo.toLowerCase()];
  return places.reduce((most, place) => {
    const multiplier = ownValue(price.geo, place);
    return multiplier ? larger(most, multiply(cost, multiplier) + 1n) : most;
  }, cost);
}

/**
 * The tiers that a request may be billed at. One that names none, or `auto`, is served as the provider's project is set
 * up, which nobody outside can see: it is the base rate unless the user says otherwise. Any tier may be served at the base.
 */
function tiersThatMayServe(price: Price, { serviceTier, unaskedTier, certain }: PriceContext): readonly TierPrice[] {
  if (certain) return [tierOf(price, serviceTier)];
  const unasked = serviceTier === undefined || serviceTier === 'auto';
  return [price, tierOf(price, unasked ? unaskedTier : serviceTier)];
}

function boundAt(bound: UsageBound, rates: Rates): bigint {
  const rate = (part: UsagePart): bigint => rateOf(rates, part) ?? 0n;
  const audio = bound.audioInputTokens ?? 0;
  const image = bound.imageInputTokens ?? 0;
  const written =
    bound.cacheWrite === '1h'
      ? larger(rate('cacheWrite1hTokens'), rate('cacheWrite5mTokens'))
      : bound.cacheWrite === '5m'
        ? rate('cacheWrite5mTokens')
        : 0n;
  const text = larger(larger(rate('inputTokens'), rate('cacheReadTokens')), written);
  const input =
    wholeTokens(bound.inputTokens - audio - image) * text +
    wholeTokens(audio) * larger(text, rate('audioInputTokens')) +
    wholeTokens(image) * larger(text, rate('imageInputTokens'));
  const visible = larger(rate('outputTokens'), rate('reasoningTokens'));
  // An answer that may hold sound or pictures may be all of either.
  const output = bound.audioOutput
    ? larger(visible, larger(rate('audioOutputTokens'), rate('imageOutputTokens')))
    : visible;
  return input + wholeTokens(bound.outputTokens) * output;
}

/** A bound as an integer, whatever was multiplied to get it. */
function wholeTokens(amount: number): bigint {
  return BigInt(Math.min(Math.max(0, Math.ceil(amount) || 0), Number.MAX_SAFE_INTEGER));
}

function rateOf(rates: Rates, part: UsagePart): bigint | undefined {
  for (let each: UsagePart | undefined = part; each; each = fallbacks[each]) {
    const rate = rates[each];
    if (rate !== undefined) return rate;
  }
  return undefined;
}

function ratesFor(price: Price, serviceTier: string | undefined, totalInput: number): Rates {
  const { rates, breaks } = tierOf(price, serviceTier);
  return breaks.findLast((each) => reaches(each, totalInput))?.rates ?? rates;
}

/** A tier without a price of its own is billed at the base rates. */
function tierOf(price: Price, serviceTier: string | undefined): TierPrice {
  return (serviceTier === undefined ? undefined : ownValue(price.tiers, serviceTier)) ?? price;
}

function reaches({ compare, threshold }: PriceBreak, totalInput: number): boolean {
  return compare === 'gt' ? totalInput > threshold : totalInput >= threshold;
}

function multiply(amount: bigint, [numerator, denominator]: readonly [bigint, bigint]): bigint {
  return (amount * numerator + denominator / 2n) / denominator;
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
