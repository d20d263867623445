import type { Steps } from './steps.js';
import { addOuter } from './symmetric.js';

/**
 * The directions in which centred vectors vary most, by rows, each of length 1. Orthogonal iteration on the covariance
 * (Golub and Van Loan, "Matrix Computations", §8.2): where two directions vary nearly alike any mixture of them will do.
 */
export function* fitComponents(
  vectors: readonly Float32Array[],
  dimensions: number,
  components: number,
  random: () => number,
): Steps<Float32Array> {
  const covariance = new Float64Array(dimensions * dimensions);
  const row = new Float64Array(dimensions);
  for (const [index, vector] of vectors.entries()) {
    row.set(vector);
    addOuter(covariance, row);
    if (index % 16 === 0) yield;
  }
  for (let at = 0; at < dimensions; at++)
    for (let other = 0; other < at; other++)
      covariance[other * dimensions + at] = covariance[at * dimensions + other] ?? 0;
  let basis = Array.from({ length: components }, () => Float64Array.from({ length: dimensions }, () => random() - 0.5));
  orthonormalize(basis);
  for (let round = 0; round < rounds; round++) {
    const next: typeof basis = [];
    for (const direction of basis) {
      const image = new Float64Array(dimensions);
      for (let at = 0; at < dimensions; at++) {
        let sum = 0;
        for (let other = 0; other < dimensions; other++)
          sum += (covariance[at * dimensions + other] ?? 0) * (direction[other] ?? 0);
        image[at] = sum;
      }
      next.push(image);
      if (next.length % 4 === 0) yield;
    }
    basis = next;
    orthonormalize(basis);
  }
  const result = new Float32Array(components * dimensions);
  for (const [index, direction] of basis.entries()) result.set(direction, index * dimensions);
  return result;
}

const rounds = 30;

/** Gram and Schmidt in place; a direction that nothing is left of becomes 0. */
function orthonormalize(basis: readonly Float64Array[]): void {
  for (const [index, direction] of basis.entries()) {
    const before = Math.sqrt(dot(direction, direction));
    for (const earlier of basis.slice(0, index)) {
      const along = dot(direction, earlier);
      for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] ?? 0) - along * (earlier[at] ?? 0);
    }
    const length = Math.sqrt(dot(direction, direction));
    const scale = length > 1e-9 * before && length > 0 ? 1 / length : 0;
    for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] ?? 0) * scale;
  }
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at] ?? 0) * (right[at] ?? 0);
  return sum;
}
