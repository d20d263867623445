import type { Price, PriceBreak, TierPrice } from './price.js';
import { parseRates, type RateStrings } from './rates.js';

/** A price break as people write it: above `threshold` input tokens, the whole request is billed at these rates. */
export interface BreakOverride extends RateStrings {
  readonly threshold: number;
  /** @default 'gt' */
  readonly compare?: 'gt' | 'gte' | undefined;
}

/** An own price. */
export interface PriceOverride extends RateStrings {
  readonly breaks?: readonly BreakOverride[] | undefined;
  /** Rates of service tiers (`batch`, `flex`, `priority`); a rate that is not named is the base one. */
  readonly tiers?: Readonly<Record<string, RateStrings>> | undefined;
  readonly maxOutputTokens?: number | undefined;
  readonly contextWindow?: number | undefined;
  /** The model may bill output that nobody sees. @default false */
  readonly reasons?: boolean | undefined;
}

/** Own prices by `model` or `provider/model`. */
export type PriceOverrides = Readonly<Record<string, PriceOverride>>;

/**
 * An own price in integers.
 * @throws TypeError that names option, expected and got
 */
export function parseOverride(provider: string, model: string, override: PriceOverride, option: string): Price {
  const { breaks = [], tiers = {}, maxOutputTokens, contextWindow, reasons, ...rates } = override;
  const base = parseRates(rates, option);
  if (base.inputTokens === undefined && base.audioInputMs === undefined)
    throw new TypeError(
      `createGate: expected \`${option}.input\` to be dollars per million tokens as a decimal string, got ${String(override.input)}.`,
    );
  return {
    provider,
    model,
    rates: base,
    breaks: breaks
      .map(({ threshold, compare = 'gt', ...above }, index): PriceBreak => {
        if (!Number.isSafeInteger(threshold))
          throw new TypeError(
            `createGate: expected \`${option}.breaks[${index}].threshold\` to be a number of tokens, got ${String(threshold)}.`,
          );
        return { threshold, compare, rates: { ...base, ...parseRates(above, `${option}.breaks[${index}]`) } };
      })
      .sort((a, b) => a.threshold - b.threshold),
    tiers: Object.fromEntries(
      Object.entries(tiers).map(([tier, own]): [string, TierPrice] => [
        tier,
        { rates: { ...base, ...parseRates(own, `${option}.tiers.${tier}`) }, breaks: [] },
      ]),
    ),
    geo: {},
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(contextWindow !== undefined && { contextWindow }),
    ...(reasons !== undefined && { reasoning: reasons }),
    own: true,
    confidence: 'exact',
    source: 'the option `prices`',
    asOf: '',
  };
}
