import { describe, expect, it } from 'vitest';
import { createRateBudget } from './rate-budget.js';
import { readRateHeaders, resetIn } from './rate-headers.js';

const nowMs = Date.parse('2026-09-01T12:00:00Z');

describe('rate headers', () => {
  it('are read in both families, each with its reset', () => {
    const open = new Headers({
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
    });
    expect(Object.fromEntries(readRateHeaders(open, nowMs))).toEqual({
      requests: { limit: 60, remaining: 59, resetMs: 1000 },
      tokens: { limit: 150_000, remaining: 149_984, resetMs: 360_000 },
    });
    const anthropic = new Headers({
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-09-01T12:00:02Z',
      'anthropic-ratelimit-input-tokens-remaining': '9000',
      'anthropic-ratelimit-output-tokens-remaining': '100',
    });
    expect(Object.fromEntries(readRateHeaders(anthropic, nowMs))).toEqual({
      requests: { limit: 50, remaining: 49, resetMs: 2000 },
      input: { limit: undefined, remaining: 9000, resetMs: undefined },
      output: { limit: undefined, remaining: 100, resetMs: undefined },
    });
  });

  it.each([
    ['20ms', 20],
    ['1.5s', 1500],
    ['1h2m3s', 3_723_000],
    ['12', 12_000],
    [String(nowMs / 1000 + 5), 5000],
    [String(nowMs + 5000), 5000],
    [String(nowMs - 5000), 0],
    ['9'.repeat(400), undefined],
    [`${'9'.repeat(400)}s`, undefined],
    ['-5', 0],
    ['1e9', undefined],
    ['2026-09-01T11:59:00Z', 0],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('a reset of %s is in %s ms', (text, expected) => expect(resetIn(text, nowMs)).toBe(expected));

  it('that make no sense are passed over', () => {
    const odd = new Headers({
      'x-ratelimit-remaining-requests': 'many',
      'x-ratelimit-remaining-tokens': '9'.repeat(400),
    });
    expect(readRateHeaders(odd, nowMs).size).toBe(0);
  });
});

describe('a rate budget', () => {
  it('lets all go before anything was told, and after its reset', () => {
    const budget = createRateBudget();
    expect([budget.waitMs(1e9, 0, 0), budget.left(0)]).toEqual([0, undefined]);
    budget.hear({ remaining: 0, limit: undefined, resetMs: 500 }, 0);
    expect([budget.waitMs(1, 0, 100), budget.waitMs(1, 0, 500)]).toEqual([400, 0]);
  });

  it('fills evenly, where its size is told', () => {
    const budget = createRateBudget();
    budget.hear({ remaining: 0, limit: 60, resetMs: 60_000 }, 0);
    expect([budget.waitMs(1, 0, 0), budget.waitMs(10, 0, 0), budget.waitMs(1, 0, 1000)]).toEqual([1000, 10_000, 0]);
    budget.take(1);
    expect(budget.waitMs(1, 0, 1000)).toBe(1000);
  });

  it('counts what goes out, and what was under way when it was told', () => {
    const budget = createRateBudget();
    budget.hear({ remaining: 3, limit: undefined, resetMs: 1000 }, 0);
    budget.take(1);
    budget.take(1);
    expect([budget.left(0), budget.waitMs(1, 0, 0), budget.waitMs(2, 0, 0)]).toEqual([1, 0, 1000]);
  });

  it('keeps a share for calls that are more urgent', () => {
    const budget = createRateBudget();
    budget.hear({ remaining: 8, limit: 100, resetMs: 10_000 }, 0);
    expect(budget.waitMs(1, 0, 0)).toBe(0);
    expect(budget.waitMs(1, 0.1, 0)).toBeGreaterThan(0);
  });

  it('holds nobody back for longer than ten minutes, whatever it was told', () => {
    const budget = createRateBudget();
    for (const resetMs of [600_001, 86_400_000, 1e18, Number.MAX_VALUE])
      for (const limit of [undefined, 100, 0]) {
        budget.hear({ remaining: 0, limit, resetMs }, 0);
        expect(budget.waitMs(1, 0, 0)).toBeLessThanOrEqual(600_000);
        expect(budget.waitMs(1, 0, 600_000)).toBe(0);
        expect(budget.left(600_000)).toBeUndefined();
      }
  });

  it('lets a call go that is larger than all of it, once it is as good as full', () => {
    const budget = createRateBudget();
    budget.hear({ remaining: 100, limit: 100, resetMs: 1000 }, 0);
    expect(budget.waitMs(5000, 0.1, 0)).toBe(0);
    budget.hear({ remaining: 10, limit: 100, resetMs: 1000 }, 0);
    expect(budget.waitMs(5000, 0, 0)).toBeGreaterThan(800);
  });
});
