import { describe, expect, it } from 'vitest';
import { costOf } from '../pricing/cost.js';
import { createPriceBook } from '../pricing/price-book.js';
import { noUsage } from '../pricing/usage.js';
import { savingsOf } from './savings.js';

const price = createPriceBook({
  overrides: {
    heard: { input: '2', output: '8', cacheRead: '0.5', cacheWrite5m: '2.5', cacheWrite1h: '4' },
  },
}).find({ provider: 'openai', model: 'heard', atMs: 0 });
if (!price) throw new Error('Expected a price, got none.');

describe('what a cache did to a bill', () => {
  it('is exact: reads less premiums, at the rates of the price', () => {
    const usage = {
      ...noUsage,
      inputTokens: 7,
      cacheReadTokens: 1000,
      cacheWrite5mTokens: 100,
      cacheWrite1hTokens: 10,
      outputTokens: 3000,
    };
    const { inputPicoUsd, savedPicoUsd } = savingsOf(usage, price, {});
    expect(inputPicoUsd).toBe(1117n * 2_000_000n);
    expect(savedPicoUsd).toBe(1000n * 1_500_000n - 100n * 500_000n - 10n * 2_000_000n);
    expect(inputPicoUsd - savedPicoUsd).toBe(costOf({ ...usage, outputTokens: 0 }, price, {}).totalPicoUsd);
  });

  it('counts sound and pictures that were read from it, and nothing of the answer', () => {
    const usage = {
      ...noUsage,
      cacheReadAudioTokens: 100,
      cacheReadImageTokens: 100,
      audioOutputTokens: 5000,
      imageOutputTokens: 5000,
      webSearches: 3,
    };
    expect(savingsOf(usage, price, {})).toEqual({ inputPicoUsd: 200n * 2_000_000n, savedPicoUsd: 200n * 1_500_000n });
  });
});
