import type { UsagePart } from './usage.js';

/** Rates in pico-dollars per unit (token; web searches: per search). A part without a rate falls back as `cost` says. */
export type Rates = Readonly<Partial<Record<UsagePart, bigint>>>;

/** When the total input compares with `threshold`, the **whole** request is billed at `rates`. */
export interface PriceBreak {
  readonly compare: 'gt' | 'gte';
  /** Total input tokens: fresh, cached, written, audio, image and video. */
  readonly threshold: number;
  readonly rates: Rates;
}

/** What a service tier costs. */
export interface TierPrice {
  readonly rates: Rates;
  readonly breaks: readonly PriceBreak[];
}

/** What one model costs at one provider from one day on, in integers. */
export interface Price {
  readonly provider: string;
  readonly model: string;
  readonly rates: Rates;
  /** Sorted by threshold, lowest first. */
  readonly breaks: readonly PriceBreak[];
  /** Rates by service tier (`batch`, `flex`, `priority`), complete in themselves. */
  readonly tiers: Readonly<Record<string, TierPrice>>;
  /** Multipliers on token prices by geography, as a ratio of integers: `{ us: [11n, 10n] }`. */
  readonly geo: Readonly<Record<string, readonly [bigint, bigint]>>;
  /** Those of `geo` that no host stands for: a workspace's default may serve them to a request that names none. */
  readonly unaskedGeo?: readonly string[];
  /** The largest number of output tokens the provider will ever bill for one choice, where known. */
  readonly maxOutputTokens?: number;
  readonly contextWindow?: number;
  /** Given by the user, and not by the catalogue. */
  readonly own?: boolean;
  /** Whether hidden reasoning tokens can be billed. */
  readonly reasoning?: boolean;
  /** `low` for floating aliases (`deepseek-chat`, `mistral-large-latest`): the price may have moved. */
  readonly confidence: 'exact' | 'low';
  /** Where the figure comes from, and as of which day (YYYY-MM-DD). */
  readonly source: string;
  readonly asOf: string;
}

/** What was served, as far as it changes the price. */
export interface PriceContext {
  /** `batch`, `flex`, `priority`; others (`default`, `standard`, `auto`) are the base rate. */
  readonly serviceTier?: string | undefined;
  /** What a request that names no tier is served at, where the provider's project is set up so. */
  readonly unaskedTier?: string | undefined;
  readonly geo?: string | undefined;
  /** Nothing is served at another tier than `serviceTier`, so that the base rate need not be set aside for it. */
  readonly certain?: boolean | undefined;
}

/** A cost in pico-dollars. `sum(parts) === totalPicoUsd`, always. */
export interface Cost {
  readonly totalPicoUsd: bigint;
  readonly parts: Readonly<Partial<Record<UsagePart | 'reported' | 'assumed', bigint>>>;
  /**
   * `reported`: the provider's own figure; `computed`: from a price; `estimated`: the usage itself was estimated;
   * `assumed`: the bill is not known and stands at its upper bound.
   */
  /** Parts that were used and that no price is known for: the cost is then too low by them. */
  readonly unpriced: readonly UsagePart[];
  readonly basis: 'reported' | 'computed' | 'estimated' | 'assumed';
}

/** What is known of a call's size before it is sent; the parts are upper bounds, in tokens. */
export interface UsageBound {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How much of the input the request itself asks to be written to a cache, at most. */
  readonly cacheWrite: 'none' | '5m' | '1h';
  /** Upper bound of input that is billed at audio or image rates (part of `inputTokens`). */
  readonly audioInputTokens?: number;
  readonly imageInputTokens?: number;
  /** Whether the answer may hold audio or images, billed at their output rates. */
  readonly audioOutput?: boolean;
}

/** Finds prices. An unknown price is `undefined`, never zero. */
export interface PriceBook {
  /** The newest `asOf` of the catalogue, YYYY-MM-DD. */
  readonly asOf: string;
  /**
   * @param provider a provider id (`openai`, `anthropic`, `azure`, …) or a host that no rule knows
   * @param model as requested or served; aliases, dated snapshots and deployments are resolved
   * @param atMs epoch milliseconds: dated prices change with it
   */
  find(query: { readonly provider: string; readonly model: string; readonly atMs: number }): Price | undefined;
  /** The provider of a request URL, and the geography that its host stands for; `undefined` when no rule knows it. */
  placeOf(url: string): { readonly provider: string; readonly geo?: string | undefined } | undefined;
}
