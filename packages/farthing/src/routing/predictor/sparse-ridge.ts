import type { Steps } from './steps.js';

/** Values of the columns that are not 0. */
export interface SparseRow {
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** A prediction that is linear in the columns. */
export interface LinearWeights {
  /** The mean of the targets: not penalised. */
  readonly intercept: number;
  readonly weights: Float32Array;
}

/**
 * Ridge regression on the targets' deviations from their mean, for rows too wide for a covariance: conjugate gradients on
 * the normal equations, which comes to the same weights as the dual form with n² kernel values, in memory linear in the
 * rows. Source: Hestenes and Stiefel 1952.
 */
export function* fitSparseRidge(
  rows: readonly SparseRow[],
  targets: ArrayLike<number>,
  penalty: number,
  columns: number,
): Steps<LinearWeights> {
  let intercept = 0;
  for (let row = 0; row < rows.length; row++) intercept += (targets[row] ?? 0) / rows.length;
  const weights = new Float64Array(columns);
  const residual = new Float64Array(columns);
  for (const [index, row] of rows.entries()) {
    addScaled(residual, row, (targets[index] ?? 0) - intercept);
    if (index % rowsPerStep === 0) yield;
  }
  yield;
  const direction = residual.slice();
  const image = new Float64Array(columns);
  let size = dot(residual, residual);
  const enough = size * tolerance ** 2;
  for (let round = 0; round < maxRounds && size > enough; round++) {
    for (let column = 0; column < columns; column++) image[column] = penalty * (direction[column] ?? 0);
    for (const [index, row] of rows.entries()) {
      addScaled(image, row, product(row, direction));
      if (index % rowsPerStep === 0) yield;
    }
    yield;
    const step = size / dot(direction, image);
    for (let column = 0; column < columns; column++) {
      weights[column] = (weights[column] ?? 0) + step * (direction[column] ?? 0);
      residual[column] = (residual[column] ?? 0) - step * (image[column] ?? 0);
    }
    yield;
    const before = size;
    size = dot(residual, residual);
    for (let column = 0; column < columns; column++)
      direction[column] = (residual[column] ?? 0) + (size / before) * (direction[column] ?? 0);
    yield;
  }
  return { intercept, weights: Float32Array.from(weights) };
}

/** How small the residual must be, relative to the first one. */
const tolerance = 1e-5;
const maxRounds = 300;
const rowsPerStep = 256;

function addScaled(sum: Float64Array, { columns, values }: SparseRow, factor: number): void {
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at] ?? 0;
    sum[column] = (sum[column] ?? 0) + factor * (values[at] ?? 0);
  }
}

function product({ columns, values }: SparseRow, dense: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < columns.length; at++) sum += (values[at] ?? 0) * (dense[columns[at] ?? 0] ?? 0);
  return sum;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at] ?? 0) * (right[at] ?? 0);
  return sum;
}
