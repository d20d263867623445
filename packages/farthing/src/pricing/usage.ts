import type { ServerTimes } from './server-times.js';

/**
 * What one call consumed, in **disjoint** parts: no token is in two of them, and their sum (each at its own rate) is
 * the bill. Every provider's own shape is mapped to this one, so nothing is counted twice.
 *
 * All token fields are non-negative integers, in tokens.
 */
export interface Usage {
  /** Fresh text input: neither read from nor written to a cache, and not audio, image or video. */
  readonly inputTokens: number;
  /** Text input read from the provider's prompt cache. */
  readonly cacheReadTokens: number;
  /** Input written to a cache that lives 5 minutes (or the provider's only kind). */
  readonly cacheWrite5mTokens: number;
  /** Input written to a cache that lives 1 hour. */
  readonly cacheWrite1hTokens: number;
  /** Visible text output. */
  readonly outputTokens: number;
  /** Hidden output: reasoning or thinking. Billed at the output rate unless the price says otherwise. */
  readonly reasoningTokens: number;
  readonly audioInputTokens: number;
  readonly cacheReadAudioTokens: number;
  readonly audioOutputTokens: number;
  readonly imageInputTokens: number;
  readonly cacheReadImageTokens: number;
  readonly imageOutputTokens: number;
  readonly videoInputTokens: number;
  /** Audio that is billed by its length (transcriptions), in milliseconds. */
  readonly audioInputMs: number;
  /** Web searches made by the provider, each billed per call. */
  readonly webSearches: number;
}

/** The parts of {@link Usage}, for tables. */
export type UsagePart = keyof Usage;

/** Usage with every part at zero. */
export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  audioInputTokens: 0,
  cacheReadAudioTokens: 0,
  audioOutputTokens: 0,
  imageInputTokens: 0,
  cacheReadImageTokens: 0,
  imageOutputTokens: 0,
  videoInputTokens: 0,
  audioInputMs: 0,
  webSearches: 0,
});

/** What was read from a provider's usage body. */
export interface UsageReading {
  readonly usage: Usage;
  /** Paths of numeric fields that no rule accounts for (`usage.foo_tokens`): reported, never dropped in silence. */
  readonly unaccounted: readonly string[];
  /** The provider's own total in pico-dollars (OpenRouter's `usage.cost`), which wins over a computed one. */
  readonly reportedCostPicoUsd?: bigint;
  /** Where parts of the call ran on other models (Anthropic's `usage.iterations`), the usage of each. */
  readonly byModel?: readonly { readonly model: string | undefined; readonly usage: Usage }[];
  /** What the server says of its own time, if it does. */
  readonly serverTimes?: ServerTimes;
  /** The service tier that the usage body names, if it does. */
  readonly serviceTier?: string;
  /** The inference geography that the usage body names (`us`), if it does. */
  readonly geo?: string;
}

/** All input of a usage, cached and written parts included, in tokens. */
export function inputTokens(usage: Usage): number {
  return (
    usage.inputTokens +
    usage.cacheReadTokens +
    usage.cacheWrite5mTokens +
    usage.cacheWrite1hTokens +
    usage.audioInputTokens +
    usage.cacheReadAudioTokens +
    usage.imageInputTokens +
    usage.cacheReadImageTokens +
    usage.videoInputTokens
  );
}

/** All output of a usage, reasoning included, in tokens. */
export function outputTokens(usage: Usage): number {
  return usage.outputTokens + usage.reasoningTokens + usage.audioOutputTokens + usage.imageOutputTokens;
}

/** The sum of usages, part by part. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const sum: { -readonly [Part in UsagePart]: number } = { ...noUsage };
  for (const usage of usages) for (const part of Object.keys(noUsage) as UsagePart[]) sum[part] += usage[part]; // the keys of a constant of that type
  return sum;
}
