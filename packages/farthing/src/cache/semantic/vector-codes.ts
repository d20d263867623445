import { blockRows, createVectorKernel, type VectorKernel } from './vector-kernel.js';

/** How many blocks are bounded at once: what the results of one step take stays within the first caches. */
export const stepBlocks = 512;

/** The int8 codes of all vectors of one embedder, in blocks, and the bounds that follow from them. */
export interface VectorCodes {
  readonly dimensions: number;
  readonly kind: VectorKernel['kind'];
  /** A block of empty rows, by its address. */
  readonly allocate: () => number;
  readonly free: (block: number) => void;
  readonly write: (block: number, row: number, vector: Float32Array) => void;
  /** Makes a row one that nothing is like. */
  readonly clear: (block: number, row: number) => void;
  /** Says what the next bounds are about. */
  readonly ask: (query: Float32Array) => void;
  /** Bounds the rows of at most {@link stepBlocks} blocks. What it answers is valid until the next call. */
  readonly bound: (blocks: Int32Array) => Bounds;
  /** What to add to the same blocks' bounds to make them a hundred times tighter. */
  readonly refine: (blocks: Int32Array) => Bounds;
}

/** No row is more similar to the query than its bound and the slack say together. */
export interface Bounds {
  /** {@link blockRows} for each block, in order. */
  readonly rows: Float32Array;
  /** The largest of each block. */
  readonly blocks: Float32Array;
  /** What rounding took from the query itself; counts once. */
  readonly slack: number;
}

/** How many blocks are reserved at once. */
const segmentBlocks = 64;
const largestCode = 127;
/** Float32 rounding in the kernel, with room. */
const rounding = 1e-6;
/** Above the largest length of a vector (`lengthTolerance`), and of its codes. */
const [longest, longestCoded] = [1.002, 1.1];

/**
 * Codes in a kernel's memory. A row `v` is kept as `scale × codes`, and beside it the length of what rounding took from
 * it, its margin: by Cauchy and Schwarz `u · v ≤ u · codes × scale + |u| × margin`, so a row whose bound is under what
 * has been found exactly needs no second look, and an exact scan reads a quarter of the memory. What rounding took is
 * kept as codes too, in a second half of each block: where all vectors are alike, the first bounds rule out little.
 */
export function createVectorCodes(dimensions: number, kernel: VectorKernel = createVectorKernel()): VectorCodes {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 16_384)
    throw new RangeError(`Expected between 1 and 16384 dimensions, got ${dimensions}.`);
  const groups = Math.ceil(dimensions / 8);
  const halfBytes = groups * 64 + blockRows * 8;
  // The second halves stand apart: the first ones are read in one go.
  const fineOffset = segmentBlocks * halfBytes;
  // No sum of products passes 31 bits.
  const largestPart = Math.min(32_767, Math.floor((2 ** 31 - 1) / (largestCode * groups * 8)));

  const [query, list] = [0, groups * 16];
  const maxima = list + stepBlocks * 4;
  const bounds = maxima + stepBlocks * 4;
  let end = Math.ceil((bounds + stepBlocks * blockRows * 4) / 64) * 64;
  const free: number[] = [];
  const rest = new Float64Array(dimensions);
  let queryScale = 0;
  let querySlack = 0;

  let buffer = kernel.buffer();
  let [bytes, floats] = [new Int8Array(buffer), new Float32Array(buffer)];
  const reserve = (needed: number): void => {
    const missing = needed - buffer.byteLength;
    // By an eighth, and a megabyte at least: growing is cheap, and what is not touched takes no memory.
    if (missing > 0) kernel.grow(Math.max(missing, buffer.byteLength >> 3, 1 << 20));
    buffer = kernel.buffer();
    [bytes, floats] = [new Int8Array(buffer), new Float32Array(buffer)];
  };
  reserve(end);

  const setFactors = (half: number, row: number, scale: number, margin: number): void => {
    const factors = ((half + groups * 64) >> 2) + row;
    floats[factors] = scale;
    floats[factors + blockRows] = margin;
  };
  const clear = (block: number, row: number): void => {
    setFactors(block, row, 0, Number.NEGATIVE_INFINITY);
    setFactors(block + fineOffset, row, 0, 0);
  };
  const addSegment = (): number => {
    const start = end;
    reserve(end + 2 * fineOffset);
    end += 2 * fineOffset;
    for (let index = segmentBlocks - 1; index > 0; index--) free.push(start + index * halfBytes);
    return start;
  };
  const boundHalves = (blocks: Int32Array, offset: number): Bounds => {
    const count = blocks.length;
    const addresses = new Int32Array(buffer, list, count);
    for (let index = 0; index < count; index++) addresses[index] = (blocks[index] ?? 0) + offset;
    kernel.bound({ list, count, query, groups, queryScale, bounds, maxima });
    return {
      rows: new Float32Array(buffer, bounds, count * blockRows),
      blocks: new Float32Array(buffer, maxima, count),
      slack: querySlack,
    };
  };
  return {
    dimensions,
    kind: kernel.kind,
    allocate: () => {
      const block = free.pop() ?? addSegment();
      for (let row = 0; row < blockRows; row++) clear(block, row);
      return block;
    },
    free: (block) => {
      free.push(block);
    },
    write: (block, row, vector) => {
      rest.set(vector);
      const scale = largestOf(rest) / largestCode;
      const margin = encodeRow(rest, scale, bytes, block + row * 8) * longest + rounding;
      setFactors(block, row, scale, margin);
      // Rounding took half a scale at most.
      const restScale = scale / 2 / largestCode;
      const restMargin = encodeRow(rest, restScale, bytes, block + fineOffset + row * 8) * longest + 2 * rounding;
      setFactors(block + fineOffset, row, restScale, restMargin - margin);
    },
    clear,
    ask: (vector) => {
      rest.set(vector);
      queryScale = largestOf(rest) / largestPart;
      querySlack = encodeQuery(rest, queryScale, new Int16Array(buffer, query, groups * 8)) * longestCoded;
    },
    bound: (blocks) => boundHalves(blocks, 0),
    refine: (blocks) => boundHalves(blocks, fineOffset),
  };
}

/**
 * Rounds values to codes, eight at a time, between those of the seven other rows. Leaves what that takes from the values
 * in their place, and answers its length.
 */
function encodeRow(values: Float64Array, scale: number, bytes: Int8Array, from: number): number {
  const inverse = 1 / scale;
  let squares = 0;
  for (let start = 0, at = from; start < values.length; start += 8, at += 64) {
    const end = Math.min(start + 8, values.length);
    for (let index = start; index < end; index++) {
      const value = values[index] ?? 0;
      // Rounds to the nearest: what is truncated is positive.
      const code = ((value * inverse + 128.5) | 0) - 128;
      const lost = value - code * scale;
      squares += lost * lost;
      bytes[at + index - start] = code;
      values[index] = lost;
    }
  }
  return Math.sqrt(squares);
}

/** The same for a query, whose parts stand side by side. */
function encodeQuery(values: Float64Array, scale: number, parts: Int16Array): number {
  const inverse = 1 / scale;
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    const part = ((value * inverse + 32_768.5) | 0) - 32_768;
    squares += (value - part * scale) ** 2;
    parts[index] = part;
  }
  return Math.sqrt(squares);
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    const size = Math.abs(values[index] ?? 0);
    if (size > largest) largest = size;
  }
  return largest;
}
