import { createExactIndex, dot, type ExactIndex } from './exact-index.js';
import type { GraphModule, NativeGraph } from './graph-module.js';
import type { VectorCodes } from './vector-codes.js';
import { type Neighbour, requireUnitVector, type VectorIndex } from './vector-index.js';

/** What a graph index is made of. */
export interface GraphIndexOptions {
  /** All vectors. It goes on holding them: it serves until the graph is built, and what the graph does not hold yet. */
  readonly exact: ExactIndex;
  readonly codes: VectorCodes;
  readonly module: GraphModule;
  /** Calls back later, after so many milliseconds. */
  readonly later?: (waitMs: number, callback: () => void) => void;
}

/** A graph over an exact index. */
export interface GraphIndex extends VectorIndex {
  /** How many vectors the graph itself holds, dead ones left out. */
  readonly built: number;
  /** Ends the building; the exact index goes on as it is. */
  readonly close: () => void;
}

const [links, efConstruction, efSearch, seed] = [16, 200, 100, 1];
/** A graph with more dead nodes than this is built anew: its searches get slower and find less. */
const largestDeadShare = 0.25;
/** One insert takes about a millisecond, so that a slice ends after two at most; then others have twice the time. */
const [sliceMs, restFactor] = [1, 2];

/** One hnswlib graph and what it holds. A label is used once: a node that was deleted can't come back. */
class Graph {
  readonly #native: NativeGraph;
  readonly #labelOf = new Map<number, number>();
  readonly #idOf: number[] = [];
  #capacity: number;

  constructor(module: GraphModule, dimensions: number, capacity: number) {
    this.#native = new module.HierarchicalNSW('ip', dimensions);
    this.#capacity = capacity;
    this.#native.initIndex(capacity, links, efConstruction, seed);
    this.#native.setEf(efSearch);
  }

  get size(): number {
    return this.#labelOf.size;
  }

  get deadShare(): number {
    return 1 - this.#labelOf.size / Math.max(1, this.#idOf.length);
  }

  has(id: number): boolean {
    return this.#labelOf.has(id);
  }

  add(id: number, vector: Float32Array): void {
    const label = this.#idOf.length;
    if (label === this.#capacity) {
      const larger = Math.ceil(this.#capacity * 1.25);
      this.#native.resizeIndex(larger);
      this.#capacity = larger;
    }
    this.#native.addPoint(Array.from(vector), label);
    this.#idOf.push(id);
    this.#labelOf.set(id, label);
  }

  remove(id: number): void {
    const label = this.#labelOf.get(id);
    if (label === undefined) return;
    this.#native.markDelete(label);
    this.#labelOf.delete(id);
  }

  nearest(vector: Float32Array, count: number): readonly number[] {
    if (this.size === 0) return [];
    const { neighbors } = this.#native.searchKnn(Array.from(vector), Math.min(count, this.size));
    return neighbors.map((label) => this.#idOf[label] ?? -1);
  }
}

/**
 * Searches a graph (HNSW, Malkov and Yashunin 2018, arXiv:1603.09320) instead of every vector. Adding costs what it
 * costs the exact index: the graph takes vectors over in slices off the caller's path, and until it has one the exact
 * scan covers it. Removed nodes are marked, never replaced, which is seven times an insert; a graph with too many of
 * them is built anew beside the old one.
 */
export function createGraphIndex({ exact, codes, module, later = afterMs }: GraphIndexOptions): GraphIndex {
  /** What is in `exact` and not in `serving`. */
  const waiting = createExactIndex(codes);
  let serving: Graph | undefined;
  let building: { readonly graph: Graph; readonly ids: Iterator<number> } | undefined;
  let scheduled = false;
  let closed = false;

  const begin = (): void => {
    const graph = new Graph(module, codes.dimensions, Math.ceil(exact.size * 1.25) + 1000);
    building = { graph, ids: [...exact.ids()].values() };
  };
  /** Takes one vector over; answers whether there is more to do. */
  const step = (): boolean => {
    if (building) {
      const { graph, ids } = building;
      const { value: id, done } = ids.next();
      const vector = done ? undefined : exact.vector(id);
      if (vector) graph.add(id, vector);
      if (!done) return true;
      serving = graph;
      building = undefined;
      for (const each of [...waiting.ids()]) if (graph.has(each)) waiting.remove(each);
    }
    const { value: id, done } = waiting.ids().next();
    const vector = done ? undefined : exact.vector(id);
    if (!vector || !serving || done) return false;
    serving.add(id, vector);
    waiting.remove(id);
    return waiting.size > 0;
  };
  const work = (): void => {
    scheduled = false;
    if (closed) return;
    const start = performance.now();
    let more = true;
    while (more && performance.now() - start < sliceMs) more = step();
    if (more) schedule((performance.now() - start) * restFactor);
  };
  const schedule = (waitMs: number): void => {
    if (scheduled || closed) return;
    scheduled = true;
    later(waitMs, work);
  };

  begin();
  schedule(0);
  return {
    get size() {
      return exact.size;
    },
    get built() {
      return serving?.size ?? 0;
    },
    add: (id, vector) => {
      exact.add(id, vector);
      // While the first graph is built, the exact index covers everything.
      waiting.add(id, vector);
      schedule(0);
    },
    remove: (id) => {
      exact.remove(id);
      waiting.remove(id);
      serving?.remove(id);
      building?.graph.remove(id);
      if (serving && !building && serving.deadShare > largestDeadShare) {
        begin();
        schedule(0);
      }
    },
    nearest: (vector, count, accepts) => {
      if (!serving) return exact.nearest(vector, count, accepts);
      requireUnitVector(vector, codes.dimensions);
      if (count < 1) return [];
      const found: Neighbour[] = [...waiting.nearest(vector, count, accepts)];
      for (const id of serving.nearest(vector, count)) {
        const other = exact.vector(id);
        // The graph can't pass by what is not accepted; that is rare, and the exact scan can.
        if (accepts && !accepts(id)) return exact.nearest(vector, count, accepts);
        if (other) found.push({ id, similarity: dot(vector, other) });
      }
      return found.sort((a, b) => b.similarity - a.similarity).slice(0, count);
    },
    close: () => {
      closed = true;
      waiting.clear();
      serving = undefined;
      building = undefined;
    },
  };
}

/** Keeps no process alive. */
function afterMs(waitMs: number, callback: () => void): void {
  const timer: { unref?: () => void } = setTimeout(callback, waitMs);
  timer.unref?.();
}
