import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anthropicUsageText, dollarsText, openaiUsageText } from './usage-text.js';

const end = {
  reason: 'end',
  promptTokens: 30,
  cachedTokens: 8,
  outputTokens: 10,
  reasoningTokens: 2,
  queueMs: 12.5,
  promptMs: 250,
  outputMs: 1_000.125,
  costPicoUsd: 123_456n,
} as const;

it('writes pico-dollars exactly, as a number of JSON', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (pico) => {
      const text = dollarsText(pico);
      expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
      const [whole = '', part = ''] = text.split('.');
      expect(BigInt(whole + part.padEnd(12, '0'))).toBe(pico);
    }),
  );
  expect([0n, 1n, 123_456n, 10n ** 12n].map(dollarsText)).toEqual(['0', '0.000000000001', '0.000000123456', '1']);
});

it('says what a request took in seconds, and its cost without a float between', () => {
  expect(openaiUsageText(end)).toContain('"cost":0.000000123456}');
  expect(JSON.parse(openaiUsageText(end))).toEqual({
    prompt_tokens: 30,
    completion_tokens: 10,
    total_tokens: 40,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 2 },
    queue_time: 0.0125,
    prompt_time: 0.25,
    completion_time: 1.000125,
    total_time: 1.250125,
    cost: 1.23456e-7,
  });
});

it('counts what was cached apart for Anthropic, and leaves a cost out that nobody knows', () => {
  const { costPicoUsd: _, ...free } = end;
  const usage = JSON.parse(anthropicUsageText(free));
  expect(usage).toMatchObject({ input_tokens: 22, cache_read_input_tokens: 8, cache_creation_input_tokens: 0 });
  expect(usage).not.toHaveProperty('cost');
});
