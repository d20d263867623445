import { readFileSync } from 'node:fs';
import { type Entry, type GgufModel, type Tensor, type ValueType, valueTypes, weightTypes } from './gguf-model.js';
import { widths } from './write-gguf.js';

/** Reads a small, well-formed model whole. @throws Error where it is not one */
export function readGguf(path: string): GgufModel {
  const bytes = readFileSync(path);
  const cursor = createCursor(bytes);
  if (cursor.take(4).toString('latin1') !== 'GGUF') throw new Error('Expected a GGUF file.');
  const version = cursor.uint32();
  if (version !== 2 && version !== 3) throw new Error(`Expected GGUF version 2 or 3, got ${version}.`);
  const [tensorCount, entryCount] = [cursor.length(), cursor.length()];

  const metadata = new Map<string, Entry>();
  for (let at = 0; at < entryCount; at += 1) metadata.set(cursor.text(), readEntry(cursor, typeOf(cursor.uint32())));
  const heads = Array.from({ length: tensorCount }, () => ({
    name: cursor.text(),
    dims: Array.from({ length: cursor.uint32() }, () => cursor.length()),
    type: weightTypeOf(cursor.uint32()),
    offset: cursor.length(),
  }));

  const alignment = metadata.get('general.alignment');
  const step = alignment?.type === 'uint32' ? alignment.value : 32;
  const start = Math.ceil(cursor.position() / step) * step;
  const tensors = heads.map(({ name, dims, type, offset }): Tensor => {
    const { weights, bytes: size } = weightTypes[type];
    const length = (dims.reduce((product, dim) => product * dim, 1) / weights) * size;
    return { name, dims, type, data: bytes.subarray(start + offset, start + offset + length) };
  });
  return { metadata, tensors };
}

type Cursor = ReturnType<typeof createCursor>;

function createCursor(bytes: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => {
    if (length > bytes.length - at) throw new Error('The file ends too soon.');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const length = (): number => Number(take(8).readBigUInt64LE());
  return {
    take,
    length,
    uint32: () => take(4).readUInt32LE(),
    text: () => take(length()).toString('utf8'),
    position: () => at,
  };
}

function readEntry(cursor: Cursor, type: ValueType): Entry {
  switch (type) {
    case 'string':
      return { type, value: cursor.text() };
    case 'array': {
      const of = typeOf(cursor.uint32());
      return { type, of, values: Array.from({ length: cursor.length() }, () => readEntry(cursor, of)) };
    }
    case 'bool':
      return { type, value: cursor.take(1)[0] === 1 };
    case 'uint64':
      return { type, value: cursor.take(8).readBigUInt64LE() };
    case 'int64':
      return { type, value: cursor.take(8).readBigInt64LE() };
    case 'float32':
      return { type, value: cursor.take(4).readFloatLE() };
    case 'float64':
      return { type, value: cursor.take(8).readDoubleLE() };
    default: {
      const bytes = cursor.take(widths[type]);
      const value = type.startsWith('u') ? bytes.readUIntLE(0, bytes.length) : bytes.readIntLE(0, bytes.length);
      return { type, value };
    }
  }
}

function typeOf(number: number): ValueType {
  // The keys of a literal object are its key type.
  const found = (Object.keys(valueTypes) as ValueType[]).find((name) => valueTypes[name] === number);
  if (found === undefined) throw new Error(`Expected a type of metadata, got ${number}.`);
  return found;
}

function weightTypeOf(number: number): Tensor['type'] {
  // The keys of a literal object are its key type.
  const found = (Object.keys(weightTypes) as Tensor['type'][]).find((name) => weightTypes[name].number === number);
  if (found === undefined) throw new Error(`Expected F32, F16, Q4_0 or Q8_0, got type ${number}.`);
  return found;
}
