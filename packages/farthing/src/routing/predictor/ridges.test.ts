import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import { fitRecursiveRidge, updateRidge } from './recursive-ridge.js';
import { fitSparseRidge } from './sparse-ridge.js';
import { finish } from './steps.js';

const random = seeded(3);
const columns = 6;
const rows = Array.from({ length: 80 }, () => Float32Array.from({ length: columns }, () => random() - 0.5));
const targets = rows.map((row) => 3 + 2 * (row[0] ?? 0) - (row[3] ?? 0) + 0.1 * random());

describe('the recursive ridge', () => {
  it('is the ridge of all rows, however many came one by one', () => {
    const whole = finish(fitRecursiveRidge(rows, targets, 2, columns));
    for (const first of [0, 1, 40, 79]) {
      const grown = finish(fitRecursiveRidge(rows.slice(0, first), targets, 2, columns));
      for (let at = first; at < rows.length; at++)
        updateRidge(grown, rows[at] ?? new Float32Array(columns), targets[at] ?? 0);
      grown.weights.forEach((weight, at) => {
        expect(weight).toBeCloseTo(whole.weights[at] ?? Number.NaN, 5);
      });
    }
  });

  it('does not penalise the intercept', () => {
    const { weights } = finish(fitRecursiveRidge(rows, targets, 1e9, columns));
    expect(weights[0]).toBeCloseTo(targets.reduce((sum, target) => sum + target, 0) / targets.length, 4);
  });
});

describe('the sparse ridge', () => {
  const sparse = rows.map((values) => ({ columns: Uint32Array.from(values, (_, at) => at), values }));

  it('is where the penalised squared error has no slope', () => {
    const { intercept, weights } = finish(fitSparseRidge(sparse, targets, 3, columns));
    expect(intercept).toBeCloseTo(targets.reduce((sum, target) => sum + target, 0) / targets.length, 9);
    for (let column = 0; column < columns; column++) {
      let slope = -3 * (weights[column] ?? 0);
      for (const [index, row] of rows.entries()) {
        const predicted = row.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), intercept);
        slope += (row[column] ?? 0) * ((targets[index] ?? 0) - predicted);
      }
      expect(slope).toBeCloseTo(0, 3);
    }
  });

  it('learns nothing from targets that are all the same', () => {
    const { intercept, weights } = finish(fitSparseRidge(sparse, targets.fill(2), 3, columns));
    expect(intercept).toBeCloseTo(2, 12);
    for (const weight of weights) expect(weight).toBeCloseTo(0, 12);
  });
});
