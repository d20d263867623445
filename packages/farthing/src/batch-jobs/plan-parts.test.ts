import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PartLimits, planParts, type Waiting } from './plan-parts.js';

const limits = fc.record<PartLimits>({
  requests: fc.integer({ min: 1, max: 20 }),
  bytes: fc.integer({ min: 200, max: 4000 }),
  inputs: fc.integer({ min: 1, max: 30 }),
  oneModel: fc.boolean(),
});
const waiting = fc
  .array(
    fc.record({
      model: fc.constantFrom('gpt-5-mini', 'gpt-5', 'o4'),
      bytes: fc.nat(3000),
      inputs: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((each, index): Waiting => ({ ...each, index })));

describe('parts', () => {
  it('hold every request once, and no more than a provider takes unless one alone is more', () => {
    fc.assert(
      fc.property(waiting, limits, (all, limit) => {
        const parts = planParts(all, limit);
        expect(parts.flat().sort((a, b) => a - b)).toEqual(all.map(({ index }) => index));
        for (const part of parts) {
          const requests = part.map((index) => all[index] as Waiting); // planned from it
          expect(part.length).toBeLessThanOrEqual(limit.requests);
          if (limit.oneModel) expect(new Set(requests.map(({ model }) => model)).size).toBe(1);
          if (part.length === 1) continue;
          expect(requests.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limit.bytes);
          expect(requests.reduce((sum, { inputs }) => sum + inputs, 0)).toBeLessThanOrEqual(limit.inputs);
        }
      }),
    );
  });

  it('are as few as one, where all fits', () => {
    const all = Array.from({ length: 50 }, (_, index) => ({ index, model: 'gpt-5', bytes: 100, inputs: 1 }));
    expect(planParts(all, { requests: 50, bytes: 1e6, inputs: 50, oneModel: true }).length).toBe(1);
  });
});
