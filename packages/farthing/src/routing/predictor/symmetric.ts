import type { Steps } from './steps.js';

/** Adds `weight · row · rowᵀ` to the lower triangle of a square matrix stored by rows. */
export function addOuter(matrix: Float64Array, row: Float64Array): void {
  const size = row.length;
  for (let at = 0; at < size; at++) {
    const value = row[at] ?? 0;
    if (value === 0) continue;
    const base = at * size;
    for (let other = 0; other <= at; other++)
      matrix[base + other] = (matrix[base + other] ?? 0) + value * (row[other] ?? 0);
  }
}

/**
 * The inverse of a positive definite matrix of which the lower triangle is given; both triangles of the result are
 * filled. By Cholesky: A = L·Lᵀ, A⁻¹ = L⁻ᵀ·L⁻¹. The input is overwritten.
 */
export function* inverse(matrix: Float64Array, size: number): Steps<Float64Array> {
  for (let row = 0; row < size; row++) {
    const base = row * size;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let sum = matrix[base + column] ?? 0;
      for (let at = 0; at < column; at++) sum -= (matrix[base + at] ?? 0) * (matrix[other + at] ?? 0);
      if (column === row) {
        if (!(sum > 0)) throw new Error('Expected a positive definite matrix.');
        matrix[base + row] = Math.sqrt(sum);
      } else matrix[base + column] = sum / (matrix[other + column] ?? 1);
    }
    if (row % 16 === 0) yield;
  }
  // L⁻¹, kept transposed so that the product below runs along rows
  const inverted = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    const base = column * size;
    inverted[base + column] = 1 / (matrix[base + column] ?? 1);
    for (let row = column + 1; row < size; row++) {
      let sum = 0;
      for (let at = column; at < row; at++) sum -= (matrix[row * size + at] ?? 0) * (inverted[base + at] ?? 0);
      inverted[base + row] = sum / (matrix[row * size + row] ?? 1);
    }
    if (column % 16 === 0) yield;
  }
  const result = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = 0;
      for (let at = row; at < size; at++) sum += (inverted[row * size + at] ?? 0) * (inverted[column * size + at] ?? 0);
      result[row * size + column] = sum;
      result[column * size + row] = sum;
    }
    if (row % 16 === 0) yield;
  }
  return result;
}
