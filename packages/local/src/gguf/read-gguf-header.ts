import type { FileHandle } from 'node:fs/promises';
import { isLocalError, LocalError } from '../local-error.js';
import { printable } from '../printable.js';
import { systemCode, withFile } from '../trust/open-file.js';
import { nameForeignFile } from './foreign-files.js';
import { createHeadReader, type HeadReader } from './head-reader.js';
import { type Metadata, quote, readMetadata, readName } from './read-metadata.js';
import { tensorTypes } from './tensor-types.js';

/** What stands before the weights of a GGUF file. */
export interface GgufHeader {
  readonly version: number;
  /** Long values, such as a tokenizer's, are left out but for their length. */
  readonly metadata: Metadata;
  readonly tensors: readonly TensorInfo[];
  /** Bytes, a power of two. */
  readonly alignment: number;
  /** Where the weights start in the file, in bytes. */
  readonly dataStart: number;
  /** Bytes. */
  readonly fileSize: number;
}

export interface TensorInfo {
  readonly name: string;
  /** The innermost first. */
  readonly dims: readonly number[];
  /** As ggml calls it, such as `Q4_K`. */
  readonly type: string;
  /** From `dataStart`, in bytes. */
  readonly offset: number;
  readonly bytes: number;
}

const mostTensors = 65_536;
const mostTensorNameBytes = 127;
const mostDims = 4;
const mostAlignment = 2 ** 20;

/**
 * Reads the head of a GGUF file, version 2 or 3, and checks that the file holds what the head says. It takes the file for
 * hostile: whatever stands in it, at most 128 MiB of it are read, and a part of that is kept.
 * @throws LocalError `model_unavailable`, with what is wrong and what to do
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const shown = printable(path);
  try {
    return await withFile(path, async (handle) => {
      const stats = await handle.stat();
      if (stats.isFile()) return readHeader(handle, stats.size, shown);
      throw new LocalError('model_unavailable', `Expected a GGUF file at ${shown}, got something that is no file.`);
    });
  } catch (error) {
    if (isLocalError(error)) throw error;
    const code = systemCode(error);
    throw new LocalError(
      'model_unavailable',
      code === 'ENOENT'
        ? `There is no file at ${shown}. Give the path of a GGUF model.`
        : `Could not read ${shown} (${code}). Give the path of a GGUF model that this user may read.`,
    );
  }
}

async function readHeader(handle: FileHandle, fileSize: number, path: string): Promise<GgufHeader> {
  const refuse = (reason: string): LocalError =>
    new LocalError(
      'model_unavailable',
      `${path} is not a sound GGUF file: ${reason}. Fetch it again from its publisher.`,
    );
  await checkMagic(handle, path);
  const reader = createHeadReader(handle, fileSize, path);
  reader.skip(4);
  const version = await readVersion(reader, path);
  const tensorCount = await reader.size('number of tensors');
  if (tensorCount > mostTensors) throw refuse(`it says that it has ${tensorCount} tensors, over ${mostTensors}`);
  const entryCount = await reader.size('number of entries');
  const metadata = await readMetadata(reader, entryCount, refuse);
  const alignment = alignmentOf(metadata, refuse);

  const tensors: TensorInfo[] = [];
  while (tensors.length < tensorCount) tensors.push(await readTensor(reader, alignment, refuse));
  const dataStart = Math.ceil(reader.position() / alignment) * alignment;
  checkPlaces(tensors, refuse);
  const end = tensors.reduce((most, { offset, bytes }) => Math.max(most, dataStart + offset + bytes), 0);
  if (end > fileSize)
    throw new LocalError(
      'model_unavailable',
      `${path} is cut off: expected ${end} bytes, got ${fileSize}, so ${end - fileSize} are missing. Fetch it again.`,
    );
  return { version, metadata, tensors, alignment, dataStart, fileSize };
}

async function checkMagic(handle: FileHandle, path: string): Promise<void> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
  const start = buffer.subarray(0, bytesRead);
  if (start.subarray(0, 4).toString('latin1') === 'GGUF') return;
  const what = nameForeignFile(start);
  const came =
    bytesRead === 0 ? 'it is empty' : `it begins with ${start.subarray(0, 8).toString('hex')}${what && `, ${what}`}`;
  throw new LocalError('model_unavailable', `Expected a GGUF model in ${path}, but ${came}. Fetch the model itself.`);
}

async function readVersion(reader: HeadReader, path: string): Promise<number> {
  const bytes = await reader.take(4);
  const [version, swapped] = [bytes.readUInt32LE(), bytes.readUInt32BE()];
  if (version === 2 || version === 3) return version;
  const came =
    swapped > 0 && swapped < 65_536
      ? `a big-endian file of version ${swapped}. Convert it to little-endian`
      : `version ${version}. Convert the model anew`;
  throw new LocalError('model_unavailable', `Expected GGUF version 2 or 3 in ${path}, got ${came}.`);
}

function alignmentOf(metadata: Metadata, refuse: (reason: string) => LocalError): number {
  const alignment = metadata.get('general.alignment') ?? 32;
  const sound = typeof alignment === 'number' && alignment <= mostAlignment && Number.isInteger(Math.log2(alignment));
  if (sound && alignment >= 1) return alignment;
  throw refuse(
    `its alignment is ${typeof alignment === 'number' ? alignment : 'no number'}, which is no power of two up to ${mostAlignment}`,
  );
}

async function readTensor(
  reader: HeadReader,
  alignment: number,
  refuse: (reason: string) => LocalError,
): Promise<TensorInfo> {
  const name = await readName(reader, mostTensorNameBytes, 'name of a tensor', refuse);
  const dimCount = await reader.uint32();
  if (dimCount > mostDims) throw refuse(`its tensor ${quote(name)} has ${dimCount} dimensions, over ${mostDims}`);
  const dims: number[] = [];
  while (dims.length < dimCount) dims.push(await reader.size('dimension of a tensor'));
  const number = await reader.uint32();
  const offset = await reader.size('offset of a tensor');

  const type = tensorTypes.get(number);
  if (!type) throw refuse(`its tensor ${quote(name)} is of type ${number}, which is unknown or was withdrawn`);
  const weights = dims.reduce((product, dim) => product * dim, 1);
  if (weights < 1 || weights > Number.MAX_SAFE_INTEGER / 8)
    throw refuse(`its tensor ${quote(name)} has dimensions ${dims.join(' × ')}`);
  if ((dims[0] ?? 1) % type.blockWeights !== 0)
    throw refuse(`the rows of its tensor ${quote(name)}, ${dims[0]}, are no whole blocks of ${type.name}`);
  if (offset % alignment !== 0) throw refuse(`its tensor ${quote(name)} lies at ${offset}, which is not aligned`);
  return { name, dims, type: type.name, offset, bytes: (weights / type.blockWeights) * type.blockBytes };
}

/** No two of one name, and no two in one place. */
function checkPlaces(tensors: readonly TensorInfo[], refuse: (reason: string) => LocalError): void {
  const names = new Set<string>();
  let before: TensorInfo | undefined;
  for (const tensor of tensors.toSorted((a, b) => a.offset - b.offset)) {
    if (names.has(tensor.name)) throw refuse(`it has the tensor ${quote(tensor.name)} twice`);
    names.add(tensor.name);
    if (before && before.offset + before.bytes > tensor.offset)
      throw refuse(`its tensors ${quote(before.name)} and ${quote(tensor.name)} overlap`);
    before = tensor;
  }
}
