import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Opens a file to read and hands it to `use`; closes it whatever comes. To open a pipe does not wait for its writer: `use`
 * finds that it is no file. @throws the system's error, or that of `use`
 */
export async function withFile<Result>(path: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  // Windows has no such flag, nor such pipes.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** What came instead of a small text file. */
export type SmallFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'not-a-file' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly code: string };

/** Reads a file of at most `mostBytes`; of a larger one, nothing. Never fails. */
export async function readSmallFile(path: string, mostBytes: number): Promise<SmallFile> {
  try {
    return await withFile(path, async (handle): Promise<SmallFile> => {
      const stats = await handle.stat();
      if (!stats.isFile()) return { kind: 'not-a-file' };
      if (stats.size > mostBytes) return { kind: 'too-large' };
      // One byte more than is allowed tells of a file that grew meanwhile.
      const buffer = Buffer.alloc(mostBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        length += bytesRead;
        if (length > mostBytes) return { kind: 'too-large' };
        if (bytesRead === 0) return { kind: 'text', text: buffer.toString('utf8', 0, length) };
      }
    });
  } catch (error) {
    const code = systemCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'unreadable', code };
  }
}

/** The system's word for what went wrong, such as `EACCES`. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
