import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleKernel } from '../../../scripts/build-wat.js';
import { createExactIndex, type ExactIndex } from './exact-index.js';
import { nearTo, randomUnit } from './random-vectors.test-kit.js';
import { createVectorCodes } from './vector-codes.js';
import { vectorKernel } from './vector-kernel.generated.js';
import { createVectorKernel } from './vector-kernel.js';

const kinds = ['wasm', 'javascript'] as const;

function similarity(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

/** What a scan over everything finds. */
function bruteForce(vectors: ReadonlyMap<number, Float32Array>, query: Float32Array, count: number): number[] {
  return [...vectors.values()]
    .map((vector) => similarity(query, vector))
    .sort((a, b) => b - a)
    .slice(0, count);
}

function expectExact(index: ExactIndex, model: ReadonlyMap<number, Float32Array>, query: Float32Array, count: number) {
  const found = index.nearest(query, count);
  const expected = bruteForce(model, query, count);
  expect(found).toHaveLength(expected.length);
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  found.forEach(({ id, similarity: got }, rank) => {
    expect(got).toBeCloseTo(expected[rank] ?? Number.NaN, 9);
    expect(got).toBeCloseTo(similarity(query, model.get(id) ?? new Float32Array()), 9);
  });
}

it('runs a kernel that is what its text says', async () => {
  expect(Buffer.from(await assembleKernel()).toString('base64')).toBe(vectorKernel);
});

describe.each(kinds)('an exact index on the %s kernel', (kind) => {
  const indexOf = (dimensions: number): ExactIndex =>
    createExactIndex(createVectorCodes(dimensions, createVectorKernel(kind)));

  it('has that kernel', () => {
    expect(createVectorKernel(kind).kind).toBe(kind);
  });

  it('finds what a scan over everything finds, whatever was added and removed before', () => {
    const command = fc.record({
      kind: fc.constantFrom('add', 'add', 'add', 'remove', 'ask', 'clear'),
      id: fc.nat(40),
      seed: fc.nat(30),
      count: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(1, 3, 8, 13, 64), fc.array(command, { maxLength: 120 }), (dimensions, commands) => {
        const index = indexOf(dimensions);
        const model = new Map<number, Float32Array>();
        for (const { kind: what, id, seed, count } of commands) {
          const vector = randomUnit(dimensions, seed);
          if (what === 'add') {
            if (model.has(id)) expect(() => index.add(id, vector)).toThrow(/Expected a new id/);
            else {
              index.add(id, vector);
              model.set(id, vector);
            }
          } else if (what === 'remove') {
            index.remove(id);
            model.delete(id);
          } else if (what === 'ask') expectExact(index, model, vector, count);
          else if (seed === 0) {
            index.clear();
            model.clear();
          }
          expect(index.size).toBe(model.size);
        }
        expectExact(index, model, randomUnit(dimensions, 1000), 5);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['far apart', 2],
    ['alike', 0.2],
    ['nearly the same', 0.01],
    ['the same but for rounding', 1e-5],
  ])('finds the nearest of 6,000 that are %s, over several steps of the scan', (_, noise) => {
    const index = indexOf(48);
    const model = new Map<number, Float32Array>();
    const topic = randomUnit(48, 1);
    for (let id = 0; id < 6000; id++) {
      const vector = nearTo(topic, noise, id + 2);
      index.add(id, vector);
      model.set(id, vector);
    }
    for (let round = 0; round < 20; round++) expectExact(index, model, nearTo(topic, noise, 50_000 + round), 1 + round);
  });

  it('finds vectors whose whole length is in one dimension', () => {
    const index = indexOf(384);
    const model = new Map<number, Float32Array>();
    for (let id = 0; id < 384; id++) {
      const vector = new Float32Array(384);
      vector[id] = id % 2 === 0 ? 1 : -1;
      index.add(id, vector);
      model.set(id, vector);
    }
    for (const vector of model.values()) expectExact(index, model, vector, 2);
  });

  it('holds embeddings of 3,072 dimensions without passing the range of its sums', () => {
    const index = indexOf(3072);
    const flat = new Float32Array(3072).fill(1 / Math.sqrt(3072));
    index.add(1, flat);
    index.add(
      2,
      flat.map((value) => -value),
    );
    const [first, second] = index.nearest(flat, 2);
    expect(first).toMatchObject({ id: 1 });
    expect(first?.similarity).toBeCloseTo(1, 5);
    expect(second?.similarity).toBeCloseTo(-1, 5);
  });

  const bad: [string, Float32Array, RegExp][] = [
    ['too short', randomUnit(7, 1), /Expected a vector of 8 dimensions, got 7/],
    ['too long', randomUnit(9, 1), /Expected a vector of 8 dimensions, got 9/],
    ['NaN', Float32Array.of(Number.NaN, 1, 0, 0, 0, 0, 0, 0), /values that are NaN or infinite/],
    ['infinite', Float32Array.of(Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0, 0, 0), /values that are NaN or infinite/],
    ['zero', new Float32Array(8), /Expected a vector of length 1, got one of length 0/],
    ['not of unit length', new Float32Array(8).fill(1), /Expected a vector of length 1, got one of length 2.828/],
  ];
  it.each(bad)('refuses a vector that is %s, to add and to ask', (_, vector, message) => {
    const index = indexOf(8);
    expect(() => index.add(1, vector)).toThrow(message);
    expect(index.size).toBe(0);
    index.add(1, randomUnit(8, 1));
    expect(() => index.nearest(vector, 1)).toThrow(message);
  });
});

/** What rounding to 127 steps takes from a vector. */
function lostBy(vector: Float32Array, scale: number): Float32Array {
  return vector.map((value) => value - Math.round(value / scale) * scale);
}

const lengthOf = (vector: Float32Array): number => Math.sqrt(similarity(vector, vector));

it.each(kinds)(
  'bounds a row from above on the %s kernel, also where all that rounding took counts against it',
  (kind) => {
    for (let seed = 0; seed < 200; seed++) {
      const codes = createVectorCodes(40, createVectorKernel(kind));
      const vector = randomUnit(40, seed);
      const block = codes.allocate();
      codes.write(block, seed % 8, vector);
      const scale = Math.max(...vector.map(Math.abs)) / 127;
      const coarse = lostBy(vector, scale);
      const fine = lostBy(coarse, scale / 2 / 127);
      for (const direction of [coarse, fine, vector, randomUnit(40, seed + 1000)]) {
        const query = direction.map((value) => value / lengthOf(direction));
        codes.ask(query);
        const list = Int32Array.of(block);
        const { rows, slack } = codes.bound(list);
        const first = rows[seed % 8] ?? 0;
        const second = first + (codes.refine(list).rows[seed % 8] ?? 0);
        const real = similarity(query, vector);
        expect(first + slack).toBeGreaterThanOrEqual(real);
        expect(second + slack).toBeGreaterThanOrEqual(real);
        // And not far above.
        expect(first - real).toBeLessThan(0.05);
        expect(second - real).toBeLessThan(0.0005);
      }
    }
  },
);

describe('several indexes in one memory', () => {
  it('never see each other, and use again what another gave back', () => {
    const kernel = createVectorKernel();
    const codes = createVectorCodes(16, kernel);
    const fill = (index: ExactIndex, from: number): void => {
      for (let id = 0; id < 3000; id++) index.add(id, randomUnit(16, from + id));
    };
    const [left, right] = [createExactIndex(codes), createExactIndex(codes)];
    fill(left, 0);
    fill(right, 10_000);
    expect(left.nearest(randomUnit(16, 5), 1)).toMatchObject([{ id: 5 }]);
    expect(right.nearest(randomUnit(16, 5), 1)[0]?.similarity).toBeLessThan(0.999);
    const size = kernel.buffer().byteLength;
    for (let round = 0; round < 10; round++) {
      left.clear();
      fill(left, 20_000 + round);
      for (let id = 0; id < 3000; id++) right.remove(id);
      fill(right, 30_000 + round);
    }
    expect(kernel.buffer().byteLength).toBe(size);
    expect(right.nearest(randomUnit(16, 30_009 + 7), 1)).toMatchObject([{ id: 7 }]);
  });
});
