import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { posix } from 'node:path';

/** What of the system is asked; tests put their own in its place. */
export interface MemorySources {
  /** What the machine can still give, in bytes. */
  readonly machine: () => number;
  /** What the process can still have under a limit that Node knows of; `undefined` where there is none. */
  readonly process: () => number | undefined;
  /** A small file of the system; `undefined` where it is not there. */
  readonly read: (path: string) => string | undefined;
}

/** Memory that this process and its children can still take, in bytes: the machine's, or what a container leaves of it. */
export function freeMemory(sources: MemorySources = system): number {
  const group = controlGroupRoom(sources.read) ?? sources.process() ?? Number.POSITIVE_INFINITY;
  return Math.max(0, Math.min(sources.machine(), group));
}

/**
 * What the control groups of Linux leave. Node's own figure takes the pages of files that were read for memory in use, so
 * that a model would not fit any more once its checksum was taken; the system gives these up.
 */
function controlGroupRoom(read: MemorySources['read']): number | undefined {
  const lines = read('/proc/self/cgroup')?.split('\n') ?? [];
  const unified = lines.find((line) => line.startsWith('0::'))?.slice(3);
  const legacy = lines.find((line) => /^\d+:([^:]*,)?memory(,[^:]*)?:/.test(line))?.replace(/^\d+:[^:]*:/, '');
  const rooms = [
    ...foldersUp(unified, '/sys/fs/cgroup').map((folder) =>
      roomIn(folder, { limit: 'memory.max', used: 'memory.current', dropped: 'inactive_file' }, read),
    ),
    ...foldersUp(legacy, '/sys/fs/cgroup/memory').map((folder) =>
      roomIn(
        folder,
        { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', dropped: 'total_inactive_file' },
        read,
      ),
    ),
  ].filter((room) => room !== undefined);
  return rooms.length === 0 ? undefined : Math.min(...rooms);
}

/** A group and those that it is in: each may have a limit. */
function foldersUp(path: string | undefined, root: string): readonly string[] {
  if (path === undefined) return [];
  const names = posix
    .normalize(path)
    .split('/')
    .filter((name) => name !== '' && name !== '..');
  return [...names.keys(), names.length].map((count) => posix.join(root, ...names.slice(0, count)));
}

function roomIn(
  folder: string,
  names: { readonly limit: string; readonly used: string; readonly dropped: string },
  read: MemorySources['read'],
): number | undefined {
  const [limit, used] = [numberIn(read(`${folder}/${names.limit}`)), numberIn(read(`${folder}/${names.used}`))];
  if (limit === undefined || used === undefined) return undefined;
  const stat = read(`${folder}/memory.stat`)?.split('\n') ?? [];
  const dropped = numberIn(stat.find((line) => line.startsWith(`${names.dropped} `))?.split(' ')[1]) ?? 0;
  return limit - used + Math.min(dropped, used);
}

/** `max`, for one, is none. */
function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** What macOS can give: Node's figure there leaves out the pages that it would give up. */
function darwinMemory(): number | undefined {
  try {
    return availableIn(execFileSync('/usr/bin/vm_stat', { encoding: 'utf8', timeout: 2000 }));
  } catch {
    return undefined;
  }
}

/** The bytes that are free or can be given up at once, of what `vm_stat` says; `undefined` where it says something else. */
export function availableIn(stat: string): number | undefined {
  const pageBytes = numberIn(/page size of (\d+) bytes/.exec(stat)?.[1]);
  const pages = ['free', 'inactive', 'speculative', 'purgeable'].map((kind) =>
    numberIn(new RegExp(`^Pages ${kind}: +(\\d+)\\.`, 'm').exec(stat)?.[1]),
  );
  if (pageBytes === undefined || pages[0] === undefined) return undefined;
  return pages.reduce<number>((sum, count) => sum + (count ?? 0), 0) * pageBytes;
}

const system: MemorySources = {
  machine: () => (process.platform === 'darwin' ? darwinMemory() : undefined) ?? freemem(),
  process: () => {
    const limit = process.constrainedMemory?.() ?? 0;
    // Where there is no limit, some versions of Node say 0, and some a number beyond all machines.
    return limit > 0 && limit < 2 ** 50 ? process.availableMemory?.() : undefined;
  },
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
};
