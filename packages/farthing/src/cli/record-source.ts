import { type FileHandle, open, realpath } from 'node:fs/promises';
import { readLines } from './line-reader.js';
import { UsageError } from './usage-error.js';

/** A file of records as it was when it was opened: what is appended later, or a rotation, changes nothing. */
export interface RecordSource {
  readonly path: string;
  /** The same lines each time. */
  readonly lines: () => AsyncIterable<string | undefined>;
  readonly close: () => Promise<void>;
}

/**
 * Opens all files, each once, those that a record file was rotated to before it: the oldest first.
 * @throws UsageError for the first that can't be read, with the others closed
 */
export async function openSources(paths: readonly string[]): Promise<readonly RecordSource[]> {
  const sources = new Map<string, RecordSource>();
  try {
    for (const path of oldestFirst(paths)) {
      const real = await realpath(path).catch((error: unknown) => refuse(path, wordsFor(error)));
      if (!sources.has(real)) sources.set(real, await openSource(path));
    }
  } catch (error) {
    await Promise.all(Array.from(sources.values(), ({ close }) => close()));
    throw error;
  }
  return [...sources.values()];
}

async function openSource(path: string): Promise<RecordSource> {
  const file = await open(path, 'r').catch((error: unknown) => refuse(path, wordsFor(error)));
  try {
    const stat = await file.stat();
    // it is read twice, which a pipe can't be
    if (!stat.isFile())
      return refuse(path, stat.isDirectory() ? 'a folder' : 'what is no regular file, such as a pipe');
    if (await isPacked(file)) return refuse(path, 'a packed one', 'Unpack it first');
    return { path, lines: () => readLines(file, stat.size), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** gzip's first two bytes. */
async function isPacked(file: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b;
}

/** `calls.jsonl.2`, `calls.jsonl.1`, `calls.jsonl`, at the place of whichever was named first. */
export function oldestFirst(paths: readonly string[]): readonly string[] {
  const families = new Map<string, { path: string; rotation: number }[]>();
  for (const path of paths) {
    const [, base = path, number = '0'] = /^(.+)\.(\d{1,6})$/.exec(path) ?? [];
    const family = families.get(base);
    const member = { path, rotation: Number(number) };
    if (family) family.push(member);
    else families.set(base, [member]);
  }
  return [...families.values()].flatMap((family) =>
    family.toSorted((one, other) => other.rotation - one.rotation).map(({ path }) => path),
  );
}

function wordsFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'none at that path';
  if (code === 'EACCES' || code === 'EPERM') return 'one that this user may not read';
  return `an error of the system (${String(code ?? error)})`;
}

function refuse(path: string, got: string, remedy = 'Check the path; each `--records` names one file'): never {
  throw new UsageError(`--records '${path}': expected a file of JSON lines, got ${got}. ${remedy}.`);
}
