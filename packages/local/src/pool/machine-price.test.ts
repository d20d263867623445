import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOfWork, parseMachineHour, pricePerMillion } from './machine-price.js';

describe('the price of a machine', () => {
  it('is exact', () => {
    const hour = parseMachineHour('0.36', 'machineHour');
    expect(hour).toBe(360_000_000_000n);
    expect(costOfWork({ machineMs: 1000, cpuMs: 0 }, hour)).toBe(100_000_000n);
    expect(costOfWork({ machineMs: 3_600_000, cpuMs: 0 }, hour)).toBe(hour);
  });

  it('adds up: shares of an hour cost an hour, to a pico-dollar each', () => {
    const shares = fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(shares, fc.bigInt({ min: 0n, max: 10n ** 15n }), (microseconds, hour) => {
        const parts = microseconds.map((each) => costOfWork({ machineMs: each / 1000, cpuMs: 0 }, hour));
        const total = microseconds.reduce((sum, each) => sum + each, 0);
        const whole = (hour * BigInt(total)) / 3_600_000_000n;
        const difference = parts.reduce((sum, part) => sum + part, 0n) - whole;
        expect(difference >= -BigInt(parts.length) && difference <= BigInt(parts.length)).toBe(true);
      }),
    );
  });

  it('is never less by the token than by the second, where one request has the machine', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        fc.bigInt({ min: 0n, max: 10n ** 14n }),
        (speed, hour) => {
          const price = pricePerMillion(speed, hour);
          expect(price).toMatch(/^\d+\.\d{6}$/);
          const seconds = 1e6 / speed;
          expect(Number(price)).toBeGreaterThanOrEqual(((Number(hour) / 1e12) * seconds) / 3600 - 1e-6);
        },
      ),
    );
  });

  it.each(['0,40', '-1', '', '1e3', 4, undefined, '0.1234567890123'])('refuses %s', (wrong) => {
    expect(() => parseMachineHour(wrong, 'machineHour')).toThrow(/createLocal: expected `machineHour` to be dollars/);
  });
});
