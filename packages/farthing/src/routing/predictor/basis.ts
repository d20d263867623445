import { denseNames } from '../features/dense.js';
import type { Features } from '../features/features.js';
import { gramColumns } from '../features/grams.js';
import { fitCentroids } from './clusters.js';
import { fitComponents } from './principal-components.js';
import type { Steps } from './steps.js';

/** What makes features comparable: learned from the texts that a scope asks, without any outcome. */
export interface Basis {
  readonly dense: { readonly mean: Float32Array; readonly deviation: Float32Array };
  /** Inverse document frequencies of the columns that were seen, in ascending order, and of those that were not. */
  readonly grams: { readonly columns: Uint32Array; readonly rarity: Float32Array; readonly unseen: number };
  /** Where every text had an embedding. */
  readonly meaning: Meaning | undefined;
}

/** The space of the embeddings. */
export interface Meaning {
  readonly dimensions: number;
  readonly centre: Float32Array;
  /** Centred embeddings times this have a mean squared length of 1. */
  readonly scale: number;
  /** `componentCount` directions by rows. */
  readonly components: Float32Array;
  /** Unit vectors by rows. */
  readonly centroids: Float32Array;
}

/** Principal components that the trees read. */
export const componentCount = 48;
const maxClusters = 64;
/** There is one cluster for this many texts. */
const textsPerCluster = 25;
const textsPerStep = 256;

/** Learns a basis from the features of at least one text. */
export function* fitBasis(texts: readonly Features[], random: () => number): Steps<Basis> {
  const dense = yield* fitDense(texts);
  const grams = yield* fitGrams(texts);
  const embeddings = texts.flatMap(({ embedding }) => embedding ?? []);
  const dimensions = embeddings[0]?.length ?? 0;
  const usable = embeddings.filter((embedding) => embedding.length === dimensions);
  if (dimensions === 0 || usable.length < texts.length / 2) return { dense, grams, meaning: undefined };
  return { dense, grams, meaning: yield* fitMeaning(usable, dimensions, random) };
}

function* fitDense(texts: readonly Features[]): Steps<Basis['dense']> {
  const size = denseNames.length;
  const [mean, deviation] = [new Float64Array(size), new Float64Array(size)];
  for (const [index, { dense }] of texts.entries()) {
    for (let at = 0; at < size; at++) mean[at] = (mean[at] ?? 0) + (dense[at] ?? 0) / texts.length;
    if (index % textsPerStep === 0) yield;
  }
  for (const [index, { dense }] of texts.entries()) {
    for (let at = 0; at < size; at++)
      deviation[at] = (deviation[at] ?? 0) + ((dense[at] ?? 0) - (mean[at] ?? 0)) ** 2 / texts.length;
    if (index % textsPerStep === 0) yield;
  }
  return { mean: Float32Array.from(mean), deviation: Float32Array.from(deviation, Math.sqrt) };
}

function* fitGrams(texts: readonly Features[]): Steps<Basis['grams']> {
  const seen = new Uint32Array(gramColumns);
  for (const [index, { grams }] of texts.entries()) {
    for (const column of grams.columns) seen[column] = (seen[column] ?? 0) + 1;
    if (index % textsPerStep === 0) yield;
  }
  const columns = new Uint32Array(gramColumns);
  const rarities = new Float32Array(gramColumns);
  let count = 0;
  for (let column = 0; column < gramColumns; column++) {
    if (column % 16_384 === 0) yield;
    const times = seen[column] ?? 0;
    if (times === 0) continue;
    columns[count] = column;
    rarities[count++] = rarity(times, texts.length);
  }
  return {
    columns: columns.slice(0, count),
    rarity: rarities.slice(0, count),
    unseen: Math.fround(rarity(0, texts.length)),
  };
}

/** Smoothed inverse document frequency. */
function rarity(seen: number, texts: number): number {
  return Math.log((1 + texts) / (1 + seen)) + 1;
}

function* fitMeaning(embeddings: readonly Float32Array[], dimensions: number, random: () => number): Steps<Meaning> {
  const sum = new Float64Array(dimensions);
  for (const [index, embedding] of embeddings.entries()) {
    for (let at = 0; at < dimensions; at++) sum[at] = (sum[at] ?? 0) + (embedding[at] ?? 0) / embeddings.length;
    if (index % textsPerStep === 0) yield;
  }
  const centre = Float32Array.from(sum);
  let square = 0;
  const centred: Float32Array[] = [];
  for (const embedding of embeddings) {
    const moved = embedding.map((value, at) => value - (centre[at] ?? 0));
    for (const value of moved) square += value ** 2 / embeddings.length;
    centred.push(moved);
    if (centred.length % textsPerStep === 0) yield;
  }
  const clusters = Math.max(1, Math.min(maxClusters, Math.floor(embeddings.length / textsPerCluster)));
  return {
    dimensions,
    centre,
    scale: square > 0 ? Math.fround(1 / Math.sqrt(square)) : 1,
    components: yield* fitComponents(centred, dimensions, componentCount, random),
    centroids: yield* fitCentroids(embeddings, dimensions, clusters, random),
  };
}
