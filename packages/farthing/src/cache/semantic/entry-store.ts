import type { Warn } from '../../warnings.js';
import { type Question, readQuestion } from '../guard/compare.js';
import { type ContextIndexesOptions, createContextIndexes } from './context-indexes.js';
import { createEntryKeeper, type EntryKeeperOptions } from './entry-keeper.js';
import { createReadQuestions } from './read-questions.js';
import { bytesOf, type SemanticEntry } from './semantic-entry.js';
import { requireUnitVector } from './vector-index.js';

/** An entry that was found. */
export interface Match {
  readonly entry: SemanticEntry;
  /** Cosine, -1 to 1. */
  readonly similarity: number;
}

/** The entries of a semantic cache: found by likeness within a context, bounded, each until its time is over. */
export interface EntryStore {
  readonly size: number;
  readonly bytes: number;
  /** Resolves when its directory has been locked, and its guest has read it, or it could not be. Never rejects. */
  readonly locked: Promise<void>;
  /** Resolves when what its directory held can be found. Never rejects. */
  readonly ready: Promise<void>;
  /**
   * Keeps an entry; one with the same id is replaced. The least recently used ones make room.
   * @param read its question as the guard reads it, where that was done already
   * @throws RangeError when its vector is no unit vector of the store's dimensions
   */
  readonly add: (entry: NewEntry, read?: Question) => SemanticEntry;
  readonly get: (id: string) => SemanticEntry | undefined;
  /** The question of an entry as the guard reads it; kept in memory while there is room. */
  readonly read: (entry: SemanticEntry) => Question;
  /** Whether there is anything in a context. */
  readonly holds: (context: string) => boolean;
  /** At most `count` of one context, the most similar first; never a stale one. @throws RangeError as {@link add} */
  readonly nearest: (context: string, vector: Float32Array, count: number) => readonly Match[];
  /** Says that an entry has served: it is then the last to make room. Prolongs nothing. */
  readonly touch: (id: string) => void;
  /** Removes one entry, which was judged wrong, and answers whether it was there. On the disk, it can't come back. */
  readonly evict: (id: string) => Promise<boolean>;
  /**
   * Removes the entries for which `matches` holds, at once, and answers how many. With `erase` it resolves when no byte
   * of them is left on the disk; with `log`, when they can't come back.
   * @default 'erase'
   * @throws Error when the disk takes no change at all
   */
  readonly remove: (matches: (entry: SemanticEntry) => boolean, how?: 'erase' | 'log') => Promise<number>;
  /** Writes what is not written yet. */
  readonly close: () => Promise<void>;
}

/** An entry as it is handed in: its size follows from it. */
export type NewEntry = Omit<SemanticEntry, 'bytes'>;

/** What a store is made of. */
export interface EntryStoreOptions extends Pick<ContextIndexesOptions, 'graphFrom' | 'loadGraph'> {
  readonly dimensions: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
  /** Where entries, with their prompts, are kept on the disk, and for which embedder. Without it, in memory only. */
  readonly persist?: Pick<EntryKeeperOptions, 'dir' | 'embedder' | 'guest' | 'flushMs' | 'retryMs'> | undefined;
}

interface Held {
  readonly entry: SemanticEntry;
  /** What the index knows it by. */
  readonly serial: number;
}

/** How long entries are taken back into the index before others get their turn. */
const restoreSliceMs = 4;
/** How many stale entries one search takes out, so that it does not wait for thousands after a quiet night. */
const maxSwept = 200;
/** More removals than this are not remembered one by one. */
const maxRemoved = 1000;

