import { closeSync, openSync, writeSync } from 'node:fs';
import { type Entry, type GgufModel, numberOf, type ValueType, valueTypes, weightTypes } from './gguf-model.js';

/** Writes a model as GGUF, version 3. */
export function writeGguf(path: string, model: GgufModel): void {
  const alignment = model.metadata.has('general.alignment') ? numberOf(model.metadata, 'general.alignment') : 32;
  const padding = (length: number): Uint8Array => Buffer.alloc((alignment - (length % alignment)) % alignment);
  const head = headOf(model, alignment);
  const file = openSync(path, 'w');
  try {
    for (const bytes of [head, padding(head.length)]) writeAll(file, bytes);
    for (const { data } of model.tensors) for (const bytes of [data, padding(data.length)]) writeAll(file, bytes);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** All that stands before the tensors' data, without padding. */
function headOf({ metadata, tensors }: GgufModel, alignment: number): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), uint(3, 4), uint(tensors.length, 8), uint(metadata.size, 8)];
  for (const [key, entry] of metadata) parts.push(text(key), uint(valueTypes[entry.type], 4), valueBytes(entry));
  let offset = 0;
  for (const { name, dims, type, data } of tensors) {
    parts.push(text(name), uint(dims.length, 4), ...dims.map((dim) => uint(dim, 8)));
    parts.push(uint(weightTypes[type].number, 4), uint(offset, 8));
    offset += Math.ceil(data.length / alignment) * alignment;
  }
  return Buffer.concat(parts);
}

function valueBytes(entry: Entry): Buffer {
  switch (entry.type) {
    case 'string':
      return text(entry.value);
    case 'array':
      return Buffer.concat([
        uint(valueTypes[entry.of], 4),
        uint(entry.values.length, 8),
        ...entry.values.map(valueBytes),
      ]);
    case 'bool':
      return Buffer.from([entry.value ? 1 : 0]);
    case 'uint64':
    case 'int64': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, entry.value));
      return bytes;
    }
    case 'float32':
    case 'float64': {
      const bytes = Buffer.alloc(widths[entry.type]);
      if (entry.type === 'float32') bytes.writeFloatLE(entry.value);
      else bytes.writeDoubleLE(entry.value);
      return bytes;
    }
    default: {
      const bytes = Buffer.alloc(widths[entry.type]);
      if (entry.type.startsWith('u')) bytes.writeUIntLE(entry.value, 0, bytes.length);
      else bytes.writeIntLE(entry.value, 0, bytes.length);
      return bytes;
    }
  }
}

/** Bytes of the types that always take the same. */
export const widths: Readonly<Record<Exclude<ValueType, 'string' | 'array'>, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  uint64: 8,
  int64: 8,
  float64: 8,
};

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint(bytes.length, 8), bytes]);
}

function uint(value: number, width: 4 | 8): Buffer {
  const bytes = Buffer.alloc(width);
  if (width === 4) bytes.writeUInt32LE(value);
  else bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
