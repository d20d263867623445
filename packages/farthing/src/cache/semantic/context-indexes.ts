import { createExactIndex, type ExactIndex } from './exact-index.js';
import { createGraphIndex, type GraphIndex } from './graph-index.js';
import { type GraphModule, loadGraphModule } from './graph-module.js';
import { createVectorCodes, type VectorCodes } from './vector-codes.js';
import type { Accepts, Neighbour } from './vector-index.js';

/** Many indexes, one for each context: what is not in the same context is never found. */
export interface ContextIndexes {
  /** Over all contexts. */
  readonly size: number;
  readonly contexts: number;
  /** @throws RangeError when it is no unit vector, the id is taken in its context, or there is no room */
  readonly add: (context: string, id: number, vector: Float32Array) => void;
  readonly remove: (context: string, id: number) => void;
  /** Whether there is anything in a context. */
  readonly has: (context: string) => boolean;
  /** At most `count`, the most similar first, of those accepted. @throws RangeError when it is no unit vector */
  readonly nearest: (context: string, vector: Float32Array, count: number, accepts?: Accepts) => readonly Neighbour[];
  readonly close: () => void;
}

/** What the indexes are made of. */
export interface ContextIndexesOptions {
  readonly dimensions: number;
  /** Over all contexts. */
  readonly maxEntries: number;
  /** Called once when a graph would serve better and `hnswlib-node` is not there. */
  readonly onNoGraph: () => void;
  /** The size of a context from which a graph serves. @default graphFrom */
  readonly graphFrom?: number;
  readonly loadGraph?: () => Promise<GraphModule | undefined>;
  readonly codes?: VectorCodes;
}

/**
 * Where a graph begins to pay. Measured with 384 dimensions on one shared core (`npm run bench -- vector-index`): the
 * exact scan takes 0.2 ms for 10,000 vectors, 0.6 ms for 30,000 and 1 ms for 50,000; a graph 0.3 ms at any of these
 * sizes, and besides 1 ms of processor time for each insert and twice the memory, which the exact scan does not.
 */
export const graphFrom = 30_000;

interface Context {
  readonly exact: ExactIndex;
  graph: GraphIndex | undefined;
}

/** Indexes that share one memory of codes: exact while a context is small, with a graph where it is large. */
export function createContextIndexes({
  dimensions,
  maxEntries,
  onNoGraph,
  graphFrom: from = graphFrom,
  loadGraph = loadGraphModule,
  codes = createVectorCodes(dimensions),
}: ContextIndexesOptions): ContextIndexes {
  const contexts = new Map<string, Context>();
  let size = 0;
  let asked = false;
  let module: GraphModule | undefined;
  let closed = false;

  const load = async (): Promise<void> => {
    module = await loadGraph();
    if (!module) onNoGraph();
    else for (const context of contexts.values()) grow(context);
  };
  /** Gives a large context a graph, and takes it from one that has shrunk to half. */
  const grow = (context: Context): void => {
    if (context.graph && context.exact.size < from / 2) {
      context.graph.close();
      context.graph = undefined;
    }
    if (context.graph || closed || context.exact.size < from) return;
    if (module) context.graph = createGraphIndex({ exact: context.exact, codes, module });
    else if (!asked) {
      asked = true;
      void load();
    }
  };
  return {
    get size() {
      return size;
    },
    get contexts() {
      return contexts.size;
    },
    add: (key, id, vector) => {
      if (size >= maxEntries) throw new RangeError(`Expected at most ${maxEntries} vectors, got one more.`);
      const context: Context = contexts.get(key) ?? { exact: createExactIndex(codes), graph: undefined };
      (context.graph ?? context.exact).add(id, vector);
      contexts.set(key, context);
      size++;
      grow(context);
    },
    remove: (key, id) => {
      const context = contexts.get(key);
      if (!context) return;
      const before = context.exact.size;
      (context.graph ?? context.exact).remove(id);
      size -= before - context.exact.size;
      grow(context);
      if (context.exact.size > 0) return;
      context.graph?.close();
      contexts.delete(key);
    },
    has: (key) => contexts.has(key),
    nearest: (key, vector, count, accepts) => {
      const context = contexts.get(key);
      return context ? (context.graph ?? context.exact).nearest(vector, count, accepts) : [];
    },
    close: () => {
      closed = true;
      for (const { graph } of contexts.values()) graph?.close();
    },
  };
}
