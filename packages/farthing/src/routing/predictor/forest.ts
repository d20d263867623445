/** Trees as flat arrays, one after the other; the prediction is the base and the leaf of every tree, summed. */
export interface Forest {
  readonly base: number;
  /** The node that each tree begins at. */
  readonly roots: Int32Array;
  /** The column that a node asks for, or -1 at a leaf. */
  readonly column: Int16Array;
  /** What the value must not exceed to go left; at a leaf, what it adds. */
  readonly value: Float32Array;
  /** The left child; the right one follows it. */
  readonly left: Int32Array;
}

/** What the trees predict for a row of values. */
export function predictForest({ base, roots, column, value, left }: Forest, row: Float32Array): number {
  let sum = base;
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree] ?? 0;
    for (let asked = column[node] ?? -1; asked >= 0; asked = column[node] ?? -1)
      node = (left[node] ?? 0) + ((row[asked] ?? 0) <= (value[node] ?? 0) ? 0 : 1);
    sum += value[node] ?? 0;
  }
  return sum;
}
