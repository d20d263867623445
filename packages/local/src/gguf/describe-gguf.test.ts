import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantizeModel, randomModel, readGguf, smallModel, testModels, writeGguf } from '@farthing/testkit/gguf';
import { afterAll, describe, expect, test } from 'vitest';
import { describeGguf } from './describe-gguf.js';
import { type GgufHeader, readGgufHeader } from './read-gguf-header.js';
import type { MetadataValue } from './read-metadata.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-describe-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.gguf');
const model = testModels(folder);

/** A header of `llama`, with entries changed or, by `undefined`, left out. */
function header(changed: Readonly<Record<string, MetadataValue | undefined>>, types = ['Q4_K', 'F32']): GgufHeader {
  const entries = Object.entries<MetadataValue | undefined>({
    'general.architecture': 'llama',
    'llama.block_count': 4,
    'llama.context_length': 8192,
    'llama.embedding_length': 256,
    'llama.feed_forward_length': 512,
    'llama.attention.head_count': 8,
    'llama.attention.head_count_kv': 2,
    'tokenizer.ggml.tokens': { skipped: 'array', length: 32_000 },
    ...changed,
  });
  const metadata = new Map<string, MetadataValue>();
  for (const [key, value] of entries) if (value !== undefined) metadata.set(key, value);
  const tensors = types.map((type, at) => ({ name: `t${at}`, dims: [256, 10], type, offset: 0, bytes: 4000 - at }));
  return { version: 3, metadata, tensors, alignment: 32, dataStart: 1024, fileSize: 100_000 };
}

describe('real files', () => {
  test.runIf(model.trained)('the trained model', async () => {
    expect(describeGguf(await readGgufHeader(model.path))).toMatchObject({
      architecture: 'llama',
      quantization: 'F32',
      parameters: 292_800,
      weightBytes: 1_171_200,
      layers: 5,
      contextLength: 2048,
      embeddingLength: 64,
      feedForwardLength: 172,
      kvHeads: [4, 4, 4, 4, 4],
      keyLength: 8,
      valueLength: 8,
      vocabulary: 512,
      hasChatTemplate: false,
      isEmbeddingModel: false,
    });
  });

  test('a random model', async () => {
    writeGguf(path, randomModel(smallModel));
    expect(describeGguf(await readGgufHeader(path))).toMatchObject({
      name: 'random',
      license: 'apache-2.0',
      quantization: 'F16',
      layers: smallModel.layers,
      hasChatTemplate: true,
    });
  });

  test.each(['F16', 'Q8_0', 'Q4_0'] as const)('quantized to %s', async (type) => {
    const whole = quantizeModel(randomModel({ ...smallModel, weightType: 'F32' }), type);
    writeGguf(path, whole);
    const facts = describeGguf(await readGgufHeader(path));
    expect(facts.quantization).toBe(type);
    expect(facts.weightBytes).toBe(readGguf(path).tensors.reduce((sum, { data }) => sum + data.length, 0));
  });
});

describe('metadata', () => {
  const factsOf = (changed: Readonly<Record<string, MetadataValue | undefined>>) => describeGguf(header(changed));

  test('heads of each layer', () => {
    expect(factsOf({ 'llama.attention.head_count_kv': [2, 0, 4, 2] }).kvHeads).toEqual([2, 0, 4, 2]);
    expect(factsOf({ 'llama.attention.head_count_kv': undefined }).kvHeads).toEqual([8, 8, 8, 8]);
    expect(factsOf({ 'llama.attention.head_count_kv': [2, 'x'] }).kvHeads).toEqual([2, 8, 8, 8]);
  });
  test('lengths of keys', () => {
    expect(factsOf({})).toMatchObject({ keyLength: 32, valueLength: 32 });
    expect(factsOf({ 'llama.attention.key_length': 128, 'llama.attention.value_length': 64 })).toMatchObject({
      keyLength: 128,
      valueLength: 64,
    });
  });
  test('the quantization', () => {
    expect(factsOf({ 'general.file_type': 15 }).quantization).toBe('Q4_K_M');
    expect(factsOf({ 'general.file_type': 15 + 1024 }).quantization).toBe('Q4_K_M');
    expect(factsOf({ 'general.file_type': 999 }).quantization).toBe('Q4_K');
    expect(factsOf({}).quantization).toBe('Q4_K');
  });
  test('experts', () => {
    const experts = { 'llama.expert_feed_forward_length': 300, 'llama.expert_used_count': 8 };
    expect(factsOf(experts).feedForwardLength).toBe(2400);
  });
  test('embedding models', () => {
    expect(factsOf({ 'llama.pooling_type': 3 }).isEmbeddingModel).toBe(true);
    expect(factsOf({ 'llama.pooling_type': 4 }).isEmbeddingModel).toBe(false);
    expect(factsOf({ 'llama.attention.causal': false })).toMatchObject({
      isEmbeddingModel: true,
      kvHeads: [0, 0, 0, 0],
    });
  });
  test('a window that the architecture is known for, and one that it is not', () => {
    expect(factsOf({ 'llama.attention.sliding_window': 512 }).slidingWindow).toBeUndefined();
    const gemma = Object.fromEntries(
      [...header({}).metadata].map(([key, value]) => [key.replace('llama.', 'gemma2.'), value]),
    );
    expect(
      factsOf({ ...gemma, 'general.architecture': 'gemma2', 'gemma2.attention.sliding_window': 512 }).slidingWindow,
    ).toEqual({ tokens: 512, layers: [true, false, true, false] });
  });

  test.each<[string, Readonly<Record<string, MetadataValue | undefined>>, RegExp]>([
    ['no architecture', { 'general.architecture': undefined }, /does not say its architecture/],
    ['no layers', { 'llama.block_count': undefined }, /no sound "llama.block_count"/],
    ['layers that are no number', { 'llama.block_count': 'many' }, /no sound "llama.block_count"/],
    ['layers without end', { 'llama.block_count': 4_000_000_000 }, /no sound/],
    ['more layers than any', { 'llama.block_count': 1_000_000 }, /1000000 layers/],
    ['half a width', { 'llama.embedding_length': 0.5 }, /embedding_length/],
    ['an adapter', { 'general.type': 'adapter' }, /it is "adapter"/],
    ['a projector', { 'general.architecture': 'clip' }, /it is "mmproj"/],
    ['a part', { 'split.count': 3 }, /one of 3 parts/],
  ])('%s', (_, changed, message) => {
    expect(() => factsOf(changed)).toThrow(expect.objectContaining({ code: 'model_unavailable' }));
    expect(() => factsOf(changed)).toThrow(message);
  });
});
