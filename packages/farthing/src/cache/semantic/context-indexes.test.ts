import { createRequire } from 'node:module';
import { expect, it, vi } from 'vitest';
import { createContextIndexes } from './context-indexes.js';
import { loadGraphModule } from './graph-module.js';
import { randomUnit } from './random-vectors.test-kit.js';

const options = { dimensions: 16, maxEntries: 1000, onNoGraph: (): void => {} };

it('never finds in one context what is in another', () => {
  const indexes = createContextIndexes(options);
  const vector = randomUnit(16, 1);
  indexes.add('left', 1, vector);
  expect(indexes.nearest('right', vector, 5)).toEqual([]);
  indexes.add('right', 2, vector);
  expect(indexes.nearest('left', vector, 5)).toMatchObject([{ id: 1 }]);
  expect(indexes.nearest('right', vector, 5)).toMatchObject([{ id: 2 }]);
});

it('drops a context with its last vector', () => {
  const indexes = createContextIndexes(options);
  indexes.add('a', 1, randomUnit(16, 1));
  indexes.add('b', 2, randomUnit(16, 1));
  expect(indexes.contexts).toBe(2);
  indexes.remove('a', 1);
  indexes.remove('a', 1);
  indexes.remove('b', 1);
  indexes.remove('never', 1);
  expect(indexes.contexts).toBe(1);
  expect(indexes.size).toBe(1);
});

it('holds so many vectors over all contexts and no more; one that is refused leaves no context behind', () => {
  const indexes = createContextIndexes({ ...options, maxEntries: 2 });
  expect(() => indexes.add('a', 1, new Float32Array(16))).toThrow(RangeError);
  expect(indexes.contexts).toBe(0);
  indexes.add('a', 1, randomUnit(16, 1));
  indexes.add('b', 2, randomUnit(16, 2));
  expect(() => indexes.add('c', 3, randomUnit(16, 3))).toThrow(/at most 2 vectors/);
  indexes.remove('a', 1);
  indexes.add('c', 3, randomUnit(16, 3));
  expect(indexes.size).toBe(2);
});

it('goes on exactly without hnswlib-node, and says so once', async () => {
  const onNoGraph = vi.fn();
  const indexes = createContextIndexes({ ...options, onNoGraph, graphFrom: 50, loadGraph: async () => undefined });
  for (let id = 0; id < 200; id++) {
    indexes.add(`${id % 2}`, id, randomUnit(16, id));
    await Promise.resolve();
  }
  expect(onNoGraph).toHaveBeenCalledTimes(1);
  expect(indexes.nearest('1', randomUnit(16, 151), 1)).toMatchObject([{ id: 151 }]);
});

it('has no graph where the package can not be loaded', async () => {
  // Farthing itself has no dependency on it: from here it can't be resolved.
  expect(await loadGraphModule()).toBeUndefined();
});

it('asks the graph where a context is large, and stops when it has shrunk to half', async () => {
  const searched = vi.fn();
  const require = createRequire(new URL('../../../../../test/package.json', import.meta.url));
  const real = await Promise.resolve()
    .then(() => require('hnswlib-node'))
    .catch(() => undefined);
  if (!real) return;
  class Watched extends real.HierarchicalNSW {
    searchKnn(...parameters: unknown[]): unknown {
      searched();
      return super.searchKnn(...parameters);
    }
  }
  const loadGraph = async () => ({ HierarchicalNSW: Watched as never }); // a stand-in of the same shape
  const indexes = createContextIndexes({ ...options, graphFrom: 100, loadGraph });
  for (let id = 0; id < 150; id++) indexes.add('large', id, randomUnit(16, id));
  indexes.add('small', 500, randomUnit(16, 500));
  await vi.waitFor(() => {
    expect(indexes.nearest('large', randomUnit(16, 7), 1)).toMatchObject([{ id: 7 }]);
    expect(searched).toHaveBeenCalled();
  });
  searched.mockClear();
  expect(indexes.nearest('small', randomUnit(16, 500), 1)).toMatchObject([{ id: 500 }]);
  expect(searched).not.toHaveBeenCalled();
  for (let id = 0; id < 101; id++) indexes.remove('large', id);
  expect(indexes.nearest('large', randomUnit(16, 120), 1)).toMatchObject([{ id: 120 }]);
  expect(searched).not.toHaveBeenCalled();
  indexes.close();
});
