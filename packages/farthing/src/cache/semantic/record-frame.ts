import { crc32 } from '../../platform.js';

/**
 * Before each record: its length, its checksum, and the checksum of these two. A length that can't be trusted would make
 * damage look like a torn end.
 */
export const frameBytes = 12;

/** One piece of a log of so many bytes, with its frame. Written in place: a snapshot encodes hundreds of megabytes. */
export function encodeFrame(bytes: number, write: (payload: Buffer) => void): Buffer {
  const framed = Buffer.allocUnsafe(frameBytes + bytes);
  const payload = framed.subarray(frameBytes);
  write(payload);
  framed.writeUInt32LE(bytes, 0);
  framed.writeUInt32LE(crc32(payload), 4);
  framed.writeUInt32LE(crc32(framed.subarray(0, 8)), 8);
  return framed;
}

/** What a log turned out to be. */
export type LogState =
  | { readonly kind: 'whole' }
  /** The last record is cut short, as a killed process or a power cut leaves it. */
  | { readonly kind: 'torn'; readonly byte: number }
  /** Something before the end is not what was written. */
  | { readonly kind: 'damaged'; readonly byte: number };

/** Takes a log in pieces and gives its records. */
export class FrameReader {
  readonly #size: number;
  #rest: Buffer = Buffer.alloc(0);
  #byte = 0;
  #damaged = false;
  /** Whether all from the damage on is zero. */
  #zeros = false;

  /** @param size of the whole log, in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** The records that are whole by now; none after damage. They are valid as long as the piece is. */
  *feed(piece: Buffer): Generator<Buffer> {
    if (this.#damaged) {
      this.#zeros &&= isZero(piece);
      return;
    }
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    while (data.length >= frameBytes) {
      const end = frameBytes + data.readUInt32LE(0);
      if (data.readUInt32LE(8) !== crc32(data.subarray(0, 8))) {
        this.#damaged = true;
        this.#zeros = isZero(data);
        return;
      }
      if (data.length < end) break;
      const payload = data.subarray(frameBytes, end);
      if (data.readUInt32LE(4) !== crc32(payload)) {
        // Of the last record it means that its end never reached the disk.
        this.#damaged = this.#byte + end < this.#size;
        return;
      }
      yield payload;
      this.#byte += end;
      data = data.subarray(end);
    }
    // A copy: the piece may be read into again.
    this.#rest = Buffer.from(data);
  }

  /** To be asked when all pieces were fed. */
  get state(): LogState {
    const byte = this.#byte;
    // A power cut can leave a file longer than what was written to it, with zeros.
    if (this.#damaged && !this.#zeros) return { kind: 'damaged', byte };
    return byte === this.#size ? { kind: 'whole' } : { kind: 'torn', byte };
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
