import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundToNanoUsd } from '../pricing/money.js';
import { createEvenOut } from './even-out.js';

it('makes parts sum to the bill, in pico-dollars and rounded, and moves less than a nano-dollar of each', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 50 }), (parts) => {
      const evenOut = createEvenOut(parts.length);
      const paid = parts.map(evenOut);
      const total = parts.reduce((all, part) => all + part, 0n);
      expect(paid.reduce((all, part) => all + part, 0n)).toBe(total);
      expect(paid.reduce((all, part) => all + roundToNanoUsd(part), 0)).toBe(roundToNanoUsd(total));
      for (const [at, part] of paid.entries()) {
        const moved = part - (parts[at] ?? 0n);
        expect(moved > -1000n && moved < 1000n && part >= 0n).toBe(true);
      }
    }),
  );
});
