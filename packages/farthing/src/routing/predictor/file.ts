import { denseNames } from '../features/dense.js';
import { pack, unpack } from './packed.js';

/** What a file may hold. */
export type FileKind = 'model' | 'learner';

const format = 'farthing-routing';
const version = 1;

interface Header {
  readonly format: string;
  readonly version: number;
  readonly kind: string;
  /** Of the names of the dense features: other features mean other weights. */
  readonly features: number;
  readonly checksum: number;
}

/** Two lines: a JSON header with a checksum, and a JSON body with its arrays in base64. */
export function writeFile(kind: FileKind, body: unknown): string {
  const text = pack(body);
  const header: Header = { format, version, kind, features: featuresChecksum, checksum: checksumOf(text) };
  return `${JSON.stringify(header)}\n${text}\n`;
}

/** @throws Error that says what is wrong: another format, version, kind or list of features, or damage */
export function readFile(kind: FileKind, file: string): unknown {
  const end = file.indexOf('\n');
  const header = headerOf(end < 0 ? file : file.slice(0, end));
  const fail = (expected: string, got: unknown): never => {
    throw new Error(`Routing file: expected ${expected}, got ${String(got)}.`);
  };
  if (header?.format !== format) return fail(`a header of format '${format}'`, header?.format ?? 'none');
  if (header.version !== version) return fail(`version ${version}; train it again`, header.version);
  if (header.kind !== kind) return fail(`a ${kind}`, header.kind);
  if (header.features !== featuresChecksum)
    return fail('the features of this version; train it again', 'other features');
  const text = file.slice(end + 1).replace(/\n$/, '');
  if (end < 0 || header.checksum !== checksumOf(text)) return fail('the checksum of its header', 'a damaged body');
  return unpack(text);
}

function headerOf(line: string): Partial<Header> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of a text, by the low bytes of its units: files are ASCII but for what damaged them. */
function checksumOf(text: string): number {
  let value = 0xffffffff;
  for (let at = 0; at < text.length; at++) value = (table[(value ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const featuresChecksum = checksumOf(denseNames.join());
