import type { Cost } from '../../pricing/price.js';
import { encodeFrame } from './record-frame.js';
import { bytesOf, type SemanticEntry } from './semantic-entry.js';

/** What a log says of itself. Another one is foreign, and never read. */
export interface LogHeader {
  readonly format: 'farthing-semantic-1';
  readonly embedder: string;
  readonly dimensions: number;
  /** Vectors are stored as the machine has them. */
  readonly littleEndian: boolean;
}

/** One record of a log: a header stands first, then a snapshot and its end, then what happened since. */
export type LogRecord =
  | { readonly kind: 'header'; readonly header: unknown }
  | { readonly kind: 'put'; readonly entry: SemanticEntry }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'snapshotEnd' };

const kinds = { header: 1, put: 2, remove: 3, snapshotEnd: 4 } as const;
/** Kind, and the lengths of what follows in an entry: facts, body. */
const putPrefixBytes = 9;

/** The header of a log of this embedder. */
export function logHeader(embedder: string, dimensions: number): LogHeader {
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return { format: 'farthing-semantic-1', embedder, dimensions, littleEndian };
}

/** A record with its frame, ready to be written. */
export function encodeRecord(record: LogRecord): Buffer {
  if (record.kind === 'put') return encodePut(record.entry);
  let text = '';
  if (record.kind === 'header') text = JSON.stringify(record.header);
  if (record.kind === 'remove') text = record.id;
  return encodeFrame(1 + Buffer.byteLength(text), (payload) => {
    payload.writeUInt8(kinds[record.kind], 0);
    payload.write(text, 1);
  });
}

/** Where what is read is kept, and what it must be. */
export interface RecordMemory {
  /** Memory for a vector, by its length. */
  readonly allocate: (length: number) => Float32Array;
  /** @throws RangeError for one that no index takes */
  readonly check: (vector: Float32Array) => void;
  /** The same text, one for all records that hold it. */
  readonly share: (text: string) => string;
}

/** Reads a record whose checksum held. @throws Error where it is nothing that this version writes, whoever wrote it */
export function decodeRecord(payload: Buffer, memory: RecordMemory): LogRecord {
  switch (payload[0]) {
    case kinds.put:
      return { kind: 'put', entry: decodePut(payload, memory) };
    case kinds.remove:
      return { kind: 'remove', id: payload.toString('utf8', 1) };
    case kinds.snapshotEnd:
      return { kind: 'snapshotEnd' };
    case kinds.header:
      return { kind: 'header', header: JSON.parse(payload.toString('utf8', 1)) };
    default:
      throw new Error(`Expected a record of a known kind, got ${payload[0]}.`);
  }
}

/** JSON has no bigint: a cost is written with decimal strings. */
interface WrittenCost extends Omit<Cost, 'totalPicoUsd' | 'parts'> {
  readonly totalPicoUsd: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** All of an entry but its vector and the text of its body, which are written as bytes. */
type Facts = Omit<SemanticEntry, 'vector' | 'body' | 'cost'> & {
  readonly bodyKind: SemanticEntry['body']['kind'];
  readonly cost: WrittenCost | null;
};

function encodePut(entry: SemanticEntry): Buffer {
  const { body, vector, cost } = entry;
  const facts: Facts = {
    id: entry.id,
    context: entry.context,
    question: entry.question,
    readLength: entry.readLength,
    createdAtMs: entry.createdAtMs,
    expiresAtMs: entry.expiresAtMs,
    bytes: entry.bytes,
    status: entry.status,
    headers: entry.headers,
    model: entry.model,
    tags: entry.tags,
    cacheTags: entry.cacheTags,
    bodyKind: body.kind,
    cost: cost ? writeCost(cost) : null,
  };
  const factText = JSON.stringify(facts);
  const [factBytes, textBytes] = [Buffer.byteLength(factText), Buffer.byteLength(body.text)];
  const textFrom = putPrefixBytes + factBytes;
  return encodeFrame(textFrom + textBytes + vector.byteLength, (payload) => {
    payload.writeUInt8(kinds.put, 0);
    payload.writeUInt32LE(factBytes, 1);
    payload.writeUInt32LE(textBytes, 5);
    payload.write(factText, putPrefixBytes);
    payload.write(body.text, textFrom);
    payload.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), textFrom + textBytes);
  });
}

function decodePut(payload: Buffer, { allocate, check, share }: RecordMemory): SemanticEntry {
  const textFrom = putPrefixBytes + payload.readUInt32LE(1);
  const vectorFrom = textFrom + payload.readUInt32LE(5);
  const facts = JSON.parse(payload.toString('utf8', putPrefixBytes, textFrom)) as Facts; // checked on the next line
  requireFacts(facts);
  // A copy of its own: the piece it was read from goes.
  const vector = allocate((payload.length - vectorFrom) / 4);
  new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength).set(payload.subarray(vectorFrom));
  check(vector);
  const body = { kind: facts.bodyKind, text: payload.toString('utf8', textFrom, vectorFrom) };
  return {
    id: facts.id,
    context: share(facts.context),
    question: facts.question,
    readLength: facts.readLength,
    vector,
    createdAtMs: facts.createdAtMs,
    expiresAtMs: facts.expiresAtMs,
    bytes: bytesOf({ body, question: facts.question, vector }),
    body,
    status: facts.status,
    headers: facts.headers.map(([name, value]) => [share(name), value] as const),
    cost: facts.cost ? readCost(facts.cost) : undefined,
    model: facts.model === undefined ? undefined : share(facts.model),
    tags: facts.tags,
    cacheTags: facts.cacheTags,
  };
}

/** A checksum tells damage, and not who wrote a record: what is read later is checked now. */
function requireFacts(facts: Partial<Record<keyof Facts, unknown>>): void {
  const { id, context, question, readLength, createdAtMs, expiresAtMs, status, headers, model, bodyKind, cost } = facts;
  const isWhole =
    [id, context, question].every(isText) &&
    [readLength, createdAtMs, expiresAtMs, status].every(Number.isFinite) &&
    Array.isArray(headers) &&
    headers.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isText)) &&
    (model === undefined || isText(model)) &&
    isObject(facts.tags) &&
    Object.values(facts.tags).every(isText) &&
    Array.isArray(facts.cacheTags) &&
    facts.cacheTags.every(isText) &&
    (bodyKind === 'json' || bodyKind === 'sse') &&
    (cost === null || (isObject(cost) && isText(cost['totalPicoUsd']) && isObject(cost['parts'])));
  if (!isWhole) throw new Error('Expected all facts of an entry, got others.');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function writeCost({ totalPicoUsd, parts, unpriced, basis }: Cost): WrittenCost {
  const written = Object.entries(parts).map(([part, amount]) => [part, amount.toString()]);
  return { totalPicoUsd: totalPicoUsd.toString(), parts: Object.fromEntries(written), unpriced, basis };
}

function readCost({ totalPicoUsd, parts, unpriced, basis }: WrittenCost): Cost {
  const read = Object.entries(parts).map(([part, amount]) => [part, BigInt(amount)]);
  return { totalPicoUsd: BigInt(totalPicoUsd), parts: Object.fromEntries(read), unpriced, basis };
}
