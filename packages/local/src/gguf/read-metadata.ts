import type { LocalError } from '../local-error.js';
import { printable } from '../printable.js';
import type { HeadReader } from './head-reader.js';

/** A value of a file's metadata. Whole numbers beyond what a number holds exactly are bigints. */
export type MetadataValue = string | number | bigint | boolean | readonly MetadataValue[] | Skipped;

/** A value that was too long to keep. */
export interface Skipped {
  readonly skipped: 'array' | 'string';
  /** Elements, or bytes. */
  readonly length: number;
}

export type Metadata = ReadonlyMap<string, MetadataValue>;

/** Longer arrays belong to tokenizers; per-layer ones are shorter. */
const mostKeptElements = 1024;
/** Chat templates are shorter. */
const mostKeptBytes = 1024 * 1024;
/** What all of it may take of our memory; no honest file comes near. */
const [mostKeptValues, mostKeptText] = [256 * 1024, 16 * 1024 * 1024];
const mostEntries = 65_536;
const mostKeyBytes = 1024;
const deepest = 3;

const [boolType, stringType, arrayType] = [7, 8, 9];

/** Types of a fixed width, by the number that GGUF gives them. */
const fixed: ReadonlyMap<number, { readonly bytes: number; readonly read: (bytes: Buffer) => MetadataValue }> = new Map(
  [
    { type: 0, bytes: 1, read: (bytes: Buffer) => bytes.readUInt8() },
    { type: 1, bytes: 1, read: (bytes: Buffer) => bytes.readInt8() },
    { type: 2, bytes: 2, read: (bytes: Buffer) => bytes.readUInt16LE() },
    { type: 3, bytes: 2, read: (bytes: Buffer) => bytes.readInt16LE() },
    { type: 4, bytes: 4, read: (bytes: Buffer) => bytes.readUInt32LE() },
    { type: 5, bytes: 4, read: (bytes: Buffer) => bytes.readInt32LE() },
    { type: 6, bytes: 4, read: (bytes: Buffer) => bytes.readFloatLE() },
    { type: boolType, bytes: 1, read: (bytes: Buffer) => bytes.readUInt8() !== 0 },
    { type: 10, bytes: 8, read: (bytes: Buffer) => narrow(bytes.readBigUInt64LE()) },
    { type: 11, bytes: 8, read: (bytes: Buffer) => narrow(bytes.readBigInt64LE()) },
    { type: 12, bytes: 8, read: (bytes: Buffer) => bytes.readDoubleLE() },
  ].map(({ type, ...how }) => [type, how]),
);

function narrow(value: bigint): number | bigint {
  return BigInt.asIntN(54, value) === value ? Number(value) : value;
}

/** Reads the entries that stand after the counts. @param refuse makes the error of a reason */
export async function readMetadata(
  reader: HeadReader,
  count: number,
  refuse: (reason: string) => LocalError,
): Promise<Metadata> {
  if (count > mostEntries) throw refuse(`it says that it has ${count} entries of metadata, over ${mostEntries}`);
  const metadata = new Map<string, MetadataValue>();
  let [kept, keptText] = [0, 0];
  for (let entry = 0; entry < count; entry += 1) {
    const key = await readName(reader, mostKeyBytes, 'key of its metadata', refuse);
    if (metadata.has(key)) throw refuse(`its metadata has ${quote(key)} twice`);
    metadata.set(key, await readValue(await reader.uint32(), key, 1));
  }
  return metadata;

  async function readValue(type: number, key: string, depth: number): Promise<MetadataValue> {
    kept += 1;
    if (kept > mostKeptValues) throw refuse(`its metadata has over ${mostKeptValues} values`);
    const width = fixed.get(type);
    if (width) return width.read(await reader.take(width.bytes));
    if (type === stringType) return readText(await reader.size('length of a string'));
    if (type === arrayType) return readArray(key, depth);
    throw refuse(`${quote(key)} in its metadata is of an unknown type, ${type}`);
  }

  async function readText(length: number): Promise<MetadataValue> {
    if (length > mostKeptBytes) {
      reader.skip(length);
      return { skipped: 'string', length };
    }
    keptText += length;
    if (keptText > mostKeptText) throw refuse(`its metadata has over ${mostKeptText} bytes of text`);
    return (await reader.take(length)).toString('utf8');
  }

  async function readArray(key: string, depth: number): Promise<MetadataValue> {
    if (depth > deepest) throw refuse(`${quote(key)} in its metadata has arrays in arrays, over ${deepest} deep`);
    const type = await reader.uint32();
    const length = await reader.size('length of an array');
    if (length <= mostKeptElements) {
      const values: MetadataValue[] = [];
      while (values.length < length) values.push(await readValue(type, key, depth + 1));
      return values;
    }
    const width = fixed.get(type);
    if (width) reader.skip(length * width.bytes);
    else if (type === stringType) await reader.skipStrings(length);
    else throw refuse(`${quote(key)} in its metadata is an array of ${length} of type ${type}`);
    return { skipped: 'array', length };
  }
}

/** A string that has to be short. */
export async function readName(
  reader: HeadReader,
  most: number,
  what: string,
  refuse: (reason: string) => LocalError,
): Promise<string> {
  const length = await reader.size(`length of a ${what}`);
  if (length > most) throw refuse(`a ${what} is ${length} bytes long, over ${most}`);
  return (await reader.take(length)).toString('utf8');
}

/** A name from a file that nobody vouches for, fit for a message. */
export function quote(name: string): string {
  return JSON.stringify(printable(name, 64));
}
