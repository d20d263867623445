import type { PriceBreak, Rates, TierPrice } from './price.js';
import type { UsagePart } from './usage.js';

/** Rates as people write them: dollars per million tokens (web searches: per thousand), as decimal strings. */
export interface RateStrings {
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly cacheRead?: string | undefined;
  readonly cacheWrite5m?: string | undefined;
  readonly cacheWrite1h?: string | undefined;
  readonly reasoning?: string | undefined;
  readonly audioInput?: string | undefined;
  readonly audioCacheRead?: string | undefined;
  readonly audioOutput?: string | undefined;
  readonly imageInput?: string | undefined;
  readonly imageCacheRead?: string | undefined;
  readonly imageOutput?: string | undefined;
  readonly videoInput?: string | undefined;
  /** Dollars per million milliseconds: `'0.1'` is $0.006 a minute. */
  readonly audioMs?: string | undefined;
  /** Dollars per thousand searches. */
  readonly webSearches?: string | undefined;
}

/** The part that each name prices. */
export const partOfRate: Readonly<Record<keyof RateStrings, UsagePart>> = {
  input: 'inputTokens',
  output: 'outputTokens',
  cacheRead: 'cacheReadTokens',
  cacheWrite5m: 'cacheWrite5mTokens',
  cacheWrite1h: 'cacheWrite1hTokens',
  reasoning: 'reasoningTokens',
  audioInput: 'audioInputTokens',
  audioCacheRead: 'cacheReadAudioTokens',
  audioOutput: 'audioOutputTokens',
  imageInput: 'imageInputTokens',
  imageCacheRead: 'cacheReadImageTokens',
  imageOutput: 'imageOutputTokens',
  videoInput: 'videoInputTokens',
  audioMs: 'audioInputMs',
  webSearches: 'webSearches',
};

/**
 * Dollars per million (or, for web searches, per thousand) as pico-dollars for one.
 * @throws TypeError where it is no decimal string, or too fine for pico-dollars
 */
export function parseRate(name: keyof RateStrings, text: unknown, option: string): bigint {
  const decimals = name === 'webSearches' ? 9 : 6;
  const match = typeof text === 'string' ? /^(\d+)(?:\.(\d+))?$/.exec(text) : null;
  const fraction = (match?.[2] ?? '').replace(/0+$/, '');
  if (!match || fraction.length > decimals) {
    throw new TypeError(
      `createGate: expected \`${option}.${name}\` to be dollars per ${decimals === 9 ? 'thousand' : 'million'} as a decimal string with at most ${decimals} decimals, such as '0.25', got ${typeof text === 'string' ? `'${text.slice(0, 24)}'` : String(text)}.`,
    );
  }
  return BigInt(match[1] + fraction.padEnd(decimals, '0'));
}

/** Rates in integers. @throws TypeError as {@link parseRate}, and for a name that is none */
export function parseRates(rates: object, option: string): Rates {
  return Object.fromEntries(
    Object.entries(rates).flatMap(([name, text]) => {
      if (text === undefined) return [];
      if (!Object.hasOwn(partOfRate, name))
        throw new TypeError(
          `createGate: expected \`${option}\` to hold rates (${Object.keys(partOfRate).join(', ')}), got \`${name}\`.`,
        );
      const known = name as keyof RateStrings; // checked in the line above
      return [[partOfRate[known], parseRate(known, text, option)]];
    }),
  );
}

/** The same rates times a ratio, rounded up where that is not whole; searches are billed by the piece and stay. */
export function scaleRates(rates: Rates, [numerator, denominator]: readonly [number, number]): Rates {
  const [n, d] = [BigInt(numerator), BigInt(denominator)];
  return Object.fromEntries(
    Object.entries(rates).map(([part, rate]) => [part, part === 'webSearches' ? rate : (rate * n + d - 1n) / d]),
  );
}

/** A tier whose every rate is a ratio of the base. */
export function scaleTier({ rates, breaks }: TierPrice, ratio: readonly [number, number]): TierPrice {
  return {
    rates: scaleRates(rates, ratio),
    breaks: breaks.map((each): PriceBreak => ({ ...each, rates: scaleRates(each.rates, ratio) })),
  };
}
