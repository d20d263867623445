import type { FileHandle } from 'node:fs/promises';

const readBytes = 1024 * 1024;
/** No record is longer; what is, is no file of lines, and would fill the memory. In bytes. */
export const longestLine = 64 * 1024 * 1024;
const newline = 0x0a;

/**
 * The lines of a file up to `size` bytes, one after the other; `undefined` stands for a line that is longer than
 * `longest`. At most one line is in memory. It can be read again from the same handle.
 */
export async function* readLines(
  file: Pick<FileHandle, 'read'>,
  size: number,
  longest = longestLine,
): AsyncGenerator<string | undefined> {
  const buffer = Buffer.allocUnsafe(Math.min(readBytes, Math.max(1, size)));
  let pieces: Buffer[] = [];
  let length = 0;
  const keep = (piece: Buffer): void => {
    length += piece.length;
    if (length <= longest) pieces.push(Buffer.from(piece));
    else pieces = [];
  };
  const take = (piece: Buffer): string | undefined => {
    const isTooLong = length + piece.length > longest;
    const line = isTooLong ? undefined : (length === 0 ? piece : Buffer.concat([...pieces, piece])).toString('utf8');
    pieces = [];
    length = 0;
    return line;
  };
  for (let position = 0; position < size; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - position), position);
    if (bytesRead === 0) break; // it was cut meanwhile
    position += bytesRead;
    const piece = buffer.subarray(0, bytesRead);
    let from = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, from)) {
      yield take(piece.subarray(from, end));
      from = end + 1;
    }
    if (from < piece.length) keep(piece.subarray(from));
  }
  if (length > 0) yield take(Buffer.alloc(0));
}
