import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of bytes that are known beforehand and can be made anew. */
export interface KeptBytes {
  readonly folder: string;
  /** Begins the file's name; the hash follows. */
  readonly name: string;
  readonly sha256: string;
  readonly make: () => Promise<Buffer>;
}

/** What a process that died while it wrote may leave behind is taken away after this time. */
const staleMs = 3_600_000;

/**
 * The bytes from the file, or made and written where the file is absent, torn or foreign. Only bytes with the right hash
 * are ever returned. Any number of processes may do this at once: each writes a file of its own and renames it. A folder
 * that can't be written to costs time at each start, not the bytes: `unwritten` says why.
 * @throws Error where what was made has another hash.
 */
export async function keepBytes(kept: KeptBytes): Promise<{ readonly bytes: Buffer; readonly unwritten?: string }> {
  const path = join(kept.folder, `${kept.name}-${kept.sha256.slice(0, 16)}.onnx`);
  const found = await readFile(path).catch(() => undefined);
  if (found && hashOf(found) === kept.sha256) return { bytes: found };
  const bytes = await kept.make();
  const hash = hashOf(bytes);
  if (hash !== kept.sha256) throw new Error(`Expected to build ${kept.name} with SHA-256 ${kept.sha256}, got ${hash}.`);
  try {
    await write(path, bytes, kept);
    return { bytes };
  } catch (error) {
    return { bytes, unwritten: error instanceof Error ? error.message : String(error) };
  }
}

async function write(path: string, bytes: Buffer, { folder, name }: KeptBytes): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeStale(folder, name);
  const temporary = join(folder, `${name}-${process.pid}-${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function removeStale(folder: string, name: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`${name}-`) || !file.endsWith('.tmp')) continue;
    const path = join(folder, file);
    const found = await stat(path).catch(() => undefined); // another process was quicker
    if (found && Date.now() - found.mtimeMs > staleMs) await rm(path, { force: true });
  }
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
