import type { Steps } from './steps.js';
import { addOuter, inverse } from './symmetric.js';

/**
 * Ridge regression with a free intercept that takes one more row at a time, exactly: after any number of updates it is the
 * ridge of all rows (recursive least squares).
 */
export interface RecursiveRidge {
  /** The intercept, then one weight for each column. */
  readonly weights: Float64Array;
  /** The inverse of XᵀX + penalty, by rows. */
  readonly covariance: Float64Array;
}

/** The penalty of the intercept: so small that it is free, large enough that the matrix has an inverse. */
const interceptPenalty = 1e-4;

/** Fits rows of equal length, each without its 1 for the intercept. */
export function* fitRecursiveRidge(
  rows: readonly Float32Array[],
  targets: ArrayLike<number>,
  penalty: number,
  columns: number,
): Steps<RecursiveRidge> {
  const size = columns + 1;
  const normal = new Float64Array(size * size);
  const moments = new Float64Array(size);
  for (let column = 0; column < size; column++) normal[column * size + column] = column ? penalty : interceptPenalty;
  const row = new Float64Array(size);
  for (const [index, values] of rows.entries()) {
    withOne(values, row);
    addOuter(normal, row);
    const target = targets[index] ?? 0;
    for (let column = 0; column < size; column++)
      moments[column] = (moments[column] ?? 0) + target * (row[column] ?? 0);
    if (index % 8 === 0) yield;
  }
  const covariance = yield* inverse(normal, size);
  return { covariance, weights: times(covariance, moments) };
}

/** The ridge of one more row, by Sherman and Morrison; changes the ridge in place. */
export function updateRidge({ weights, covariance }: RecursiveRidge, values: Float32Array, target: number): void {
  const size = weights.length;
  const row = new Float64Array(size);
  withOne(values, row);
  const gains = times(covariance, row);
  let [spread, predicted] = [1, 0];
  for (let column = 0; column < size; column++) {
    spread += (gains[column] ?? 0) * (row[column] ?? 0);
    predicted += (weights[column] ?? 0) * (row[column] ?? 0);
  }
  const miss = (target - predicted) / spread;
  for (let at = 0; at < size; at++) {
    const gain = gains[at] ?? 0;
    weights[at] = (weights[at] ?? 0) + miss * gain;
    const share = gain / spread;
    const base = at * size;
    for (let other = 0; other < size; other++)
      covariance[base + other] = (covariance[base + other] ?? 0) - share * (gains[other] ?? 0);
  }
}

function withOne(values: Float32Array, row: Float64Array): void {
  row[0] = 1;
  row.set(values, 1);
}

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  const result = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = 0;
    for (let column = 0; column < size; column++) sum += (matrix[row * size + column] ?? 0) * (vector[column] ?? 0);
    result[row] = sum;
  }
  return result;
}
