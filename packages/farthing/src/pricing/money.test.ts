import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilToNanoUsd, formatPicoUsd, formatUsd, roundToNanoUsd, usd } from './money.js';

describe('usd', () => {
  it.each([
    ['20', 20_000_000_000],
    [20, 20_000_000_000],
    ['0.02', 20_000_000],
    ['0.000000001', 1],
    ['-1.5', -1_500_000_000],
  ])('reads %j', (given, nano) => expect(usd(given)).toBe(nano));

  it.each([0.02, '0.0000000001', '1e3', '', '1,50', '$5', '9007200', Number.NaN])('refuses %j', (given) => {
    expect(() => usd(given)).toThrow(TypeError);
  });

  it('comes back from formatUsd', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (nano) => {
        expect(usd(formatUsd(nano))).toBe(nano);
      }),
    );
  });
});

describe('rounding', () => {
  it.each([
    [499n, 0],
    [500n, 1],
    [1499n, 1],
    [1500n, 2],
    [-500n, -1],
  ])('rounds %s pico-dollars half up', (pico, nano) => expect(roundToNanoUsd(pico)).toBe(nano));

  it('is within half a nano-dollar, and the ceiling never below', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (pico) => {
        const error = BigInt(roundToNanoUsd(pico)) * 1000n - pico;
        expect(error <= 500n && error >= -500n).toBe(true);
        const above = BigInt(ceilToNanoUsd(pico)) * 1000n - pico;
        expect(above >= 0n && above < 1000n).toBe(true);
      }),
    );
  });

  it('formats without rounding', () => {
    expect(formatPicoUsd(1n)).toBe('0.000000000001');
    expect(formatPicoUsd(2_500_000_000_000n)).toBe('2.5');
    expect(formatUsd(0)).toBe('0');
  });
});
