import { stepBlocks, type VectorCodes } from './vector-codes.js';
import { type Neighbour, requireUnitVector, type VectorIndex } from './vector-index.js';
import { blockRows } from './vector-kernel.js';

/** An exact index also lends its vectors, and gives its memory back. */
export interface ExactIndex extends VectorIndex {
  readonly ids: () => IterableIterator<number>;
  readonly vector: (id: number) => Float32Array | undefined;
  /** Gives its blocks back; the index is then empty. */
  readonly clear: () => void;
}

/**
 * Finds the nearest vectors exactly: codes rule out what can't be among them, and what is left is compared in full.
 * Several indexes may share one memory of codes. Rows stand close: the last one moves to where one is removed.
 */
export function createExactIndex(codes: VectorCodes): ExactIndex {
  const rowOf = new Map<number, number>();
  const ids: number[] = [];
  const vectors: Float32Array[] = [];
  let blocks = new Int32Array(4);

  const blockOf = (row: number): number => blocks[Math.floor(row / blockRows)] ?? 0;
  const place = (row: number, id: number, vector: Float32Array): void => {
    codes.write(blockOf(row), row % blockRows, vector);
    rowOf.set(id, row);
    ids[row] = id;
    vectors[row] = vector;
  };
  const addBlock = (index: number): void => {
    if (index === blocks.length) {
      const longer = new Int32Array(2 * blocks.length);
      longer.set(blocks);
      blocks = longer;
    }
    blocks[index] = codes.allocate();
  };
  return {
    get size() {
      return ids.length;
    },
    ids: () => rowOf.keys(),
    vector: (id) => vectors[rowOf.get(id) ?? -1],
    add: (id, vector) => {
      requireUnitVector(vector, codes.dimensions);
      if (rowOf.has(id)) throw new RangeError(`Expected a new id, got ${id}, which is there.`);
      const row = ids.length;
      if (row % blockRows === 0) addBlock(row / blockRows);
      place(row, id, vector);
    },
    remove: (id) => {
      const row = rowOf.get(id);
      const [lastId, last] = [ids.at(-1), vectors.at(-1)];
      if (row === undefined || lastId === undefined || !last) return;
      const end = ids.length - 1;
      if (row !== end) place(row, lastId, last);
      rowOf.delete(id);
      ids.pop();
      vectors.pop();
      if (end % blockRows === 0) codes.free(blockOf(end));
      else codes.clear(blockOf(end), end % blockRows);
    },
    nearest: (vector, count, accepts) => {
      requireUnitVector(vector, codes.dimensions);
      if (count < 1 || ids.length === 0) return [];
      codes.ask(vector);
      const best = new Best(Math.min(count, ids.length));
      const used = Math.ceil(ids.length / blockRows);
      for (let from = 0; from < used; from += stepBlocks)
        scan(codes, blocks.subarray(from, Math.min(used, from + stepBlocks)), best, (at) => {
          const row = from * blockRows + at;
          const id = ids[row];
          if (id !== undefined && (!accepts || accepts(id))) best.offer(id, dot(vector, vectors[row]));
        });
      return best.found;
    },
    clear: () => {
      for (let index = 0; index * blockRows < ids.length; index++) codes.free(blocks[index] ?? 0);
      rowOf.clear();
      ids.length = 0;
      vectors.length = 0;
    },
  };
}

/**
 * Compares the most promising blocks in full, as many as answers are wanted; of the others, what these and the tighter
 * bounds leave over.
 */
function scan(codes: VectorCodes, blocks: Int32Array, best: Best, compare: (row: number) => void): void {
  const { rows, blocks: maxima, slack } = codes.bound(blocks);
  for (let round = 0; round < best.count; round++) {
    const block = indexOfLargest(maxima);
    if ((maxima[block] ?? 0) + slack <= best.least) return;
    for (let row = block * blockRows; row < (block + 1) * blockRows; row++)
      if ((rows[row] ?? 0) + slack > best.least) compare(row);
    maxima[block] = Number.NEGATIVE_INFINITY;
  }
  const left: number[] = [];
  for (let block = 0; block < maxima.length; block++) if ((maxima[block] ?? 0) + slack > best.least) left.push(block);
  if (left.length === 0) return;
  // The next answer takes the place of this one.
  const coarse = rows.slice();
  const fine = codes.refine(Int32Array.from(left, (block) => blocks[block] ?? 0)).rows;
  left.forEach((block, index) => {
    for (let row = 0; row < blockRows; row++) {
      const bound = (coarse[block * blockRows + row] ?? 0) + (fine[index * blockRows + row] ?? 0);
      if (bound + slack > best.least) compare(block * blockRows + row);
    }
  });
}

function indexOfLargest(values: Float32Array): number {
  let largest = 0;
  for (let index = 1; index < values.length; index++)
    if ((values[index] ?? 0) > (values[largest] ?? 0)) largest = index;
  return largest;
}

/** The best so far, the most similar first. */
class Best {
  readonly found: Neighbour[] = [];
  /** What another must pass. */
  least: number = Number.NEGATIVE_INFINITY;
  /** How many are wanted. */
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  offer(id: number, similarity: number): void {
    if (similarity <= this.least) return;
    const { found } = this;
    if (found.length === this.count) found.pop();
    let at = found.length;
    while (at > 0 && (found[at - 1]?.similarity ?? 0) < similarity) at--;
    found.splice(at, 0, { id, similarity });
    if (found.length === this.count) this.least = found[found.length - 1]?.similarity ?? this.least;
  }
}

/** The scalar product; of unit vectors, the cosine. Four sums, so that no addition waits for the one before. */
export function dot(left: Float32Array, right: Float32Array | undefined): number {
  if (!right) return Number.NEGATIVE_INFINITY;
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = left.length & ~3;
  for (let index = 0; index < whole; index += 4) {
    a += (left[index] ?? 0) * (right[index] ?? 0);
    b += (left[index + 1] ?? 0) * (right[index + 1] ?? 0);
    c += (left[index + 2] ?? 0) * (right[index + 2] ?? 0);
    d += (left[index + 3] ?? 0) * (right[index + 3] ?? 0);
  }
  for (let index = whole; index < left.length; index++) a += (left[index] ?? 0) * (right[index] ?? 0);
  return a + b + c + d;
}
