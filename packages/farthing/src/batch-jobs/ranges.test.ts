import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromRanges, toRanges } from './ranges.js';

it('come back as the numbers that they were', () => {
  const numbers = fc.uniqueArray(fc.nat(200)).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(numbers, (all) => {
      expect(fromRanges(toRanges(all))).toEqual(all);
    }),
  );
});

it('are one pair for numbers in a row', () => {
  expect(toRanges([4, 5, 6, 7])).toEqual([[4, 7]]);
});
