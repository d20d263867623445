/** What is used of `hnswlib-node`; named here, since applications without it must compile. */
export interface GraphModule {
  readonly HierarchicalNSW: new (space: 'ip', dimensions: number) => NativeGraph;
}

/** A graph of hnswlib. Synchronous; accepts NaN and wrong dimensions in silence, so both are refused before. */
export interface NativeGraph {
  initIndex(maxElements: number, links: number, efConstruction: number, seed: number): void;
  resizeIndex(maxElements: number): void;
  setEf(ef: number): void;
  /** Takes plain arrays only. */
  addPoint(point: number[], label: number): void;
  markDelete(label: number): void;
  /** Distances are 1 − similarity. */
  searchKnn(point: number[], count: number): { readonly distances: number[]; readonly neighbors: number[] };
}

/** The optional peer; not a literal, so that a bundler of an application without it has nothing to look for. */
const peer: string = 'hnswlib-node';

/** Loads `hnswlib-node` if it is installed and compiled; `undefined` without it. */
export async function loadGraphModule(): Promise<GraphModule | undefined> {
  try {
    const loaded: GraphModule & { readonly default?: GraphModule } = await import(peer);
    return loaded.HierarchicalNSW ? loaded : loaded.default;
  } catch {
    return undefined;
  }
}