/** A store in memory, and on the disk where it is told to. */
export function createEntryStore({
  dimensions,
  maxEntries,
  maxBytes,
  now,
  warn,
  persist,
  ...graph
}: EntryStoreOptions): EntryStore {
  /** The least recently used first. */
  const held = new Map<string, Held>();
  const bySerial = new Map<number, SemanticEntry>();
  const questions = createReadQuestions();
  let bytes = 0;
  let serials = 0;
  /** What was removed before the directory was read: what it holds of it must not come back. */
  let removed: ((entry: SemanticEntry) => boolean)[] | undefined = persist ? [] : undefined;

  const indexes = createContextIndexes({
    ...graph,
    dimensions,
    maxEntries,
    onNoGraph: () =>
      warn(
        'cache_error',
        'The semantic cache is large, and would be faster with the package hnswlib-node, which could not be loaded: it is not installed or not compiled. Every answer is still found.',
        'semantic/graph',
      ),
  });
  const drop = (id: string): boolean => {
    const found = held.get(id);
    if (!found) return false;
    held.delete(id);
    questions.delete(id);
    bySerial.delete(found.serial);
    indexes.remove(found.entry.context, found.serial);
    bytes -= found.entry.bytes;
    return true;
  };
  const insert = (entry: SemanticEntry): void => {
    drop(entry.id);
    for (const [id] of held) {
      if (indexes.size < maxEntries && bytes + entry.bytes <= maxBytes) break;
      forget(id);
    }
    const serial = serials++;
    indexes.add(entry.context, serial, entry.vector);
    held.set(entry.id, { entry, serial });
    bySerial.set(serial, entry);
    bytes += entry.bytes;
  };
  const fits = (entry: SemanticEntry): boolean => maxEntries > 0 && entry.bytes <= maxBytes;
  const restore = async (found: readonly SemanticEntry[]): Promise<void> => {
    let start = performance.now();
    for (const entry of found) {
      const gone = entry.expiresAtMs <= now() || removed?.some((matches) => matches(entry));
      if (!gone && !held.has(entry.id) && fits(entry)) insert(entry);
      if (performance.now() - start < restoreSliceMs) continue;
      await new Promise((resolve) => setImmediate(resolve));
      start = performance.now();
    }
    removed = undefined;
  };
  const fresh = (): SemanticEntry[] => {
    const time = now();
    const found: SemanticEntry[] = [];
    for (const { entry } of held.values()) if (entry.expiresAtMs > time) found.push(entry);
    return found;
  };
  const keeper = persist && createEntryKeeper({ ...persist, dimensions, warn, entries: fresh, restore });
  const forget = (id: string): boolean => {
    const found = drop(id);
    if (found) keeper?.remove(id);
    return found;
  };
  const rememberRemoval = (matches: (entry: SemanticEntry) => boolean): void => {
    if (!removed) return;
    if (removed.length < maxRemoved) removed.push(matches);
    // A directory that another process holds for days: better to restore nothing than too much.
    else removed = [() => true];
  };
  const removeAll = (matches: (entry: SemanticEntry) => boolean): number => {
    rememberRemoval(matches);
    const ids: string[] = [];
    for (const { entry } of held.values()) if (matches(entry)) ids.push(entry.id);
    for (const id of ids) forget(id);
    return ids.length;
  };
  return {
    get size() {
      return held.size;
    },
    get bytes() {
      return bytes;
    },
    locked: keeper?.locked ?? Promise.resolve(),
    ready: keeper?.ready ?? Promise.resolve(),
    read: (entry) => (held.get(entry.id)?.entry === entry ? questions.of(entry) : readQuestion(entry.question)),
    add: (given, read) => {
      const entry: SemanticEntry = { ...given, bytes: bytesOf(given) };
      requireUnitVector(entry.vector, dimensions);
      if (!fits(entry)) {
        forget(entry.id);
        return entry;
      }
      insert(entry);
      if (read) questions.set(entry.id, read);
      keeper?.put(entry);
      return entry;
    },
    get: (id) => {
      const entry = held.get(id)?.entry;
      return entry && entry.expiresAtMs > now() ? entry : undefined;
    },
    holds: indexes.has,
    nearest: (context, vector, count) => {
      const time = now();
      const stale: string[] = [];
      const matches = indexes
        .nearest(context, vector, count, (serial) => {
          const entry = bySerial.get(serial);
          if (entry && entry.expiresAtMs > time) return true;
          if (entry && stale.length < maxSwept) stale.push(entry.id);
          return false;
        })
        .flatMap(({ id, similarity }) => {
          const entry = bySerial.get(id);
          return entry ? { entry, similarity } : [];
        });
      for (const id of stale) forget(id);
      return matches;
    },
    touch: (id) => {
      const found = held.get(id);
      if (!found) return;
      held.delete(id);
      held.set(id, found);
    },
    evict: async (id) => {
      rememberRemoval((entry) => entry.id === id);
      const found = forget(id);
      await keeper?.settle('log');
      return found;
    },
    remove: async (matches, how = 'erase') => {
      const count = removeAll(matches);
      await keeper?.settle(how);
      return count;
    },
    close: async () => {
      await keeper?.close();
      indexes.close();
    },
  };
}
