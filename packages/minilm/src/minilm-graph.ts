import { OnnxModel } from './onnx-model.js';
import type { Tensor } from './weights.js';

/** all-MiniLM-L6-v2, as its `config.json` has it. */
const [layers, width, heads] = [6, 384, 12];

/**
 * The largest weight. Not 127: processors without VNNI add two products in 16 bits, and 2 × 255 × 63 is the most that
 * fits. With it the numbers are the same everywhere, and no worse in what counts.
 */
const largestWeight = 63;

/** SHA-256 of what `buildGraph` makes of the weights; a change to either needs a new one. */
export const graphSha256 = '003b8d8d144ee117377e0ed04904f0edf3bb8ce0b55fc68d2486259439802f02';

/**
 * The model as an ONNX graph: ids and mask in, vectors of length 1 out (mean over the pieces, as sentence-transformers
 * pools). Matrices are in 7 bits by column; what enters them is put into 8 bits row by row, so that a text's vector does
 * not depend on the texts beside it: with one scale for all, a batch of 16 moved them to a cosine of 0.988.
 */
export function buildGraph(weights: ReadonlyMap<string, Tensor>): Buffer {
  const model = new OnnxModel();
  const build = createParts(model, weights);
  const ids = model.input('ids', 'int64', ['texts', 'pieces']);
  const mask = model.input('mask', 'int32', ['texts', 'pieces']);

  let state = build.embed(ids);
  for (let layer = 0; layer < layers; layer++) {
    const name = `encoder.layer.${layer}`;
    const attended = build.linear(build.attend(state, `${name}.attention.self`, mask), [
      `${name}.attention.output.dense`,
    ]);
    state = build.normalize(model.node('Add', [attended, state]), `${name}.attention.output.LayerNorm`);
    const wide = build.gelu(build.linear(state, [`${name}.intermediate.dense`]));
    const narrow = build.linear(wide, [`${name}.output.dense`]);
    state = build.normalize(model.node('Add', [narrow, state]), `${name}.output.LayerNorm`);
  }
  return model.encode({ name: 'vectors', of: build.pool(state, mask), shape: ['texts', width] });
}

