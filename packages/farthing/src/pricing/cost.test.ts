import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundCost, costOf, costOfReading } from './cost.js';
import type { Price } from './price.js';
import { createPriceBook } from './price-book.js';
import { readAnthropicUsage } from './read-anthropic-usage.js';
import { readOpenAIUsage } from './read-openai-usage.js';
import { readAnyUsage } from './read-usage.js';
import { noUsage, type Usage } from './usage.js';

const at = Date.UTC(2026, 9, 1);
const book = createPriceBook();
const find = (provider: string, model: string): Price => {
  const price = book.find({ provider, model, atMs: at });
  if (!price) throw new Error(`no price for ${model}`);
  return price;
};

const amounts = fc.nat(1_000_000);
const usages: fc.Arbitrary<Usage> = fc.record(
  Object.fromEntries(Object.keys(noUsage).map((part) => [part, amounts])),
) as unknown as fc.Arbitrary<Usage>;
const prices = [
  find('openai', 'gpt-5.4'),
  find('anthropic', 'claude-sonnet-4-5'),
  find('openai', 'gpt-4o-audio-preview'),
  find('anthropic', 'claude-opus-4-6'),
];

describe('costs', () => {
  it('are the sum of their parts, at every price, tier and place', () => {
    fc.assert(
      fc.property(
        usages,
        fc.constantFrom(...prices),
        fc.constantFrom(undefined, 'batch', 'flex', 'priority', 'fast'),
        fc.constantFrom(undefined, 'us', 'eu'),
        (usage, price, serviceTier, geo) => {
          const cost = costOf(usage, price, { serviceTier, geo });
          expect(Object.values(cost.parts).reduce((sum, part) => sum + part, 0n)).toBe(cost.totalPicoUsd);
        },
      ),
    );
  });

  it('stay under the bound of any request that allows them', () => {
    fc.assert(
      fc.property(
        fc.nat(400_000),
        fc.nat(50_000),
        fc.nat(100),
        fc.constantFrom(...prices),
        fc.constantFrom('none' as const, '5m' as const, '1h' as const),
        (input, output, share, price, cacheWrite) => {
          const bound = boundCost({ inputTokens: input, outputTokens: output, cacheWrite }, price, {});
          const part = Math.floor((input * share) / 100);
          for (const usage of [
            { ...noUsage, inputTokens: input - part, cacheReadTokens: part, outputTokens: output },
            { ...noUsage, inputTokens: part, reasoningTokens: output },
            ...(cacheWrite === 'none'
              ? []
              : [{ ...noUsage, inputTokens: part, cacheWrite5mTokens: input - part, outputTokens: output }]),
            ...(cacheWrite === '1h' ? [{ ...noUsage, cacheWrite1hTokens: input, outputTokens: output }] : []),
          ]) {
            expect(costOf(usage, price, {}).totalPicoUsd <= bound).toBe(true);
          }
        },
      ),
    );
  });

  it('take the provider’s own figure where it gives one', () => {
    const reading = readOpenAIUsage({
      prompt_tokens: 14,
      completion_tokens: 4,
      total_tokens: 18,
      cost: 0.000102,
      is_byok: false,
    });
    expect(reading && costOfReading(reading, () => undefined, {})).toMatchObject({
      totalPicoUsd: 102_000_000n,
      basis: 'reported',
    });
  });

  it('price each iteration at its own model', () => {
    const reading = readAnthropicUsage({
      input_tokens: 100,
      output_tokens: 10,
      iterations: [
        { type: 'message', input_tokens: 100, output_tokens: 10 },
        { type: 'advisor_message', model: 'claude-opus-4-6', input_tokens: 1000, output_tokens: 20 },
      ],
    });
    const cost = reading && costOfReading(reading, (model) => find('anthropic', model ?? 'claude-sonnet-4-5'), {});
    // 100 × $3 + 10 × $15, and 1,000 × $5 + 20 × $25, per million.
    expect(cost?.totalPicoUsd).toBe(300_000_000n + 150_000_000n + 5_000_000_000n + 500_000_000n);
  });

  it('say so when a part has no price', () => {
    expect(costOf({ ...noUsage, webSearches: 2, inputTokens: 1 }, find('openai', 'gpt-4.1-nano'), {}).unpriced).toEqual(
      ['webSearches'],
    );
  });

  it('are held at the tier that was asked for, or that the user says an unnamed one is', () => {
    const price = find('openai', 'gpt-5');
    const bound = { inputTokens: 1000, outputTokens: 1000, cacheWrite: 'none' } as const;
    const held = (serviceTier?: string): bigint => boundCost(bound, price, { serviceTier });
    expect(held('priority')).toBe(held('default') * 2n);
    const unasked = (serviceTier?: string): bigint => boundCost(bound, price, { serviceTier, unaskedTier: 'priority' });
    expect([held(), held('auto')]).toEqual([held('default'), held('default')]);
    expect([unasked(), unasked('auto')]).toEqual([held('priority'), held('priority')]);
    expect(unasked('default')).toBe(held('default'));
    // Flex may be served at the base rate, and a model without priority has only that.
    expect(held('flex')).toBe(held('default'));
    const haiku = find('anthropic', 'claude-haiku-4-5');
    expect(boundCost(bound, haiku, {})).toBe(boundCost(bound, haiku, { serviceTier: 'default' }));
  });

  it('are held at the dearest place that may serve a request that names none', () => {
    const price = find('anthropic', 'claude-opus-4-6');
    const usage = { ...noUsage, inputTokens: 1000, outputTokens: 1000 };
    const bound = { inputTokens: 1000, outputTokens: 1000, cacheWrite: 'none' } as const;
    expect(boundCost(bound, price, {})).toBeGreaterThanOrEqual(costOf(usage, price, { geo: 'us' }).totalPicoUsd);
    expect(boundCost(bound, price, { geo: 'global' })).toBe(costOf(usage, price, {}).totalPicoUsd);
    // OpenAI's places have hosts of their own: a request to another host is not served there.
    const gpt = find('openai', 'gpt-5.6');
    expect(boundCost(bound, gpt, { serviceTier: 'default' })).toBeLessThan(
      boundCost(bound, gpt, { serviceTier: 'default', geo: 'eu' }),
    );
  });

  it('bill the tier that was served: flex is half, batch too', () => {
    const usage = { ...noUsage, inputTokens: 1_000_000 };
    const price = find('openai', 'gpt-5');
    expect(costOf(usage, price, { serviceTier: 'flex' }).totalPicoUsd * 2n).toBe(
      costOf(usage, price, { serviceTier: 'default' }).totalPicoUsd,
    );
    expect(costOf(usage, price, { serviceTier: 'batch' }).totalPicoUsd * 2n).toBe(
      costOf(usage, price, {}).totalPicoUsd,
    );
  });
});

