/** A vector that was found, by the id it was added with. */
export interface Neighbour {
  readonly id: number;
  /** Cosine of the angle between the two, -1 to 1. */
  readonly similarity: number;
}

/** Whether a vector may be found. Asked of those alone that are near enough. */
export type Accepts = (id: number) => boolean;

/** Finds the vectors that are most like a given one. All of them have unit length and the same dimensions. */
export interface VectorIndex {
  readonly size: number;
  /**
   * Keeps a reference to the vector, which must not be changed afterwards.
   * @throws RangeError when it is no unit vector of the index's dimensions, or the id is taken
   */
  readonly add: (id: number, vector: Float32Array) => void;
  /** Does nothing for an id that is not there. */
  readonly remove: (id: number) => void;
  /**
   * At most `count`, the most similar first, of those that are accepted.
   * @throws RangeError when the vector is no unit vector of the index's dimensions
   */
  readonly nearest: (vector: Float32Array, count: number, accepts?: Accepts) => readonly Neighbour[];
}

/** How far from 1 the squared length may be: what float16 weights and a sum in float32 can cost, and no more. */
export const lengthTolerance = 2e-3;

/**
 * Refuses what an index would take and never find again, or find for every question.
 * @throws RangeError that says what was expected
 */
export function requireUnitVector(vector: Float32Array, dimensions: number): void {
  if (vector.length !== dimensions)
    throw new RangeError(`Expected a vector of ${dimensions} dimensions, got ${vector.length}.`);
  let squares = 0;
  for (let index = 0; index < dimensions; index++) {
    const value = vector[index] as number; // index < length
    squares += value * value;
  }
  // NaN and infinite values end up here too: they make the sum NaN or infinite.
  if (Math.abs(squares - 1) <= lengthTolerance) return;
  const got = Number.isFinite(squares)
    ? `one of length ${Math.sqrt(squares).toPrecision(4)}`
    : 'one with values that are NaN or infinite';
  throw new RangeError(`Expected a vector of length 1, got ${got}.`);
}
