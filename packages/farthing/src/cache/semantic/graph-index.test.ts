import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExactIndex, type ExactIndex } from './exact-index.js';
import { createGraphIndex, type GraphIndex } from './graph-index.js';
import type { GraphModule } from './graph-module.js';
import { nearTo, randomUnit } from './random-vectors.test-kit.js';
import { createVectorCodes } from './vector-codes.js';

/** `hnswlib-node` where it could be compiled: an optional dependency of the tests, not of farthing. */
function graphModule(): GraphModule | undefined {
  try {
    return createRequire(new URL('../../../../../test/package.json', import.meta.url))('hnswlib-node');
  } catch {
    return undefined;
  }
}

const module = graphModule();
const dimensions = 32;

interface Subject {
  readonly exact: ExactIndex;
  readonly graph: GraphIndex;
  /** Does some slices of the building; all there is without a number. */
  readonly build: (slices?: number) => void;
}

function subject(count: number, native: GraphModule): Subject {
  const codes = createVectorCodes(dimensions);
  const exact = createExactIndex(codes);
  for (let id = 0; id < count; id++) exact.add(id, vectorOf(id));
  const callbacks: (() => void)[] = [];
  const graph = createGraphIndex({ exact, codes, module: native, later: (_, callback) => callbacks.push(callback) });
  const build = (slices = Number.POSITIVE_INFINITY): void => {
    for (let slice = 0; slice < slices; slice++) {
      const next = callbacks.shift();
      if (!next) return;
      next();
    }
  };
  return { exact, graph, build };
}

/** Thirty topics, as questions have them. */
function vectorOf(id: number): Float32Array {
  return nearTo(randomUnit(dimensions, 1_000_000 + (id % 30)), 0.7, id);
}

function recall(exact: ExactIndex, graph: GraphIndex, queries: number): number {
  let hits = 0;
  for (let query = 0; query < queries; query++) {
    const vector = vectorOf(500_000 + query);
    const [wanted] = exact.nearest(vector, 1);
    const [got] = graph.nearest(vector, 1);
    if (got?.id === wanted?.id) hits++;
    // What it answers is exact, whether or not it is the best.
    if (got?.id === wanted?.id) expect(got?.similarity).toBe(wanted?.similarity);
  }
  return hits / queries;
}

/** Counts what a module's graphs are asked. */
function counting(native: GraphModule): { readonly module: GraphModule; readonly built: () => number } {
  let built = 0;
  class Counted extends native.HierarchicalNSW {
    override initIndex(...parameters: [number, number, number, number]): void {
      built++;
      super.initIndex(...parameters);
    }
  }
  return { module: { HierarchicalNSW: Counted }, built: () => built };
}

