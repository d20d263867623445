import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogueFile } from '../../scripts/build-catalogue.js';
import { catalogue } from './catalogue.js';
import { createPriceBook, isStale } from './price-book.js';
import { partOfRate } from './rates.js';

const atMs = Date.UTC(2026, 9, 1);

describe('the price book', () => {
  const book = createPriceBook();

  it.each([
    ['openai', 'gpt-4.1-nano', 100_000n],
    ['openai', 'gpt-4.1-nano-2025-04-14', 100_000n],
    ['anthropic', 'claude-sonnet-4-5-20250929', 3_000_000n],
    ['azure', 'gpt-4.1-nano', 100_000n],
    ['openrouter', 'anthropic/claude-sonnet-4.5', 3_000_000n],
  ])('knows %s %s', (provider, model, input) =>
    expect(book.find({ provider, model, atMs })?.rates.inputTokens).toBe(input),
  );

  it('has no price for what it does not know: undefined, not zero', () => {
    expect(book.find({ provider: 'openai', model: 'gpt-99', atMs })).toBeUndefined();
    expect(book.find({ provider: 'nowhere', model: 'gpt-5', atMs })).toBeUndefined();
  });

  it('prices long requests at the higher rates', () => {
    expect(book.find({ provider: 'openai', model: 'gpt-5.4', atMs })?.breaks).toMatchObject([
      { compare: 'gt', threshold: 271_999, rates: { inputTokens: 5_000_000n } },
    ]);
  });

  it('says that a floating name may have moved', () => {
    expect(book.find({ provider: 'deepseek', model: 'deepseek-chat', atMs })?.confidence).toBe('low');
  });

  it.each([
    ['https://api.openai.com/v1/chat/completions', { provider: 'openai' }],
    ['https://eu.api.openai.com/v1/responses', { provider: 'openai', geo: 'eu' }],
    ['https://acme.openai.azure.com/openai/deployments/x', { provider: 'azure' }],
    ['https://api.anthropic.com/v1/messages', { provider: 'anthropic' }],
    ['http://127.0.0.1:8080/v1', undefined],
    ['https://api.openai.com.evil.example/v1', undefined],
  ])('places %s', (url, place) => expect(book.placeOf(url)).toEqual(place));

  it('puts own prices, aliases and hosts first', () => {
    const own = createPriceBook({
      prices: {},
      overrides: {
        'my-model': { input: '0.10', output: '0.40', breaks: [{ threshold: 1000, input: '0.2' }] },
        'azure/gpt-5': { input: '9', output: '9' },
      },
      aliases: { prod: 'my-model' },
      providers: { 'llm.internal': 'openai', '127.0.0.1:9': 'groq' },
    } as Parameters<typeof createPriceBook>[0]);
    expect(own.find({ provider: 'x', model: 'prod', atMs })).toMatchObject({
      rates: { inputTokens: 100_000n, outputTokens: 400_000n },
      breaks: [{ threshold: 1000, rates: { inputTokens: 200_000n, outputTokens: 400_000n } }],
    });
    expect(own.find({ provider: 'azure', model: 'gpt-5', atMs })?.rates.inputTokens).toBe(9_000_000n);
    expect(own.find({ provider: 'openai', model: 'gpt-5', atMs })?.rates.inputTokens).toBe(1_250_000n);
    expect(own.placeOf('http://llm.internal:8000/v1')).toEqual({ provider: 'openai' });
    expect(own.placeOf('http://127.0.0.1:9/v1')).toEqual({ provider: 'groq' });
  });

  it.each([
    [
      { m: { input: 0.1 } },
      "createGate: expected `prices['m'].input` to be dollars per million as a decimal string with at most 6 decimals, such as '0.25', got 0.1.",
    ],
    [{ m: { input: '0.12345678' } }, /at most 6 decimals.*got '0.12345678'/],
    [{ m: { output: '1' } }, /expected `prices\['m'\].input`/],
    [{ m: { input: '1', outptu: '1' } }, /expected `prices\['m'\]` to hold rates \(.*\), got `outptu`/],
  ])('refuses %j', (overrides, message) =>
    expect(() => createPriceBook({ overrides: overrides as never })).toThrow(message),
  );

  it.each([
    ['gpt-4o-audio-preview', 40_000_000n, 80_000_000n],
    ['gpt-4o-mini-audio-preview', 10_000_000n, 20_000_000n],
  ])('prices the sound of %s apart from its text', (model, input, output) =>
    expect(book.find({ provider: 'openai', model, atMs })?.rates).toMatchObject({
      audioInputTokens: input,
      audioOutputTokens: output,
    }),
  );

  it('knows no part that is no part of a usage', () => {
    const parts = new Set(Object.values(partOfRate));
    for (const { id, models } of catalogue().providers)
      for (const model of models) {
        const price = book.find({ provider: id, model: model.id, atMs });
        for (const part of Object.keys(price?.rates ?? {})) expect(parts, `${id}/${model.id}`).toContain(part);
      }
  });

  it.each([
    ['openai', 'o3-deep-research', true],
    ['openai', 'o1-mini', true],
    ['openai', 'gpt-5', true],
    ['openai', 'gpt-4o', undefined],
    ['x-ai', 'grok-4', true],
    ['x-ai', 'grok-4-fast-non-reasoning', undefined],
    ['anthropic', 'claude-opus-4-20250514', true],
    ['anthropic', 'claude-3-opus-20240229', undefined],
    ['groq', 'openai/gpt-oss-120b', true],
    ['openrouter', 'anthropic/claude-sonnet-4.5', true],
  ])('knows whether %s %s can reason', (provider, model, reasoning) =>
    expect(book.find({ provider, model, atMs })?.reasoning).toBe(reasoning),
  );

  it('knows when it is old', () => {
    expect(isStale('2026-09-23', Date.UTC(2026, 9, 23))).toBe(false);
    expect(isStale('2026-09-23', Date.UTC(2026, 9, 24))).toBe(true);
  });

  it('is what its build script makes of its inputs', () => {
    expect(readFileSync(new URL('catalogue.generated.ts', import.meta.url), 'utf8')).toBe(catalogueFile());
  });
});
