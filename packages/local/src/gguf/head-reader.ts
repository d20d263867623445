import type { FileHandle } from 'node:fs/promises';
import { LocalError } from '../local-error.js';

/** Reads the start of a file from front to back, in chunks. */
export interface HeadReader {
  /** The next bytes, valid until the next call. @throws LocalError where the file or the head ends before */
  readonly take: (length: number) => Promise<Buffer>;
  /** Goes over bytes without reading them. @throws LocalError where the file or the head ends before */
  readonly skip: (length: number) => void;
  /** Goes over so many strings: each its length in 8 bytes, then itself. @throws LocalError as `skip` */
  readonly skipStrings: (count: number) => Promise<void>;
  readonly uint32: () => Promise<number>;
  /** A count, a length or an offset. @throws LocalError where it is beyond what a number holds exactly */
  readonly size: (what: string) => Promise<number>;
  readonly position: () => number;
}

const chunkBytes = 256 * 1024;
/** More than any tokenizer takes: 256 K tokens and as many merges are about 16 MB. */
const mostHeadBytes = 128 * 1024 * 1024;

/** @param path for messages alone */
export function createHeadReader(handle: FileHandle, fileSize: number, path: string): HeadReader {
  let chunk: Buffer = Buffer.alloc(0);
  /** Where the chunk starts in the file, and where we are. */
  let [chunkStart, at] = [0, 0];

  const checkRoom = (length: number): void => {
    if (length > fileSize - at)
      throw new LocalError(
        'model_unavailable',
        `${path} is cut off: its ${fileSize} bytes end within its head, at least ${length - (fileSize - at)} bytes too soon. Fetch it again.`,
      );
    if (length > mostHeadBytes - at)
      throw new LocalError(
        'model_unavailable',
        `${path} is no model that can be trusted: its head is larger than ${mostHeadBytes} bytes. Fetch it again from its publisher.`,
      );
  };
  const holds = (length: number): boolean => at >= chunkStart && at + length <= chunkStart + chunk.length;
  const fill = async (length: number): Promise<void> => {
    checkRoom(length);
    const wanted = Math.min(Math.max(length, chunkBytes), fileSize - at);
    const next = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(next, filled, wanted - filled, at + filled);
      if (bytesRead === 0)
        throw new LocalError('model_unavailable', `${path} became shorter while it was read. Try again.`);
      filled += bytesRead;
    }
    [chunk, chunkStart] = [next.subarray(0, filled), at];
  };

  const take = async (length: number): Promise<Buffer> => {
    if (!holds(length)) await fill(length);
    else checkRoom(length);
    at += length;
    return chunk.subarray(at - length - chunkStart, at - chunkStart);
  };
  const size = async (what: string): Promise<number> => {
    const value = (await take(8)).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new LocalError(
        'model_unavailable',
        `${path} is no model that can be trusted: its ${what} is ${value}. Fetch it again from its publisher.`,
      );
    return Number(value);
  };
  const skip = (length: number): void => {
    checkRoom(length);
    at += length;
  };
  const skipStrings = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      // Hundreds of thousands of tokens: waiting for each would be slow.
      if (!holds(8)) await fill(8);
      const length = chunk.readBigUInt64LE(at - chunkStart);
      skip(8);
      skip(Number(length));
    }
  };

  return {
    take,
    size,
    skip,
    skipStrings,
    uint32: async () => (await take(4)).readUInt32LE(),
    position: () => at,
  };
}