describe.skipIf(!module)('a graph index', () => {
  const native = module as GraphModule; // else this is skipped

  it('serves exactly until it is built, and finds at least 99 % of the nearest afterwards', () => {
    const { exact, graph, build } = subject(3000, native);
    expect(graph.built).toBe(0);
    expect(recall(exact, graph, 50)).toBe(1);
    build(3);
    expect(graph.built).toBe(0);
    expect(recall(exact, graph, 50)).toBe(1);
    build();
    expect(graph.built).toBe(3000);
    expect(recall(exact, graph, 300)).toBeGreaterThanOrEqual(0.99);
  });

  it('finds what was just added before and after the graph has taken it over, past the capacity it began with', () => {
    const { exact, graph, build } = subject(100, native);
    build();
    for (let id = 100; id < 2500; id++) graph.add(id, vectorOf(id));
    expect(graph.nearest(vectorOf(2000), 1)).toMatchObject([{ id: 2000 }]);
    build();
    expect(graph.built).toBe(2500);
    expect(graph.nearest(vectorOf(2000), 1)).toMatchObject([{ id: 2000 }]);
    expect(recall(exact, graph, 200)).toBeGreaterThanOrEqual(0.99);
  });

  it('is built anew when more than a quarter is dead, serves meanwhile, and never finds the dead', () => {
    const { module: counted, built } = counting(native);
    const { exact, graph, build } = subject(2000, counted);
    build();
    for (let id = 0; id < 500; id++) graph.remove(id);
    build();
    expect(built()).toBe(1);
    graph.remove(500);
    expect(built()).toBe(2);
    build(2);
    graph.add(5000, vectorOf(5000));
    graph.remove(1999);
    graph.remove(600);
    expect(graph.nearest(vectorOf(5000), 1)).toMatchObject([{ id: 5000 }]);
    for (const dead of [0, 500, 600, 1999]) {
      const [found] = graph.nearest(vectorOf(dead), 1);
      expect(found?.id).not.toBe(dead);
    }
    build();
    expect(graph.size).toBe(2000 - 503 + 1);
    expect(graph.built).toBe(graph.size);
    for (const dead of [0, 500, 600, 1999]) {
      const found = graph.nearest(vectorOf(dead), 5);
      expect(found.map(({ id }) => id)).not.toContain(dead);
    }
    expect(graph.nearest(vectorOf(5000), 1)).toMatchObject([{ id: 5000 }]);
    expect(recall(exact, graph, 200)).toBeGreaterThanOrEqual(0.99);
  });

  it('finds what was removed and added again, somewhere else, while the graph was being built', () => {
    const { graph, build } = subject(500, native);
    build(200);
    graph.remove(0);
    graph.add(0, vectorOf(7777));
    build();
    expect(graph.nearest(vectorOf(7777), 1)).toMatchObject([{ id: 0 }]);
    expect(graph.built).toBe(500);
  });

  it('agrees with the exact index on a few vectors, whatever happens in whatever order', () => {
    const command = fc.record({
      what: fc.constantFrom('add', 'add', 'remove', 'build', 'ask'),
      id: fc.nat(60),
      slices: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
        const { exact, graph, build } = subject(20, native);
        for (const { what, id, slices } of commands) {
          if (what === 'add' && !exact.vector(id)) graph.add(id, vectorOf(id));
          else if (what === 'remove') graph.remove(id);
          else if (what === 'build') build(slices);
          else if (what === 'ask') expect(graph.nearest(vectorOf(id), 3)).toEqual(exact.nearest(vectorOf(id), 3));
        }
        build();
        // So few that the search visits all of them.
        expect(graph.nearest(vectorOf(3), 50)).toEqual(exact.nearest(vectorOf(3), 50));
        expect(graph.built).toBe(exact.size);
      }),
      { numRuns: 100 },
    );
  });

  it('passes by what is not accepted, however much of it is near', () => {
    const { exact, graph, build } = subject(2000, native);
    build();
    const accepts = (id: number): boolean => id % 500 === 1;
    for (let query = 0; query < 20; query++) {
      const found = graph.nearest(vectorOf(query), 3, accepts);
      expect(found).toEqual(exact.nearest(vectorOf(query), 3, accepts));
      expect(found).toHaveLength(3);
      expect(found.every(({ id }) => accepts(id))).toBe(true);
    }
  });

  it('is emptied and filled again', () => {
    const { graph, build } = subject(50, native);
    build();
    for (let id = 0; id < 50; id++) graph.remove(id);
    expect(graph.nearest(vectorOf(1), 3)).toEqual([]);
    build();
    graph.add(1, vectorOf(1));
    expect(graph.nearest(vectorOf(1), 3)).toMatchObject([{ id: 1 }]);
  });

  it.each([
    ['NaN', new Float32Array(dimensions).fill(Number.NaN)],
    ['of other dimensions', randomUnit(dimensions + 1, 1)],
    ['zero', new Float32Array(dimensions)],
  ])('refuses a vector that is %s, which hnswlib would take', (_, vector) => {
    const { graph, build } = subject(50, native);
    build();
    expect(() => graph.add(1000, vector)).toThrow(RangeError);
    expect(() => graph.nearest(vector, 1)).toThrow(RangeError);
    expect(graph.size).toBe(50);
  });
});
