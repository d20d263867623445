import { type Bins, fitBins } from './bins.js';
import { shuffled } from './draw.js';
import type { Forest } from './forest.js';
import type { Steps } from './steps.js';
import { growTree, type TreeLimits, type TreeNode } from './tree-growth.js';

/** How trees are boosted. */
export interface BoostSettings extends TreeLimits {
  readonly rounds: number;
  /** How much of what a tree predicts is added. */
  readonly rate: number;
  /** Share of the rows and of the columns that each tree learns from. */
  readonly rowShare: number;
  readonly columnShare: number;
}

/** The constants of the study (`research/router-embeddings.md` §7): fewer and smaller trees where there are few rows. */
export function boostSettings(rows: number): BoostSettings {
  const common = { rate: 0.03, rowShare: 0.7, columnShare: 0.3, penalty: 5 };
  return rows < 600
    ? { ...common, rounds: 80, leaves: 7, rowsPerLeaf: 15 }
    : { ...common, rounds: 150, leaves: 15, rowsPerLeaf: 30 };
}

/** Gradient boosting of the squared error (Friedman 2001) with random rows and columns for each tree. */
export function* fitForest(
  table: readonly Float32Array[],
  targets: ArrayLike<number>,
  settings: BoostSettings,
  random: () => number,
): Steps<Forest> {
  const bins = yield* fitBins(table);
  let base = 0;
  for (let row = 0; row < bins.rows; row++) base += (targets[row] ?? 0) / bins.rows;
  const residuals = Float64Array.from({ length: bins.rows }, (_, row) => (targets[row] ?? 0) - base);
  const forest: { roots: number[]; column: number[]; value: number[]; left: number[] } = {
    roots: [],
    column: [],
    value: [],
    left: [],
  };
  const rowCount = Math.ceil(settings.rowShare * bins.rows);
  const columnCount = Math.ceil(settings.columnShare * bins.columns);
  for (let round = 0; round < settings.rounds; round++) {
    const order = shuffled(bins.rows, random).slice(0, rowCount).sort();
    const columns = shuffled(bins.columns, random).slice(0, columnCount).sort();
    const tree = yield* growTree(bins, residuals, order, columns, settings);
    if (tree.length === 1) continue;
    learn(bins, tree, settings.rate, residuals);
    yield;
    const root = forest.column.length;
    forest.roots.push(root);
    for (const { split, value } of tree) {
      forest.column.push(split ? split.column : -1);
      forest.value.push(split ? (bins.edges[split.column]?.[split.bin] ?? 0) : settings.rate * value);
      forest.left.push(split ? root + split.left : 0);
    }
  }
  return {
    base,
    roots: Int32Array.from(forest.roots),
    column: Int16Array.from(forest.column),
    value: Float32Array.from(forest.value),
    left: Int32Array.from(forest.left),
  };
}

/** Takes from all residuals what the tree explains of them. */
function learn({ cells, rows }: Bins, tree: readonly TreeNode[], rate: number, residuals: Float64Array): void {
  for (let row = 0; row < rows; row++) {
    let node = tree[0];
    while (node?.split) {
      const { column, bin, left } = node.split;
      node = tree[left + ((cells[column * rows + row] ?? 0) <= bin ? 0 : 1)];
    }
    residuals[row] = (residuals[row] ?? 0) - rate * (node?.value ?? 0);
  }
}
