import {
  array,
  type Entry,
  float32,
  type GgufModel,
  string,
  type Tensor,
  uint32,
  type WeightType,
} from './gguf-model.js';
import { encodeWeights, quantizeModel } from './quantize.js';

export interface RandomModelOptions {
  readonly seed: number;
  /** A multiple of `heads`; of 32 for the types in blocks. */
  readonly embedding: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly contextLength: number;
  readonly chatTemplate?: string;
  readonly weightType: WeightType;
}

/** Three special tokens, one for each byte, and the space as llama's vocabularies have it. */
const tokens = [
  '<unk>',
  '<s>',
  '</s>',
  ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  '▁',
];
const firstByte = 3;
const space = tokens.length - 1;
/** As llama.cpp numbers them: unknown, control, normal, byte. */
const tokenTypes = tokens.map((_, token) => (token === 0 ? 2 : token < firstByte ? 3 : token === space ? 1 : 6));
/** How far the likelihoods of tokens lie apart: enough that what is drawn is a printable letter nearly always. */
const logitDeviation = 6;

/**
 * A llama that was never trained: it writes printable nonsense that depends on every token before it, and never ends by
 * itself. The same options give the same bytes.
 */
export function randomModel(options: RandomModelOptions): GgufModel {
  const { embedding, layers, feedForward } = options;
  const random = createRandom(options.seed);
  const matrix = (name: string, inner: number, outer: number, deviation = 1 / Math.sqrt(inner)): Tensor => {
    const floats = Float32Array.from({ length: inner * outer }, () => (random() - 0.5) * Math.sqrt(12) * deviation);
    return { name: `${name}.weight`, dims: [inner, outer], type: 'F32', data: encodeWeights(floats, 'F32') };
  };
  const norm = (name: string): Tensor => {
    const ones = new Float32Array(embedding).fill(1);
    return { name: `${name}.weight`, dims: [embedding], type: 'F32', data: encodeWeights(ones, 'F32') };
  };

  const tensors = [
    matrix('token_embd', embedding, tokens.length, 1),
    norm('output_norm'),
    printableOnly(matrix('output', embedding, tokens.length, logitDeviation / Math.sqrt(embedding))),
  ];
  for (let layer = 0; layer < layers; layer += 1) {
    const at = `blk.${layer}`;
    tensors.push(norm(`${at}.attn_norm`));
    for (const part of ['attn_q', 'attn_k', 'attn_v', 'attn_output'])
      tensors.push(matrix(`${at}.${part}`, embedding, embedding));
    tensors.push(norm(`${at}.ffn_norm`));
    for (const part of ['ffn_gate', 'ffn_up']) tensors.push(matrix(`${at}.${part}`, embedding, feedForward));
    tensors.push(matrix(`${at}.ffn_down`, feedForward, embedding));
  }
  return quantizeModel({ metadata: new Map(Object.entries(metadataOf(options))), tensors }, options.weightType);
}

/** A token that is no printable letter is never the likeliest. */
function printableOnly(output: Tensor): Tensor {
  const data = Uint8Array.from(output.data);
  const row = data.length / tokens.length;
  for (const token of tokens.keys()) {
    const printable = token === space || (token > firstByte + 0x20 && token < firstByte + 0x7f);
    if (!printable) data.fill(0, token * row, (token + 1) * row);
  }
  return { ...output, data };
}

function metadataOf(options: RandomModelOptions): Record<string, Entry> {
  const { embedding, layers, heads, feedForward, contextLength, chatTemplate } = options;
  return {
    'general.architecture': string('llama'),
    'general.name': string('random'),
    'general.license': string('apache-2.0'),
    'llama.context_length': uint32(contextLength),
    'llama.embedding_length': uint32(embedding),
    'llama.block_count': uint32(layers),
    'llama.feed_forward_length': uint32(feedForward),
    'llama.attention.head_count': uint32(heads),
    'llama.attention.head_count_kv': uint32(heads),
    'llama.rope.dimension_count': uint32(embedding / heads),
    'llama.attention.layer_norm_rms_epsilon': float32(1e-5),
    'tokenizer.ggml.model': string('llama'),
    'tokenizer.ggml.tokens': array('string', tokens),
    'tokenizer.ggml.scores': array('float32', Array<number>(tokens.length).fill(0)),
    'tokenizer.ggml.token_type': array('int32', tokenTypes),
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
    'tokenizer.ggml.bos_token_id': uint32(1),
    'tokenizer.ggml.eos_token_id': uint32(2),
    'tokenizer.ggml.unknown_token_id': uint32(0),
    ...(chatTemplate === undefined ? {} : { 'tokenizer.chat_template': string(chatTemplate) }),
  };
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
