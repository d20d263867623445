import type { Steps } from './steps.js';

/** Bins of a column at most; 64 lose nothing against 255 on the data of `bench/router.ts`. */
export const maxBins = 64;

/** A table cut into bins, column by column: all that growing trees reads. */
export interface Bins {
  readonly rows: number;
  readonly columns: number;
  /** The bin of row r in column c stands at c · rows + r. */
  readonly cells: Uint8Array;
  /** For each column, ascending: a value belongs to the first bin whose edge it doesn't exceed, else to the last. */
  readonly edges: readonly Float32Array[];
}

/** Cuts each column at its quantiles; a column with few values gets a bin for each. */
export function* fitBins(table: readonly Float32Array[]): Steps<Bins> {
  const rows = table.length;
  const columns = table[0]?.length ?? 0;
  const cells = new Uint8Array(rows * columns);
  const edges: Float32Array[] = [];
  const values = new Float32Array(rows);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) values[row] = table[row]?.[column] ?? 0;
    const cuts = edgesOf(values.slice().sort());
    for (let row = 0; row < rows; row++) cells[column * rows + row] = binOf(cuts, values[row] ?? 0);
    edges.push(cuts);
    yield;
  }
  return { rows, columns, cells, edges };
}

function edgesOf(sorted: Float32Array): Float32Array {
  const cuts: number[] = [];
  const distinct: number[] = [];
  for (const value of sorted) if (distinct.length === 0 || distinct.at(-1) !== value) distinct.push(value);
  if (distinct.length <= maxBins) {
    for (let at = 1; at < distinct.length; at++) cuts.push(between(distinct[at - 1] ?? 0, distinct[at] ?? 0));
    return Float32Array.from(cuts);
  }
  for (let bin = 1; bin < maxBins; bin++) {
    const place = Math.floor((bin * sorted.length) / maxBins);
    const [below, above] = [sorted[place - 1] ?? 0, sorted[place] ?? 0];
    const cut = below === above ? below : between(below, above);
    if (cuts.length === 0 || cut > (cuts.at(-1) ?? 0)) cuts.push(cut);
  }
  return Float32Array.from(cuts);
}

/** A value that is at least the one and below the other, also as a single float. */
function between(below: number, above: number): number {
  const middle = Math.fround((below + above) / 2);
  return middle >= below && middle < above ? middle : below;
}

function binOf(edges: Float32Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
