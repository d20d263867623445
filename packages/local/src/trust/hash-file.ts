import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

/** Small enough that the application's own work is never kept waiting for more than part of a millisecond. */
const chunkBytes = 256 * 1024;

/**
 * The SHA-256 of an open file, in hex, from its start to its end. While one chunk is hashed, the next is read.
 * @throws the signal's reason, or the system's error
 */
export async function hashFile(handle: Pick<FileHandle, 'read'>, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  let [current, next] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let position = 0;
  let reading = handle.read(current, 0, chunkBytes, position);
  for (;;) {
    const { bytesRead } = await reading;
    signal?.throwIfAborted();
    if (bytesRead === 0) return hash.digest('hex');
    position += bytesRead;
    reading = handle.read(next, 0, chunkBytes, position);
    hash.update(current.subarray(0, bytesRead));
    [current, next] = [next, current];
  }
}
