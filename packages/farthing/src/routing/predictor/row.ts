import type { Features } from '../features/features.js';
import type { Basis, Meaning } from './basis.js';
import { dotAt, membership } from './clusters.js';
import type { SparseRow } from './sparse-ridge.js';

/** Features seen through a basis: what the parts of a blend read. */
export interface Row {
  /** Standardised dense features [D], then TF-IDF of the grams [W] by their place in the basis. */
  readonly words: SparseRow;
  /** As they were read: trees need no scale. */
  readonly raw: Float32Array;
  readonly meaning: RowMeaning | undefined;
}

/** The blocks of an embedding. */
export interface RowMeaning {
  /** Scaled embedding [E], then standardised dense features [D]. */
  readonly linear: Float32Array;
  /** Soft membership in the clusters [C]. */
  readonly clusters: Float32Array;
  /** Principal components [P], then raw dense features. */
  readonly componentTree: Float32Array;
  /** Membership [C], then raw dense features. */
  readonly clusterTree: Float32Array;
}

/** Standardised features are cut off here, … */
const furthest = 5;
/** … and scaled so that a penalty weighs them like the other blocks. */
const denseScale = 0.1;

/** Sees features through a basis. */
export function rowOf(features: Features, basis: Basis): Row {
  const dense = standardized(features.dense, basis);
  const { meaning } = basis;
  const embedding = features.embedding?.length === meaning?.dimensions ? features.embedding : undefined;
  return {
    words: wordsOf(features, basis, dense),
    raw: features.dense,
    meaning: meaning && embedding && meaningOf(embedding, meaning, dense, features.dense),
  };
}

function standardized(values: Float32Array, { dense }: Basis): Float32Array {
  return values.map((value, at) => {
    const deviation = dense.deviation[at] ?? 0;
    const standard = deviation > 1e-6 ? (value - (dense.mean[at] ?? 0)) / deviation : 0;
    return denseScale * Math.max(-furthest, Math.min(furthest, standard));
  });
}

function wordsOf({ grams }: Features, basis: Basis, dense: Float32Array): SparseRow {
  const known = basis.grams;
  const columns = new Uint32Array(dense.length + grams.columns.length);
  const values = new Float32Array(columns.length);
  for (let at = 0; at < dense.length; at++) columns[at] = at;
  values.set(dense);
  let [put, square] = [dense.length, 0];
  for (let index = 0, from = 0; index < grams.columns.length; index++) {
    const column = grams.columns[index] ?? 0;
    from = placeOf(known.columns, column, from);
    const isKnown = known.columns[from] === column;
    const weight = (1 + Math.log(grams.counts[index] ?? 1)) * (isKnown ? (known.rarity[from] ?? 0) : known.unseen);
    square += weight ** 2;
    if (!isKnown) continue;
    columns[put] = dense.length + from;
    values[put++] = weight;
  }
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  for (let at = dense.length; at < put; at++) values[at] = (values[at] ?? 0) * scale;
  return { columns: columns.subarray(0, put), values: values.subarray(0, put) };
}

/** The first place at or after `from` whose column is not smaller. */
function placeOf(columns: Uint32Array, column: number, from: number): number {
  let [low, high] = [from, columns.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((columns[middle] ?? 0) < column) low = middle + 1;
    else high = middle;
  }
  return low;
}

function meaningOf(embedding: Float32Array, meaning: Meaning, dense: Float32Array, raw: Float32Array): RowMeaning {
  const { dimensions, centre, scale, components, centroids } = meaning;
  const linear = new Float32Array(dimensions + dense.length);
  for (let at = 0; at < dimensions; at++) linear[at] = ((embedding[at] ?? 0) - (centre[at] ?? 0)) * scale;
  const scaled = linear.subarray(0, dimensions);
  linear.set(dense, dimensions);
  const count = components.length / dimensions;
  const componentTree = new Float32Array(count + raw.length);
  for (let at = 0; at < count; at++) componentTree[at] = dotAt(components, at * dimensions, scaled);
  componentTree.set(raw, count);
  const clusters = membership(centroids, embedding);
  const clusterTree = new Float32Array(clusters.length + raw.length);
  clusterTree.set(clusters);
  clusterTree.set(raw, clusters.length);
  return { linear, clusters, componentTree, clusterTree };
}
