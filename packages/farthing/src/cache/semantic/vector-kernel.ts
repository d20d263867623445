import { vectorKernel } from './vector-kernel.generated.js';

/** How many rows a block of codes holds. */
export const blockRows = 8;

/** What a kernel is asked: addresses in bytes, into its own memory. */
export interface BoundRequest {
  /** Where the addresses of the blocks stand, as int32. */
  readonly list: number;
  readonly count: number;
  /** Where the query's codes stand, as int16. */
  readonly query: number;
  /** Dimensions by eight. */
  readonly groups: number;
  readonly queryScale: number;
  /** Where the bounds go, eight float32 for each block, and the largest of each eight. */
  readonly bounds: number;
  readonly maxima: number;
}

/**
 * The inner loop of the exact scan, with the memory it works on. A block is: for each eight dimensions, 8 rows × 8 int8
 * codes; then 8 scales and 8 margins as float32. The bound of a row is `sum of products × scale × query scale + margin`.
 */
export interface VectorKernel {
  readonly kind: 'wasm' | 'javascript';
  /** The memory, which is another object after it has grown. */
  readonly buffer: () => ArrayBuffer;
  /** @throws RangeError when there is no more memory */
  readonly grow: (bytes: number) => void;
  readonly bound: (request: BoundRequest) => void;
}

const pageBytes = 65_536;

/** The fastest kernel this machine has: WebAssembly with SIMD, or plain JavaScript without it. */
export function createVectorKernel(kind?: VectorKernel['kind']): VectorKernel {
  if (kind === 'javascript') return javascriptKernel();
  return wasmKernel() ?? javascriptKernel();
}

/** What is used of WebAssembly; TypeScript has it among the types of browsers only. */
interface WasmSupport {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: {
    readonly initial: number;
  }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly Instance: new (
    module: object,
    imports: object,
  ) => {
    readonly exports: {
      readonly bound: (
        list: number,
        count: number,
        query: number,
        groups: number,
        queryScale: number,
        bounds: number,
        maxima: number,
      ) => void;
    };
  };
}

let compiled: object | undefined;

/** `undefined` where the machine has no WebAssembly, or none with SIMD. */
function wasmKernel(): VectorKernel | undefined {
  const { WebAssembly: wasm } = globalThis as { readonly WebAssembly?: WasmSupport }; // a global of every runtime, unless switched off
  const bytes = Uint8Array.from(atob(vectorKernel), (character) => character.charCodeAt(0));
  if (!wasm?.validate(bytes)) return undefined;
  compiled ??= new wasm.Module(bytes);
  const memory = new wasm.Memory({ initial: 1 });
  const { bound } = new wasm.Instance(compiled, { farthing: { memory } }).exports;
  return {
    kind: 'wasm',
    buffer: () => memory.buffer,
    grow: (bytes) => {
      memory.grow(Math.ceil(bytes / pageBytes));
    },
    bound: ({ list, count, query, groups, queryScale, bounds, maxima }) =>
      bound(list, count, query, groups, queryScale, bounds, maxima),
  };
}

/** The same arithmetic on a memory that is copied when it grows: about ten times slower. */
function javascriptKernel(): VectorKernel {
  let buffer = new ArrayBuffer(pageBytes);
  return {
    kind: 'javascript',
    buffer: () => buffer,
    grow: (bytes) => {
      const larger = new ArrayBuffer(buffer.byteLength + bytes);
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
    },
    bound: (request) => boundBlocks(buffer, request),
  };
}

function boundBlocks(buffer: ArrayBuffer, { list, count, query, groups, queryScale, bounds, maxima }: BoundRequest) {
  const codes = new Int8Array(buffer);
  const floats = new Float32Array(buffer);
  const blocks = new Int32Array(buffer, list, count);
  const parts = new Int16Array(buffer, query, groups * 8);
  for (let block = 0; block < count; block++) {
    const address = blocks[block] ?? 0;
    const scales = (address + groups * 64) >> 2;
    let largest = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < blockRows; row++) {
      const sum = product(codes, address + row * 8, parts);
      const bound = sum * queryScale * (floats[scales + row] ?? 0) + (floats[scales + blockRows + row] ?? 0);
      floats[(bounds >> 2) + block * blockRows + row] = bound;
      if (bound > largest) largest = bound;
    }
    floats[(maxima >> 2) + block] = largest;
  }
}

function product(codes: Int8Array, from: number, parts: Int16Array): number {
  let [even, odd] = [0, 0];
  for (let part = 0, at = from; part < parts.length; part += 8, at += 64) {
    even +=
      (codes[at] ?? 0) * (parts[part] ?? 0) +
      (codes[at + 1] ?? 0) * (parts[part + 1] ?? 0) +
      (codes[at + 2] ?? 0) * (parts[part + 2] ?? 0) +
      (codes[at + 3] ?? 0) * (parts[part + 3] ?? 0);
    odd +=
      (codes[at + 4] ?? 0) * (parts[part + 4] ?? 0) +
      (codes[at + 5] ?? 0) * (parts[part + 5] ?? 0) +
      (codes[at + 6] ?? 0) * (parts[part + 6] ?? 0) +
      (codes[at + 7] ?? 0) * (parts[part + 7] ?? 0);
  }
  return even + odd;
}
