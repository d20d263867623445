import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { fitBins } from './bins.js';
import { boostSettings, fitForest } from './boosted-trees.js';
import { predictForest } from './forest.js';
import { finish } from './steps.js';

const table = (rows: number, seed: number): Float32Array[] => {
  const random = seeded(seed);
  return Array.from({ length: rows }, () => Float32Array.from({ length: 5 }, () => Math.round(random() * 200) / 10));
};
/** What no line can tell: a step, and a product of two steps. */
const truth = (row: Float32Array): number =>
  ((row[0] ?? 0) > 8 ? 1 : 0) + ((row[1] ?? 0) > 5 === (row[2] ?? 0) > 12 ? 1 : 0);
const meanSquare = (rows: readonly Float32Array[], predict: (row: Float32Array) => number): number =>
  rows.reduce((sum, row) => sum + (truth(row) - predict(row)) ** 2, 0) / rows.length;

describe('boosted trees', () => {
  const rows = table(1500, 1);
  const targets = rows.map(truth);
  const settings = { ...boostSettings(rows.length), columnShare: 0.8 };

  it('come closer to what they learn with each round, and to rows that they never saw', () => {
    const unseen = table(500, 2);
    const errors = [0, 20, 80, 150].map((rounds) => {
      const forest = finish(fitForest(rows, targets, { ...settings, rounds }, seeded(5)));
      return {
        seen: meanSquare(rows, (row) => predictForest(forest, row)),
        unseen: meanSquare(unseen, (row) => predictForest(forest, row)),
      };
    });
    for (const [before, after] of errors.slice(1).map((error, at) => [errors[at], error] as const)) {
      expect(after.seen).toBeLessThan(before?.seen ?? 0);
      expect(after.unseen).toBeLessThan(before?.unseen ?? 0);
    }
    expect(errors.at(-1)?.unseen).toBeLessThan(0.05);
  });

  it('are the same for the same random numbers', () => {
    const grow = (seed: number) => finish(fitForest(rows.slice(0, 300), targets, boostSettings(300), seeded(seed)));
    expect(grow(1)).toEqual(grow(1));
    expect(grow(1)).not.toEqual(grow(2));
  });

  it('split nothing that has too few rows or nothing to explain', () => {
    const few = rows.slice(0, 2 * settings.rowsPerLeaf - 1);
    expect(finish(fitForest(few, targets, settings, seeded(1))).roots).toHaveLength(0);
    const flat = finish(
      fitForest(
        rows,
        rows.fill(rows[0] ?? new Float32Array(5)).map(() => 2),
        settings,
        seeded(1),
      ),
    );
    expect(flat.roots).toHaveLength(0);
    expect(flat.base).toBeCloseTo(2, 12);
  });
});

describe('bins', () => {
  it('put a value where a tree that asks for the edge would send it', () => {
    const column = fc.array(
      fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true, noDefaultInfinity: true })),
      {
        minLength: 1,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(column, (values) => {
        const bins = finish(fitBins(values.map((value) => Float32Array.of(value))));
        const edges = bins.edges[0] ?? [];
        values.forEach((value, row) => {
          edges.forEach((edge, bin) => {
            expect(Math.fround(value) <= edge).toBe((bins.cells[row] ?? 0) <= bin);
          });
        });
      }),
    );
  });
});
