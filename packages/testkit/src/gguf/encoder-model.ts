import { array, float32, type GgufModel, string, type Tensor, uint32 } from './gguf-model.js';
import { encodeWeights } from './quantize.js';

const [width, layers, heads, feedForward, contextLength] = [64, 2, 4, 128, 512];
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
/** Words are spelled: each letter at the beginning of a word, and inside of one. */
const vocabulary = [...special, ...[...'abcdefghijklmnopqrstuvwxyz.,?'].flatMap((letter) => [`▁${letter}`, letter])];

/** A BERT that was never trained: it embeds, and can write nothing. The same each time. */
export function encoderModel(): GgufModel {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const tensor = (name: string, dims: readonly number[], value: () => number): Tensor => ({
    name,
    dims,
    type: 'F32',
    data: encodeWeights(Float32Array.from({ length: dims.reduce((product, each) => product * each, 1) }, value), 'F32'),
  });
  const matrix = (name: string, inner: number, outer: number): Tensor[] => [
    tensor(`${name}.weight`, [inner, outer], () => random() * 0.4),
    tensor(`${name}.bias`, [outer], () => 0),
  ];
  const norm = (name: string): Tensor[] => [
    tensor(`${name}.weight`, [width], () => 1),
    tensor(`${name}.bias`, [width], () => 0),
  ];
  const table = (name: string, rows: number): Tensor => tensor(`${name}.weight`, [width, rows], () => random() * 0.4);
  return {
    metadata: new Map(Object.entries(entries)),
    tensors: [
      table('token_embd', vocabulary.length),
      table('position_embd', contextLength),
      table('token_types', 2),
      ...norm('token_embd_norm'),
      ...Array.from({ length: layers }, (_, layer) => [
        ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].flatMap((name) =>
          matrix(`blk.${layer}.${name}`, width, width),
        ),
        ...norm(`blk.${layer}.attn_output_norm`),
        ...matrix(`blk.${layer}.ffn_up`, width, feedForward),
        ...matrix(`blk.${layer}.ffn_down`, feedForward, width),
        ...norm(`blk.${layer}.layer_output_norm`),
      ]).flat(),
    ],
  };
}

const entries: Record<string, ReturnType<typeof string>> = {
  'general.architecture': string('bert'),
  'general.name': string('encoder'),
  'bert.block_count': uint32(layers),
  'bert.context_length': uint32(contextLength),
  'bert.embedding_length': uint32(width),
  'bert.feed_forward_length': uint32(feedForward),
  'bert.attention.head_count': uint32(heads),
  'bert.attention.layer_norm_epsilon': float32(1e-12),
  'bert.attention.causal': { type: 'bool', value: false },
  'bert.pooling_type': uint32(1),
  'tokenizer.ggml.model': string('bert'),
  'tokenizer.ggml.token_type_count': uint32(2),
  'tokenizer.ggml.tokens': array('string', vocabulary),
  'tokenizer.ggml.token_type': array(
    'int32',
    vocabulary.map((_, token) => (token < special.length ? 3 : 1)),
  ),
  'tokenizer.ggml.padding_token_id': uint32(0),
  'tokenizer.ggml.unknown_token_id': uint32(1),
  'tokenizer.ggml.cls_token_id': uint32(2),
  'tokenizer.ggml.bos_token_id': uint32(2),
  'tokenizer.ggml.seperator_token_id': uint32(3),
  'tokenizer.ggml.eos_token_id': uint32(3),
  'tokenizer.ggml.mask_token_id': uint32(4),
};
