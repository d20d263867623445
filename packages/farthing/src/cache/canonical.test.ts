import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.js';

/** The same value with every object's fields the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([field, each]) => [field, reversed(each)]),
  );
}

/** A value that came over the wire. */
const parsed = fc.json({ maxDepth: 4 }).map((text): unknown => JSON.parse(text));

describe('canonical', () => {
  it('does not ask for the order of fields', () => {
    fc.assert(fc.property(parsed, (value) => canonical(reversed(value)) === canonical(value)));
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(parsed, parsed, (left, right) => {
        const same = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
        expect(canonical(left) === canonical(right)).toBe(same);
      }),
    );
  });

  it.each([
    [['a', 'b'], ['ab']],
    [['1'], [1]],
    [[null], ['null']],
    [[[], []], [[[]]]],
    [{ a: { b: 1 } }, { a: {}, b: 1 }],
    [['"1:a'], ['"1', 'a']],
    [
      [1, 2],
      [12, ''],
    ],
  ])('tells %j from %j', (left, right) => {
    expect(canonical(left)).not.toBe(canonical(right));
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([field, each]) => [field, sorted(each)]),
  );
}
