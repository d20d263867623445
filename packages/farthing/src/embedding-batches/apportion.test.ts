import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion, weightsFor } from './apportion.js';

const weights = fc.array(fc.nat({ max: 9000 }), { minLength: 1, maxLength: 60 });
const sum = (parts: readonly bigint[]): bigint => parts.reduce((all, part) => all + part, 0n);

describe('apportion', () => {
  it('sums to the whole, and gives nobody more than one above or below its share', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), weights, (total, given) => {
        const parts = apportion(total, given);
        const counted = given.some((weight) => weight > 0) ? given : given.map(() => 1);
        const all = counted.reduce((a, b) => a + b, 0);
        expect(sum(parts)).toBe(total);
        for (const [at, part] of parts.entries()) {
          const exact = total * BigInt(counted[at] ?? 0);
          expect(part * BigInt(all) >= exact - BigInt(all) && part * BigInt(all) <= exact + BigInt(all)).toBe(true);
        }
      }),
    );
  });

  it('gives what is left to those that lost most, and of equals to the first', () => {
    expect(apportion(10n, [1, 1, 1])).toEqual([4n, 3n, 3n]);
    expect(apportion(7n, [3, 1, 1])).toEqual([4n, 2n, 1n]);
    expect(apportion(3n, [0, 0])).toEqual([2n, 1n]);
    expect(apportion(5n, [])).toEqual([]);
  });
});

describe('weightsFor', () => {
  it('has nobody pay for more than it can have used, as long as the bill is within all bounds', () => {
    const each = fc.record({ likely: fc.integer({ min: 1, max: 500 }), more: fc.nat({ max: 500 }) });
    fc.assert(
      fc.property(fc.array(each, { minLength: 1, maxLength: 30 }), fc.nat({ max: 1000 }), (given, share) => {
        const bounds = given.map(({ likely, more }) => ({ likely, most: likely + more }));
        const most = bounds.reduce((all, bound) => all + bound.most, 0);
        const total = BigInt(Math.floor((most * share) / 1000));
        const parts = apportion(total, weightsFor(total, bounds));
        for (const [at, part] of parts.entries()) expect(part <= BigInt(bounds[at]?.most ?? 0)).toBe(true);
      }),
    );
  });
});
