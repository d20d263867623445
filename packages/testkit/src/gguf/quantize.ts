import { type GgufModel, type Tensor, uint32, type WeightType, weightTypes, withMetadata } from './gguf-model.js';

/** The model with its matrices in another type; vectors stay F32, and rows that are no whole blocks become F16. */
export function quantizeModel(model: GgufModel, type: WeightType): GgufModel {
  const tensors = model.tensors.map((tensor): Tensor => {
    const row = tensor.dims[0] ?? 1;
    if (tensor.dims.length < 2) return tensor;
    const fitting = row % weightTypes[type].weights === 0 ? type : 'F16';
    return { ...tensor, type: fitting, data: encodeWeights(floatsOf(tensor), fitting) };
  });
  return withMetadata({ ...model, tensors }, { 'general.file_type': uint32(weightTypes[type].fileType) });
}

/** The weights of an F32 tensor, copied. @throws Error where it is of another type */
export function floatsOf({ name, type, data }: Tensor): Float32Array {
  if (type !== 'F32') throw new Error(`Expected ${name} in F32, got ${type}.`);
  return new Float32Array(Uint8Array.from(data).buffer);
}

/** Weights as the bytes of a type, rounded as llama.cpp does. */
export function encodeWeights(floats: Float32Array, type: WeightType): Uint8Array {
  if (type === 'F32') return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  const { weights, bytes } = weightTypes[type];
  const target = Buffer.alloc((floats.length / weights) * bytes);
  const encode = { F16: encodeHalf, Q8_0: encodeQ8, Q4_0: encodeQ4 }[type];
  for (let block = 0; block * weights < floats.length; block += 1)
    encode(floats.subarray(block * weights, (block + 1) * weights), target, block * bytes);
  return target;
}

function encodeHalf(floats: Float32Array, target: Buffer, at: number): void {
  target.writeUInt16LE(halfOf(floats[0] ?? 0), at);
}

/** A scale and 32 signed bytes. */
function encodeQ8(floats: Float32Array, target: Buffer, at: number): void {
  const scale = floats.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  const inverse = scale === 0 ? 0 : 1 / scale;
  target.writeUInt16LE(halfOf(scale), at);
  for (const [index, value] of floats.entries()) target.writeInt8(Math.round(value * inverse), at + 2 + index);
}

/** A scale and 16 bytes; a byte holds a weight of the first half and one of the second, each 0…15 around 8. */
function encodeQ4(floats: Float32Array, target: Buffer, at: number): void {
  const largest = floats.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const scale = largest / -8;
  const inverse = scale === 0 ? 0 : 1 / scale;
  const nibble = (index: number): number => Math.min(15, Math.trunc((floats[index] ?? 0) * inverse + 8.5));
  target.writeUInt16LE(halfOf(scale), at);
  for (let index = 0; index < 16; index += 1) target[at + 2 + index] = nibble(index) | (nibble(index + 16) << 4);
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The bits of the half-precision number nearest to a value; ties go to the even one. */
export function halfOf(value: number): number {
  single[0] = value;
  const bits = singleBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // rounds beyond the largest
  if (magnitude >= 0x38800000) return sign | roundShift(magnitude - 0x38000000, 13);
  if (magnitude < 0x33000000) return sign; // nearer to zero than to the smallest
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >>> 23)); // subnormal
}

function roundShift(value: number, shift: number): number {
  const half = 2 ** (shift - 1);
  const quotient = Math.floor(value / 2 ** shift);
  const rest = value - quotient * 2 ** shift;
  return rest > half || (rest === half && quotient % 2 === 1) ? quotient + 1 : quotient;
}
