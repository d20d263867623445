import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../pricing/price-book.js';
import { noUsage } from '../pricing/usage.js';
import { isCheaperToStay, warmPrefixOf } from './affinity.js';

const book = createPriceBook({});
const priceOf = (provider: string, model: string) => {
  const price = book.find({ provider, model, atMs: Date.UTC(2026, 8, 1) });
  if (!price) throw new Error(`Expected a price for ${model}.`);
  return price;
};
const [gpt5, mini, nano] = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'].map((model) => priceOf('openai', model));
const sonnet = priceOf('anthropic', 'claude-sonnet-4-5');
const nowMs = 1e12;

describe('affinity', () => {
  it('stays where a cached prefix at a tenth of the price is cheaper than another model that must read it all', () => {
    const warm = warmPrefixOf({ ...noUsage, inputTokens: 20_000, outputTokens: 50 }, mini, nowMs);
    expect(warm).toMatchObject({ cachedTokens: 20_000, prefixTokens: 20_050, outputTokens: 50 });
    // mini reads 20,000 cached tokens for 0.025 a million, nano all of them for 0.05
    expect(isCheaperToStay(warm, mini, nano, nowMs)).toBe(true);
    expect(isCheaperToStay(warm, gpt5, nano, nowMs)).toBe(false);
    expect(isCheaperToStay(warm, mini, nano, nowMs + 300_000)).toBe(false);
  });

  it('does not stay for a long answer, a short prompt, or a price that nobody knows', () => {
    const chatty = warmPrefixOf({ ...noUsage, inputTokens: 2000, outputTokens: 5000 }, mini, nowMs);
    expect(isCheaperToStay(chatty, mini, nano, nowMs)).toBe(false);
    const short = warmPrefixOf({ ...noUsage, inputTokens: 1000, outputTokens: 5 }, mini, nowMs);
    expect(short.cachedTokens).toBe(0);
    expect(isCheaperToStay(short, mini, nano, nowMs)).toBe(false);
    const warm = warmPrefixOf({ ...noUsage, inputTokens: 20_000 }, mini, nowMs);
    expect(isCheaperToStay(warm, mini, undefined, nowMs)).toBe(false);
    expect(isCheaperToStay(undefined, mini, nano, nowMs)).toBe(false);
  });

  it('counts what was written where writing costs extra, and its hour', () => {
    const plain = warmPrefixOf({ ...noUsage, inputTokens: 20_000 }, sonnet, nowMs);
    expect(plain.cachedTokens).toBe(0);
    const marked = warmPrefixOf(
      { ...noUsage, inputTokens: 100, cacheReadTokens: 9000, cacheWrite1hTokens: 900 },
      sonnet,
      nowMs,
    );
    expect(marked).toMatchObject({ cachedTokens: 9900, prefixTokens: 10_000, untilMs: nowMs + 3_600_000 });
  });
});
