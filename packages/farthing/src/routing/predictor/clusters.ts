import { shuffled } from './draw.js';
import type { Steps } from './steps.js';

/** Rounds of k-means; more change little. */
const rounds = 12;
/** Vectors that centroids are fitted on; more change little and cost time. */
const maxFitted = 4000;

/** Unit centroids by spherical k-means (Dhillon and Modha 2001) from random members, by rows. */
export function* fitCentroids(
  all: readonly Float32Array[],
  dimensions: number,
  count: number,
  random: () => number,
): Steps<Float32Array> {
  const order = shuffled(all.length, random);
  const vectors = [...order.slice(0, maxFitted)].flatMap((index) => all[index] ?? []);
  const centroids = new Float32Array(count * dimensions);
  for (let cluster = 0; cluster < count; cluster++) {
    const member = vectors[cluster];
    if (member) centroids.set(member, cluster * dimensions);
  }
  for (let round = 0; round < rounds; round++) {
    const sums = new Float64Array(count * dimensions);
    for (const [index, vector] of vectors.entries()) {
      const base = nearest(centroids, vector, count) * dimensions;
      for (let at = 0; at < dimensions; at++) sums[base + at] = (sums[base + at] ?? 0) + (vector[at] ?? 0);
      if (index % 32 === 0) yield;
    }
    for (let cluster = 0; cluster < count; cluster++) setUnit(centroids, sums, cluster * dimensions, dimensions);
  }
  return centroids;
}

/** Cosines divided by this before the softmax. */
const temperature = 0.05;
/** Scale of the membership beside other blocks. */
const scale = 2;

/** How much a unit vector belongs to each centroid: a softmax of the cosines, times 2. */
export function membership(centroids: Float32Array, vector: Float32Array): Float32Array {
  const count = centroids.length / vector.length;
  const shares = new Float32Array(count);
  let most = -1;
  for (let cluster = 0; cluster < count; cluster++) {
    const cosine = dotAt(centroids, cluster * vector.length, vector);
    shares[cluster] = cosine;
    if (cosine > most) most = cosine;
  }
  let sum = 0;
  for (let cluster = 0; cluster < count; cluster++) {
    const share = Math.exp(((shares[cluster] ?? 0) - most) / temperature);
    shares[cluster] = share;
    sum += share;
  }
  for (let cluster = 0; cluster < count; cluster++) shares[cluster] = (scale * (shares[cluster] ?? 0)) / sum;
  return shares;
}

/** The dot product of a vector with the row of a matrix that begins at `base`. */
export function dotAt(matrix: Float32Array, base: number, vector: Float32Array): number {
  let [one, two] = [0, 0];
  const size = vector.length;
  let at = 0;
  for (; at + 1 < size; at += 2) {
    one += (matrix[base + at] ?? 0) * (vector[at] ?? 0);
    two += (matrix[base + at + 1] ?? 0) * (vector[at + 1] ?? 0);
  }
  if (at < size) one += (matrix[base + at] ?? 0) * (vector[at] ?? 0);
  return one + two;
}

function nearest(centroids: Float32Array, vector: Float32Array, count: number): number {
  let [best, found] = [Number.NEGATIVE_INFINITY, 0];
  for (let cluster = 0; cluster < count; cluster++) {
    const cosine = dotAt(centroids, cluster * vector.length, vector);
    if (cosine > best) [best, found] = [cosine, cluster];
  }
  return found;
}

/** A cluster that lost its members keeps its centroid. */
function setUnit(centroids: Float32Array, sums: Float64Array, base: number, dimensions: number): void {
  let square = 0;
  for (let at = base; at < base + dimensions; at++) square += (sums[at] ?? 0) ** 2;
  if (square === 0) return;
  const factor = 1 / Math.sqrt(square);
  for (let at = base; at < base + dimensions; at++) centroids[at] = (sums[at] ?? 0) * factor;
}
