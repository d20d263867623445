import { fileSystem } from '../../platform.js';
import { decodeRecord, type LogHeader, type LogRecord, type RecordMemory } from './log-record.js';
import { FrameReader, frameBytes } from './record-frame.js';
import type { SemanticEntry } from './semantic-entry.js';
import { requireUnitVector } from './vector-index.js';

/** What a log holds. Lengths in bytes. */
export interface LogContent {
  /** The least recently used, or written, first. */
  readonly entries: readonly SemanticEntry[];
  /** As far as it is whole: what comes after is torn. */
  readonly bytes: number;
  readonly snapshotBytes: number;
}

/** A log that is not of this embedder, or not whole. */
export class Unusable extends Error {}

/** What is read and decoded before others get their turn. */
const readBytes = 512 * 1024;

/**
 * Reads a log through; `undefined` where there is none. Nothing of it is passed on before all of it was found good: an
 * entry whose removal was damaged must not come back.
 * @throws Unusable, with the reason
 */
export async function readLog(path: string, header: LogHeader): Promise<LogContent | undefined> {
  const file = await fileSystem()
    .promises.open(path, 'r')
    .catch((error: { readonly code?: unknown }) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const reader = new FrameReader(size);
    const content = new Content(header);
    // While one piece is decoded, the next one is read.
    const pieces = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)] as const;
    const readAt = (at: number, number: number): Promise<Buffer> => {
      const piece = pieces[number % 2 === 0 ? 0 : 1];
      const found = file.read(piece, 0, readBytes, at).then(({ bytesRead }) => piece.subarray(0, bytesRead));
      found.catch(() => {}); // whoever waits for it is told, and nobody does where the log proved unusable
      return found;
    };
    let next = readAt(0, 0);
    for (let [position, number] = [0, 1]; position < size; number++) {
      const piece = await next;
      if (piece.length === 0) break;
      position += piece.length;
      next = readAt(position, number);
      for (const payload of reader.feed(piece)) content.take(payload);
    }
    await next;
    const { state } = reader;
    if (state.kind === 'damaged') throw new Unusable(`it is damaged at byte ${state.byte}`);
    if (content.snapshotBytes === 0) throw new Unusable('its snapshot is cut short');
    return {
      entries: [...content.entries.values()],
      bytes: state.kind === 'torn' ? state.byte : size,
      snapshotBytes: content.snapshotBytes,
    };
  } finally {
    await file.close();
  }
}

/** How many vectors share a piece of memory: a piece for each would keep the garbage collector busy. */
const slabVectors = 64;

/** What the records read so far come to. */
class Content {
  readonly entries = new Map<string, SemanticEntry>();
  snapshotBytes = 0;
  #bytes = 0;
  #slab = new Float32Array(0);
  readonly #texts = new Map<string, string>();
  readonly #memory: RecordMemory = {
    allocate: (length) => this.#allocate(length),
    check: (vector) => requireUnitVector(vector, this.#dimensions),
    share: (text) => {
      const known = this.#texts.get(text);
      if (known === undefined) this.#texts.set(text, text);
      return known ?? text;
    },
  };
  readonly #header: string;
  readonly #dimensions: number;

  constructor(header: LogHeader) {
    this.#header = JSON.stringify(header);
    this.#dimensions = header.dimensions;
  }

  take(payload: Buffer): void {
    const record = this.#decode(payload);
    if (this.#bytes === 0) this.#requireHeader(record);
    this.#bytes += frameBytes + payload.length;
    if (record.kind === 'snapshotEnd') this.snapshotBytes = this.#bytes;
    if (record.kind === 'remove') this.entries.delete(record.id);
    if (record.kind === 'put') {
      this.entries.delete(record.entry.id);
      this.entries.set(record.entry.id, record.entry);
    }
  }

  #requireHeader(record: LogRecord): void {
    if (record.kind !== 'header') throw new Unusable('it has no header');
    const got = JSON.stringify(record.header);
    if (got !== this.#header) throw new Unusable(`expected ${this.#header}, got ${got}`);
  }

  #decode(payload: Buffer): LogRecord {
    try {
      return decodeRecord(payload, this.#memory);
    } catch {
      throw new Unusable('it holds what no version known here has written');
    }
  }

  #allocate(length: number): Float32Array {
    if (this.#slab.length < length) this.#slab = new Float32Array(length * slabVectors);
    const vector = this.#slab.subarray(0, length);
    this.#slab = this.#slab.subarray(length);
    return vector;
  }
}