/** The model's parts: each adds its operators and returns the name of their result. */
function createParts(model: OnnxModel, weights: ReadonlyMap<string, Tensor>) {
  const tensorOf = (name: string): Tensor => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`Expected a tensor ${name} among the weights, got none.`);
    return tensor;
  };
  const scalar = (value: number): string => model.constant([], Float32Array.of(value));
  const integers = (...values: number[]): string =>
    model.constant(
      [values.length],
      BigInt64Array.from(values, (value) => BigInt(value)),
    );
  const add = (left: string, right: string): string => model.node('Add', [left, right]);
  const multiply = (left: string, right: string): string => model.node('Mul', [left, right]);
  const cast = (value: string, type: number): string => model.node('Cast', [value], { attributes: { to: type } });
  const lastAxis = { attributes: { axes: [-1], keepdims: 1 } };

  const normalize = (value: string, name: string): string => {
    const [scale, shift] = [tensorOf(`${name}.weight`), tensorOf(`${name}.bias`)];
    return model.node(
      'LayerNormalization',
      [value, model.constant([width], scale.values), model.constant([width], shift.values)],
      { attributes: { axis: -1, epsilon: { float: 1e-12 } } },
    );
  };

  return {
    normalize,

    /** Word, place and segment. The table of words has 8 bits a number: nothing is multiplied with it. */
    embed(ids: string): string {
      const words = tensorOf('embeddings.word_embeddings.weight');
      const places = tensorOf('embeddings.position_embeddings.weight');
      const segment = tensorOf('embeddings.token_type_embeddings.weight').values;
      const table = quantizeRows(words, 127);
      const found = cast(model.node('Gather', [model.constant(words.shape, table.values), ids]), 1);
      const scale = model.node('Gather', [model.constant([words.shape[0] ?? 0, 1], table.scales), ids]);
      const placed = Float32Array.from(places.values, (value, at) => value + (segment[at % width] ?? 0));
      const length = model.node('Slice', [model.node('Shape', [ids]), integers(1), integers(2)]);
      const used = model.node('Slice', [model.constant(places.shape, placed), integers(0), length, integers(0)]);
      return normalize(add(multiply(found, scale), used), 'embeddings.LayerNorm');
    },

    /**
     * `x·Wᵀ + b` for one matrix or several side by side. With each row `x ≈ step·q + low` and each column
     * `W ≈ scale·w`, that is `step·scale·(q·w) + low·Σ(scale·w) + b`; the sums are known beforehand.
     */
    linear(value: string, names: readonly string[]): string {
      const matrix = join(names.map((name) => tensorOf(`${name}.weight`)));
      const bias = join(names.map((name) => tensorOf(`${name}.bias`))).values;
      const [columns = 0, rows = 0] = matrix.shape;
      const { values, scales } = quantizeRows(matrix, largestWeight);
      const [transposed, sums] = [new Int8Array(values.length), new Float32Array(columns)];
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let row = 0; row < rows; row++) {
          const weight = values[column * rows + row] ?? 0;
          transposed[row * columns + column] = weight;
          sum += weight;
        }
        sums[column] = sum * (scales[column] ?? 0);
      }

      const low = model.node('ReduceMin', [value], lastAxis);
      const range = add(model.node('Sub', [model.node('ReduceMax', [value], lastAxis), low]), scalar(1e-9));
      const perStep = model.node('Div', [scalar(255), range]);
      // The cast drops the fraction.
      const offset = model.node('Sub', [scalar(0.5), multiply(low, perStep)]);
      const steps = cast(add(multiply(value, perStep), offset), 2);
      const product = cast(
        model.node('MatMulInteger', [
          steps,
          model.constant([rows, columns], transposed),
          model.constant([], Uint8Array.of(0)),
          model.constant([], Int8Array.of(0)),
        ]),
        1,
      );
      // In this order: with both scales multiplied first, onnxruntime fuses them as if a batch had only one.
      const scaled = multiply(multiply(product, model.constant([columns], scales)), multiply(range, scalar(1 / 255)));
      const shift = add(multiply(low, model.constant([columns], sums)), model.constant([columns], bias));
      return add(scaled, shift);
    },

    attend(state: string, name: string, mask: string): string {
      const all = this.linear(state, [`${name}.query`, `${name}.key`, `${name}.value`]);
      const parts = model.nodes('Split', [all, integers(width, width, width)], 3, { attributes: { axis: -1 } });
      return model.node('MultiHeadAttention', [...parts, '', mask], {
        domain: 'com.microsoft',
        attributes: { num_heads: heads },
      });
    },

    /** In the form that onnxruntime knows and fuses. */
    gelu(value: string): string {
      const error = model.node('Erf', [model.node('Div', [value, scalar(Math.SQRT2)])]);
      return multiply(multiply(value, add(error, scalar(1))), scalar(0.5));
    },

    /** The direction of the mean is that of the sum. */
    pool(state: string, mask: string): string {
      const kept = model.node('Unsqueeze', [cast(mask, 1), integers(2)]);
      const sum = model.node('ReduceSum', [multiply(state, kept), integers(1)], { attributes: { keepdims: 0 } });
      const squares = model.node('ReduceSum', [multiply(sum, sum), integers(1)], { attributes: { keepdims: 1 } });
      return model.node('Div', [sum, model.node('Sqrt', [squares])]);
    },
  };
}

/** Tensors on top of each other. */
function join(tensors: readonly Tensor[]): Tensor {
  const values = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.values.length, 0));
  let at = 0;
  for (const tensor of tensors) {
    values.set(tensor.values, at);
    at += tensor.values.length;
  }
  const rows = tensors.reduce((sum, tensor) => sum + (tensor.shape[0] ?? 0), 0);
  return { values, shape: [rows, ...(tensors[0]?.shape.slice(1) ?? [])] };
}

/** Each row by its own scale, so that its largest number is ± `largest`. */
function quantizeRows(matrix: Tensor, largest: number): { values: Int8Array; scales: Float32Array } {
  const [rows = 0, columns = 0] = matrix.shape;
  const [values, scales] = [new Int8Array(matrix.values.length), new Float32Array(rows)];
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let most = 0;
    for (let at = start; at < end; at++) most = Math.max(most, Math.abs(matrix.values[at] ?? 0));
    const scale = most / largest || 1;
    scales[row] = scale;
    for (let at = start; at < end; at++) values[at] = Math.round((matrix.values[at] ?? 0) / scale);
  }
  return { values, scales };
}
