import { LocalError } from '../local-error.js';
import { fileTypes } from './file-types.js';
import type { ModelFacts } from './model-facts.js';
import type { GgufHeader } from './read-gguf-header.js';
import { type MetadataValue, quote } from './read-metadata.js';
import { slidingWindowOf } from './sliding-window.js';
import { tensorTypes } from './tensor-types.js';

/** Beyond this no model is meant. */
const [mostLayers, mostLength] = [10_000, 2 ** 31];
/** What llama.cpp rearranges for wide instructions, where the processor has them. */
const repackable = new Set(['Q4_0', 'Q2_K', 'Q4_K', 'Q5_K', 'Q6_K', 'Q8_0', 'IQ4_NL', 'MXFP4', 'Q1_0']);

/**
 * Makes sense of a file's metadata.
 * @throws LocalError `model_unavailable` where it is no whole language model, or leaves out what has to be known
 */
export function describeGguf({ metadata, tensors }: GgufHeader): ModelFacts {
  const text = (key: string): string | undefined => {
    const value = metadata.get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const architecture = text('general.architecture') ?? refuse('it does not say its architecture');
  const kind = text('general.type') ?? 'model';
  if (kind !== 'model' || architecture === 'clip') refuse(`it is ${quote(kind === 'model' ? 'mmproj' : kind)}`);

  const parts = metadata.get('split.count');
  if (typeof parts === 'number' && parts > 1)
    refuse(`it is one of ${parts} parts. Join them with \`llama-gguf-split --merge\``);

  const of = (key: string): MetadataValue | undefined => metadata.get(`${architecture}.${key}`);
  /** The largest where each layer has its own. */
  const length = (key: string): number | undefined => {
    const value = of(key);
    const values = (Array.isArray(value) ? value : [value]).filter(isLength);
    return values.length === 0 ? undefined : Math.max(...values);
  };
  const needed = (key: string): number =>
    length(key) || refuse(`its metadata has no sound ${quote(`${architecture}.${key}`)}`);

  const layers = needed('block_count');
  if (layers > mostLayers) refuse(`it says that it has ${layers} layers`);
  const embeddingLength = needed('embedding_length');
  const heads = length('attention.head_count') ?? 0;
  const headLength = heads === 0 ? 0 : Math.ceil(embeddingLength / heads);
  const pooling = length('pooling_type') ?? 0;
  const causal = of('attention.causal') !== false;
  const kvHeads =
    heads === 0 || !causal ? Array<number>(layers).fill(0) : perLayer(of('attention.head_count_kv'), layers, heads);
  const slidingWindow = slidingWindowOf(architecture, layers, of);
  const [name, license] = [text('general.name'), text('general.license')];
  return {
    architecture,
    ...(name === undefined ? {} : { name }),
    ...(license === undefined ? {} : { license }),
    quantization: quantizationOf(metadata.get('general.file_type'), tensors),
    parameters: sum(tensors.map(({ dims }) => dims.reduce((product, dim) => product * dim, 1))),
    weightBytes: sum(tensors.map(({ bytes }) => bytes)),
    repackableBytes: sum(tensors.filter(isRepackable).map(({ bytes }) => bytes)),
    layers,
    contextLength: needed('context_length'),
    embeddingLength,
    feedForwardLength: Math.max(
      length('feed_forward_length') ?? 0,
      (length('expert_feed_forward_length') ?? length('feed_forward_length') ?? 0) * (length('expert_used_count') ?? 0),
    ),
    heads,
    kvHeads,
    keyLength: length('attention.key_length') ?? headLength,
    valueLength: length('attention.value_length') ?? headLength,
    stateBytes: stateBytesOf(layers, embeddingLength, length),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
    vocabulary: lengthOf(metadata.get('tokenizer.ggml.tokens')) || (length('vocab_size') ?? 0),
    merges: lengthOf(metadata.get('tokenizer.ggml.merges')),
    hasChatTemplate: text('tokenizer.chat_template') !== undefined,
    // Ranking is pooling, too, but gives no vectors.
    isEmbeddingModel: (pooling >= 1 && pooling <= 3) || !causal,
  };
}

function refuse(reason: string): never {
  throw new LocalError(
    'model_unavailable',
    `Expected a language model in the GGUF file, but ${reason}. Give another file of this model.`,
  );
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostLength;
}

function isRepackable({ type, dims, name }: GgufHeader['tensors'][number]): boolean {
  // Rows of the embedding are looked up, not multiplied.
  return dims.length > 1 && repackable.has(type) && !name.startsWith('token_embd');
}

function perLayer(value: MetadataValue | undefined, layers: number, otherwise: number): readonly number[] {
  if (Array.isArray(value))
    return Array.from({ length: layers }, (_, at) => (isLength(value[at]) ? value[at] : otherwise));
  return Array<number>(layers).fill(isLength(value) ? value : otherwise);
}

/** What the file says, or else the type that most of its bytes have. */
function quantizationOf(fileType: MetadataValue | undefined, tensors: GgufHeader['tensors']): string {
  // A bit says that the converter guessed.
  const said = typeof fileType === 'number' ? fileTypes.get(fileType & ~1024) : undefined;
  if (said !== undefined) return said;
  const bytes = new Map([...tensorTypes.values()].map(({ name }) => [name, 0]));
  for (const { type, bytes: size } of tensors) bytes.set(type, (bytes.get(type) ?? 0) + size);
  return [...bytes].reduce((most, entry) => (entry[1] > most[1] ? entry : most))[0];
}

/** Layers that go on from a state and not from keys: those of Mamba and RWKV, taken for all layers. */
function stateBytesOf(layers: number, embedding: number, length: (key: string) => number | undefined): number {
  const [inner, state] = [length('ssm.inner_size') ?? 0, length('ssm.state_size') ?? 0];
  const convolution = Math.max(0, (length('ssm.conv_kernel') ?? 0) - 1);
  const mamba = inner * state + convolution * (inner + 2 * (length('ssm.group_count') ?? 0) * state);
  const rwkv = (length('wkv.head_size') ?? -2) + 2;
  return 4 * layers * (mamba + rwkv * embedding);
}

function lengthOf(value: MetadataValue | undefined): number {
  return typeof value === 'object' ? value.length : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
