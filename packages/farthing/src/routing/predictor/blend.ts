import { boostSettings, fitForest } from './boosted-trees.js';
import { type Forest, predictForest } from './forest.js';
import { fitRecursiveRidge, type RecursiveRidge, updateRidge } from './recursive-ridge.js';
import type { Row, RowMeaning } from './row.js';
import { fitSparseRidge, type LinearWeights } from './sparse-ridge.js';
import type { Steps } from './steps.js';

/** What predicts one number from a row: a mean of ridges and trees, of which those that read an embedding may be missing. */
export interface Blend {
  /** Ridge on [D,W]. */
  readonly words: LinearWeights;
  /** Trees on D; missing where the ridges have all the weight. */
  readonly denseTrees: Forest | undefined;
  readonly meaning: MeaningParts | undefined;
}

/** The parts that read an embedding. */
export interface MeaningParts {
  /** How much of the weight beside `words` the trees have; the ridges have the rest. */
  readonly treeShare: number;
  /** Ridge on [E,D] and ridge on [C]; missing where the trees have all the weight. */
  readonly linear: Ridge | undefined;
  readonly clusters: Ridge | undefined;
  /** Trees on [P,D] and on [C,D]; missing where the ridges have all the weight. */
  readonly componentTrees: Forest | undefined;
  readonly clusterTrees: Forest | undefined;
}

/** Single-precision weights to predict with, the intercept first; the covariance is missing in one that was loaded. */
export interface Ridge {
  readonly weights: Float32Array;
  readonly state: RecursiveRidge | undefined;
}

/** Penalties of the ridges (`research/router-embeddings.md` §7). */
const penalties = { words: 3, linear: 10, clusters: 10 };
/**
 * Up to how many rows the ridges have all the weight, and from how many on the trees have it. The study switched at 1,000;
 * cross-validation on its development half favours trees from some hundred on, so the change is gradual.
 */
const transition = { from: 300, to: 1000 };

/** The weight of the trees among the parts that read an embedding, by the rows learned from. */
export function treeShareOf(rows: number): number {
  return Math.max(0, Math.min(1, (rows - transition.from) / (transition.to - transition.from)));
}

/** Fits all parts to at least one row. */
export function* fitBlend(
  rows: readonly Row[],
  targets: Float64Array,
  columns: number,
  random: () => number,
): Steps<Blend> {
  const settings = boostSettings(rows.length);
  const trees = (table: Float32Array[], told: ArrayLike<number>) => fitForest(table, told, settings, random);
  const raw = rows.map((row) => row.raw);
  const words = yield* fitSparseRidge(
    rows.map((row) => row.words),
    targets,
    penalties.words,
    columns,
  );
  yield;
  const known = [...rows.keys()].filter((index) => rows[index]?.meaning);
  if (known.length === 0 || known.length < rows.length / 2)
    return { words, denseTrees: yield* trees(raw, targets), meaning: undefined };
  const treeShare = treeShareOf(rows.length);
  const denseTrees = treeShare === 0 ? undefined : yield* trees(raw, targets);
  const meanings = known.flatMap((index) => rows[index]?.meaning ?? []);
  const told = Float64Array.from(known, (index) => targets[index] ?? 0);
  const meaning = yield* fitMeaningParts(meanings, told, treeShare, trees);
  return { words, denseTrees, meaning };
}

function* fitMeaningParts(
  rows: readonly RowMeaning[],
  targets: Float64Array,
  treeShare: number,
  trees: (table: Float32Array[], told: ArrayLike<number>) => Steps<Forest>,
): Steps<MeaningParts> {
  const ridge = function* (table: Float32Array[], penalty: number): Steps<Ridge | undefined> {
    if (treeShare === 1) return undefined;
    const state = yield* fitRecursiveRidge(table, targets, penalty, table[0]?.length ?? 0);
    return { state, weights: Float32Array.from(state.weights) };
  };
  const forest = function* (table: Float32Array[]): Steps<Forest | undefined> {
    return treeShare === 0 ? undefined : yield* trees(table, targets);
  };
  return {
    treeShare,
    linear: yield* ridge(
      rows.map((row) => row.linear),
      penalties.linear,
    ),
    clusters: yield* ridge(
      rows.map((row) => row.clusters),
      penalties.clusters,
    ),
    componentTrees: yield* forest(rows.map((row) => row.componentTree)),
    clusterTrees: yield* forest(rows.map((row) => row.clusterTree)),
  };
}

/**
 * What the blend predicts: the mean of the ridge on words and the dense trees; with an embedding, of the ridge on words
 * and two more ridges (few rows) or three forests (many). A row without the embedding gets what the words tell.
 */
export function predictBlend({ words, denseTrees, meaning }: Blend, row: Row): number {
  let sum = words.intercept;
  const { columns, values } = row.words;
  for (let at = 0; at < columns.length; at++) sum += (words.weights[columns[at] ?? 0] ?? 0) * (values[at] ?? 0);
  const dense = denseTrees && predictForest(denseTrees, row.raw);
  if (!meaning || !row.meaning) return dense === undefined ? sum : (sum + dense) / 2;
  const { treeShare, linear, clusters, componentTrees, clusterTrees } = meaning;
  let [ridges, trees] = [0, dense ?? 0];
  if (linear) ridges += predictRidge(linear.weights, row.meaning.linear);
  if (clusters) ridges += predictRidge(clusters.weights, row.meaning.clusters);
  if (componentTrees) trees += predictForest(componentTrees, row.meaning.componentTree);
  if (clusterTrees) trees += predictForest(clusterTrees, row.meaning.clusterTree);
  return (sum + (1 - treeShare) * ridges + treeShare * trees) / (3 + treeShare);
}

/** Lets the ridges that can be updated exactly take one more row, in place; the other parts wait for the next refit. */
export function updateBlend({ meaning }: Blend, row: Row, target: number): void {
  if (!row.meaning) return;
  for (const [ridge, values] of [
    [meaning?.linear, row.meaning.linear],
    [meaning?.clusters, row.meaning.clusters],
  ] as const) {
    if (!ridge?.state) continue;
    updateRidge(ridge.state, values, target);
    ridge.weights.set(ridge.state.weights);
  }
}

function predictRidge(weights: Float32Array, row: Float32Array): number {
  let sum = weights[0] ?? 0;
  for (let at = 0; at < row.length; at++) sum += (weights[at + 1] ?? 0) * (row[at] ?? 0);
  return sum;
}
