import { type GgufModel, numberOf, type Tensor, uint32, withMetadata } from './gguf-model.js';
import { encodeWeights, floatsOf } from './quantize.js';

/** The model with layers added that change nothing: the same text, more work. Its tensors have to be F32. */
export function padDepth(model: GgufModel, extraLayers: number): GgufModel {
  const layers = numberOf(model.metadata, 'llama.block_count');
  const pattern = model.tensors.filter(({ name }) => name.startsWith('blk.0.'));
  const added = Array.from({ length: extraLayers }, (_, index) =>
    pattern.map((tensor): Tensor => {
      const name = tensor.name.replace('blk.0.', `blk.${layers + index}.`);
      // What a layer adds to its input comes out of these two.
      const silent = /attn_output|ffn_down/.test(name);
      return { ...tensor, name, data: silent ? new Uint8Array(tensor.data.length) : tensor.data };
    }),
  );
  return withMetadata(
    { ...model, tensors: [...model.tensors, ...added.flat()] },
    { 'llama.block_count': uint32(layers + extraLayers) },
  );
}

/** The model with a wider feed-forward part whose new columns add nothing. Its tensors have to be F32. */
export function widenFeedForward(model: GgufModel, width: number): GgufModel {
  const tensors = model.tensors.map((tensor): Tensor => {
    const [inner = 1, outer = 1] = tensor.dims;
    if (/ffn_(gate|up)/.test(tensor.name)) {
      const old = floatsOf(tensor);
      const wide = Float32Array.from({ length: inner * width }, (_, index) => old[index % old.length] ?? 0);
      return { ...tensor, dims: [inner, width], data: encodeWeights(wide, 'F32') };
    }
    if (!tensor.name.includes('ffn_down')) return tensor;
    const old = floatsOf(tensor);
    const wide = new Float32Array(width * outer);
    for (let row = 0; row < outer; row += 1) wide.set(old.subarray(row * inner, (row + 1) * inner), row * width);
    return { ...tensor, dims: [width, outer], data: encodeWeights(wide, 'F32') };
  });
  return withMetadata({ ...model, tensors }, { 'llama.feed_forward_length': uint32(width) });
}
