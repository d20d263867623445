import { type Bins, maxBins } from './bins.js';
import type { Steps } from './steps.js';

/** How far a tree may grow. */
export interface TreeLimits {
  readonly leaves: number;
  readonly rowsPerLeaf: number;
  /** Added to the rows of a leaf when its value is the mean of their residuals. */
  readonly penalty: number;
}

/** A node of a grown tree. */
export interface TreeNode {
  /** The column and the last bin that goes left, where it is split. */
  split: { readonly column: number; readonly bin: number; readonly left: number } | undefined;
  /** What it predicts as a leaf. */
  readonly value: number;
}

/** A node that may still be split. */
interface OpenNode {
  readonly node: number;
  /** Its rows in the shared order. */
  readonly from: number;
  readonly to: number;
  readonly sum: number;
  /** Sum of residuals and count of rows for each bin of each column. */
  readonly histogram: Float64Array;
  readonly best: Split | undefined;
}

interface Split {
  readonly gain: number;
  readonly column: number;
  readonly bin: number;
}

/**
 * Grows a regression tree on residuals, always splitting where the squared error falls most (leaf-wise, histogram-based:
 * Ke et al., "LightGBM", 2017). `order` lists the rows to learn from and is sorted in place; the first node is the root and
 * the children of a node are neighbours.
 */
export function* growTree(
  bins: Bins,
  residuals: Float64Array,
  order: Int32Array,
  columns: Int32Array,
  limits: TreeLimits,
): Steps<TreeNode[]> {
  const open = (node: number, from: number, to: number, histogram: Float64Array): OpenNode => {
    let sum = 0;
    for (let at = from; at < to; at++) sum += residuals[order[at] ?? 0] ?? 0;
    return { node, from, to, sum, histogram, best: bestSplit(histogram, columns, sum, to - from, limits) };
  };
  const leafOf = ({ sum, from, to }: OpenNode): TreeNode => ({
    split: undefined,
    value: sum / (to - from + limits.penalty),
  });
  const count = (from: number, to: number) => countBins(bins, residuals, order, columns, from, to);
  const root = open(0, 0, order.length, count(0, order.length));
  yield;
  const nodes = [leafOf(root)];
  const opened = [root];
  for (let leaves = 1; leaves < limits.leaves; leaves++) {
    const parent = opened.reduce((best, other) => ((other.best?.gain ?? 0) > (best.best?.gain ?? 0) ? other : best));
    if (!parent.best) break;
    opened.splice(opened.indexOf(parent), 1);
    const middle = divide(bins, order, parent, parent.best);
    // the smaller child is counted, the other one is what is left of the parent
    const isLeftSmaller = middle - parent.from <= parent.to - middle;
    const smaller = isLeftSmaller ? count(parent.from, middle) : count(middle, parent.to);
    const larger = parent.histogram;
    for (let at = 0; at < larger.length; at++) larger[at] = (larger[at] ?? 0) - (smaller[at] ?? 0);
    const [left, right] = isLeftSmaller ? [smaller, larger] : [larger, smaller];
    const children = [open(nodes.length, parent.from, middle, left), open(nodes.length + 1, middle, parent.to, right)];
    const split = { column: parent.best.column, bin: parent.best.bin, left: nodes.length };
    nodes[parent.node] = { value: 0, split };
    nodes.push(...children.map(leafOf));
    opened.push(...children);
    yield;
  }
  return nodes;
}

function countBins(
  bins: Bins,
  residuals: Float64Array,
  order: Int32Array,
  columns: Int32Array,
  from: number,
  to: number,
): Float64Array {
  const histogram = new Float64Array(columns.length * maxBins * 2);
  for (let index = 0; index < columns.length; index++) {
    const cells = bins.cells.subarray((columns[index] ?? 0) * bins.rows, ((columns[index] ?? 0) + 1) * bins.rows);
    const base = index * maxBins * 2;
    for (let at = from; at < to; at++) {
      const row = order[at] ?? 0;
      const slot = base + 2 * (cells[row] ?? 0);
      histogram[slot] = (histogram[slot] ?? 0) + (residuals[row] ?? 0);
      histogram[slot + 1] = (histogram[slot + 1] ?? 0) + 1;
    }
  }
  return histogram;
}

function bestSplit(
  histogram: Float64Array,
  columns: Int32Array,
  sum: number,
  rows: number,
  { rowsPerLeaf, penalty }: TreeLimits,
): Split | undefined {
  if (rows < 2 * rowsPerLeaf) return undefined;
  const unsplit = sum ** 2 / (rows + penalty);
  let best: Split | undefined;
  for (let index = 0; index < columns.length; index++) {
    let [leftSum, leftRows] = [0, 0];
    for (let bin = 0; bin < maxBins - 1; bin++) {
      const slot = (index * maxBins + bin) * 2;
      const inBin = histogram[slot + 1] ?? 0;
      if (inBin === 0) continue;
      leftSum += histogram[slot] ?? 0;
      leftRows += inBin;
      if (leftRows < rowsPerLeaf) continue;
      if (rows - leftRows < rowsPerLeaf) break;
      const gain = leftSum ** 2 / (leftRows + penalty) + (sum - leftSum) ** 2 / (rows - leftRows + penalty) - unsplit;
      if (gain > 1e-9 && gain > (best?.gain ?? 0)) best = { gain, column: columns[index] ?? 0, bin };
    }
  }
  return best;
}

/** Sorts the rows of a node so that those which go left come first; the place where the right ones begin. */
function divide(bins: Bins, order: Int32Array, { from, to }: OpenNode, { column, bin }: Split): number {
  const cells = bins.cells.subarray(column * bins.rows, (column + 1) * bins.rows);
  const kept = order.slice(from, to);
  let put = from;
  for (const row of kept) if ((cells[row] ?? 0) <= bin) order[put++] = row;
  const middle = put;
  for (const row of kept) if ((cells[row] ?? 0) > bin) order[put++] = row;
  return middle;
}
