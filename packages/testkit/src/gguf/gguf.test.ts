import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  chatTemplate,
  padDepth,
  quantizeModel,
  randomModel,
  readGguf,
  smallModel,
  string,
  testModels,
  widenFeedForward,
  withMetadata,
  writeGguf,
} from './index.js';
import { encodeWeights, halfOf } from './quantize.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));
const copy = join(folder, 'copy.gguf');

const model = testModels(folder);
const options = { ...smallModel, weightType: 'F32' } as const;

describe('reading and writing', () => {
  test('a random model comes back byte for byte', () => {
    const first = join(folder, 'first.gguf');
    writeGguf(first, randomModel(smallModel));
    writeGguf(copy, readGguf(first));
    expect(readFileSync(copy).equals(readFileSync(first))).toBe(true);
  });

  test.runIf(model.trained)('so does the trained one', () => {
    writeGguf(copy, readGguf(model.path));
    expect(readFileSync(copy).equals(readFileSync(model.path))).toBe(true);
  });

  test('every type of metadata comes back', () => {
    const entries = {
      'a.int8': { type: 'int8', value: -5 },
      'a.uint16': { type: 'uint16', value: 65_535 },
      'a.int64': { type: 'int64', value: -(2n ** 62n) },
      'a.uint64': { type: 'uint64', value: 2n ** 63n },
      'a.float64': { type: 'float64', value: Math.PI },
      'a.bool': { type: 'bool', value: true },
      'a.array': {
        type: 'array',
        of: 'array',
        values: [{ type: 'array', of: 'int32', values: [{ type: 'int32', value: -1 }] }],
      },
    } as const;
    writeGguf(copy, withMetadata(randomModel(smallModel), entries));
    expect(Object.fromEntries(readGguf(copy).metadata)).toMatchObject(entries);
  });

  test('an alignment other than 32 is kept', () => {
    const aligned = withMetadata(randomModel(smallModel), { 'general.alignment': { type: 'uint32', value: 256 } });
    writeGguf(copy, aligned);
    expect(readGguf(copy).tensors).toEqual(
      aligned.tensors.map((tensor) => ({ ...tensor, data: Buffer.from(tensor.data) })),
    );
  });
});

describe('the models', () => {
  test('the same seed gives the same model, another one another', () => {
    const bytes = (seed: number) => {
      writeGguf(copy, randomModel({ ...smallModel, seed }));
      return readFileSync(copy);
    };
    expect(bytes(1).equals(bytes(1))).toBe(true);
    expect(bytes(1).equals(bytes(2))).toBe(false);
  });

  test('quantizing makes a model smaller, and keeps its vectors', () => {
    const sizes = (['F32', 'F16', 'Q8_0', 'Q4_0'] as const).map((type) => {
      const quantized = quantizeModel(randomModel(options), type);
      expect(quantized.tensors.find(({ name }) => name === 'output_norm.weight')?.type).toBe('F32');
      writeGguf(copy, quantized);
      return statSync(copy).size;
    });
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  test('padding adds layers and width', () => {
    const padded = padDepth(widenFeedForward(randomModel(options), 512), 3);
    const names = padded.tensors.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(padded.metadata.get('llama.block_count')).toEqual({ type: 'uint32', value: 5 });
    const down = padded.tensors.find(({ name }) => name === 'blk.4.ffn_down.weight');
    expect(down?.dims).toEqual([512, 64]);
    expect(down?.data.every((byte) => byte === 0)).toBe(true);
  });

  test('a template can be added to a copy', () => {
    writeGguf(copy, withMetadata(readGguf(model.path), { 'tokenizer.chat_template': string(chatTemplate) }));
    expect(readGguf(copy).metadata.get('tokenizer.chat_template')).toEqual(string(chatTemplate));
    expect(existsSync(model.path)).toBe(true);
  });
});

describe('halfOf', () => {
  test.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NaN, 0x7e00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
  ])('%d', (value, bits) => expect(halfOf(value)).toBe(bits));

  test('every half comes back from its value', () => {
    for (let bits = 0; bits < 0x7c00; bits += 1) {
      const [exponent, mantissa] = [bits >> 10, bits & 0x3ff];
      const value = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
      if (halfOf(value) !== bits) expect(halfOf(value)).toBe(bits);
    }
  });
});

test('eight bits keep a weight to within half a step', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 32, maxLength: 32 }), (values) => {
      const floats = Float32Array.from(values);
      const step = floats.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
      const encoded = Buffer.from(encodeWeights(floats, 'Q8_0'));
      for (const [index, value] of floats.entries())
        expect(Math.abs(encoded.readInt8(2 + index) * step - value)).toBeLessThanOrEqual(step * 0.501);
    }),
  );
});
