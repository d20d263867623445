import { array, type GgufModel, numberOf, string, type Tensor, withMetadata } from './gguf-model.js';
import { encodeWeights } from './quantize.js';
import { randomModel } from './random-model.js';

/**
 * A llama that writes what it is told: behind the character that a line is filed under it writes that line, piece by piece, and
 * ends; behind any other character, the first line. It is a table of which token follows which, written as weights: its layers
 * add nothing, an embedding is the token's own direction, and the output has that direction in the row of the token that follows.
 * @param lines pieces, each of which becomes one token, by one ASCII character; all pieces different
 */
export function scriptedModel(lines: Readonly<Record<string, readonly string[]>>, chatTemplate: string): GgufModel {
  const pieces = Object.values(lines).flat();
  const base = randomModel({
    seed: 1,
    embedding: 32,
    layers: 1,
    heads: 4,
    feedForward: 32,
    contextLength: 4096,
    chatTemplate,
    weightType: 'F32',
  });
  const { tokens, scores, types } = vocabularyOf(base);
  const first = tokens.length;
  const all = [...tokens, ...pieces.map((piece) => piece.replaceAll(' ', '▁'))];
  const [end, firstByte] = [2, 3];
  const begins = new Map<number, number>();
  const lasts = new Set<number>();
  let at = first;
  for (const [character, line] of Object.entries(lines)) {
    begins.set(firstByte + character.charCodeAt(0), at);
    if (character === ' ') begins.set(first - 1, at);
    at += line.length;
    lasts.add(at - 1);
  }
  const follower = (token: number): number =>
    token < first ? (begins.get(token) ?? first) : lasts.has(token) ? end : token + 1;

  const width = Math.ceil(all.length / 32) * 32;
  const embedding = new Float32Array(width * all.length);
  const output = new Float32Array(width * all.length);
  for (const token of all.keys()) {
    embedding[token * width + token] = 1;
    // Far enough above the others that temperature changes nothing.
    output[follower(token) * width + token] = 4;
  }
  const matrix = (name: string, inner: number, outer: number, floats = new Float32Array(inner * outer)): Tensor => ({
    name: `${name}.weight`,
    dims: outer === 1 ? [inner] : [inner, outer],
    type: 'F32',
    data: encodeWeights(floats, 'F32'),
  });
  const ones = new Float32Array(width).fill(1);
  const layer = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'];
  const described = withMetadata(base, {
    'llama.embedding_length': { type: 'uint32', value: width },
    'llama.feed_forward_length': { type: 'uint32', value: width },
    'llama.rope.dimension_count': {
      type: 'uint32',
      value: width / numberOf(base.metadata, 'llama.attention.head_count'),
    },
    'general.name': string('scripted'),
    'tokenizer.ggml.tokens': array('string', all),
    'tokenizer.ggml.scores': array('float32', [...scores, ...pieces.map(() => 0)]),
    'tokenizer.ggml.token_type': array('int32', [...types, ...pieces.map(() => 1)]),
  });
  return {
    metadata: described.metadata,
    tensors: [
      matrix('token_embd', width, all.length, embedding),
      matrix('output_norm', width, 1, ones),
      matrix('output', width, all.length, output),
      matrix('blk.0.attn_norm', width, 1, ones),
      matrix('blk.0.ffn_norm', width, 1, ones),
      ...layer.map((name) => matrix(`blk.0.${name}`, width, width)),
    ],
  };
}

function vocabularyOf(model: GgufModel) {
  const values = (key: string): readonly unknown[] => {
    const entry = model.metadata.get(key);
    if (entry?.type !== 'array') throw new Error(`Expected an array in ${key}.`);
    return entry.values.map((each) => ('value' in each ? each.value : undefined));
  };
  return {
    tokens: values('tokenizer.ggml.tokens').map(String),
    scores: values('tokenizer.ggml.scores').map(Number),
    types: values('tokenizer.ggml.token_type').map(Number),
  };
}