describe('usage readings', () => {
  it.each([
    [
      'cached and audio are subsets',
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        prompt_tokens_details: { cached_tokens: 30, audio_tokens: 20 },
        completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 5 },
      },
      {
        inputTokens: 50,
        cacheReadTokens: 30,
        audioInputTokens: 20,
        outputTokens: 35,
        reasoningTokens: 10,
        audioOutputTokens: 5,
      },
    ],
    [
      'null is zero',
      { prompt_tokens: 5, completion_tokens: 5, prompt_tokens_details: { cached_tokens: null } },
      { inputTokens: 5, outputTokens: 5 },
    ],
    [
      'reasoning beside the output, as the total tells',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 35,
        completion_tokens_details: { reasoning_tokens: 20 },
      },
      { inputTokens: 10, outputTokens: 5, reasoningTokens: 20 },
    ],
    [
      'DeepSeek’s hits',
      { prompt_tokens: 563, completion_tokens: 1, prompt_cache_hit_tokens: 512, prompt_cache_miss_tokens: 51 },
      { inputTokens: 51, cacheReadTokens: 512, outputTokens: 1 },
    ],
  ])('%s', (_, usage, expected) => expect(readOpenAIUsage(usage)?.usage).toEqual({ ...noUsage, ...expected }));

  it('reads realtime usage with what was cached by kind', () => {
    const usage = {
      input_tokens: 100,
      output_tokens: 20,
      input_token_details: {
        text_tokens: 40,
        audio_tokens: 60,
        cached_tokens: 50,
        cached_tokens_details: { text_tokens: 20, audio_tokens: 30 },
      },
      output_token_details: { text_tokens: 5, audio_tokens: 15 },
    };
    expect(readOpenAIUsage(usage)?.usage).toEqual({
      ...noUsage,
      inputTokens: 20,
      cacheReadTokens: 20,
      audioInputTokens: 30,
      cacheReadAudioTokens: 30,
      outputTokens: 5,
      audioOutputTokens: 15,
    });
  });

  it('reports a number that no rule accounts for', () => {
    expect(
      readOpenAIUsage({
        prompt_tokens: 1,
        completion_tokens: 1,
        moon_tokens: 3,
        prompt_tokens_details: { smell_tokens: 0 },
      })?.unaccounted,
    ).toEqual(['moon_tokens', 'prompt_tokens_details.smell_tokens']);
    expect(
      readAnthropicUsage({ input_tokens: 1, output_tokens: 1, server_tool_use: { dream_requests: 2 } })?.unaccounted,
    ).toEqual(['server_tool_use.dream_requests']);
  });

  it('never throws, and never counts below zero', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (body, usage) => {
        for (const reading of [
          readAnyUsage({ ...body, usage }),
          readAnyUsage({ usageMetadata: usage }),
          readAnyUsage({ meta: usage }),
        ]) {
          if (reading)
            expect(
              Object.values(reading.usage).every((amount) =>
                Number.isSafeInteger(amount) ? amount >= 0 : amount >= 0,
              ),
            ).toBe(true);
        }
      }),
    );
  });
});
