import { LRUCache } from 'lru-cache';
import type { Body, Call, Completion } from '../call.js';
import type { Cost } from '../pricing/price.js';
import { type StoredAnswer, storeAnswer } from './replay.js';

/** One stored answer and what is known about it. */
export interface Entry extends StoredAnswer {
  /** What it cost when it was made: what each hit saves. */
  readonly cost: Cost | undefined;
  readonly model: string | undefined;
  /** The call's own tags: a tenant can be forgotten by them. */
  readonly tags: Readonly<Record<string, string>>;
  /** Names given for invalidation. */
  readonly cacheTags: readonly string[];
}

/** An answer as the caches keep it. Field by field: a spread takes a microsecond for each field behind it. */
export function entryOf(
  call: Call,
  response: Response,
  answerBody: Body,
  { cost, answer }: Pick<Completion, 'cost' | 'answer'>,
): Entry {
  const { body, status, headers } = storeAnswer(answerBody, response);
  return {
    body,
    status,
    headers,
    cost,
    model: answer?.model,
    tags: call.options.tags ?? {},
    cacheTags: call.options.cache?.tags ?? [],
  };
}

/** Keeps answers by key, bounded, each until its time is over; a stale one is never served. */
export interface CacheStore {
  readonly get: (key: string) => Promise<Entry | undefined>;
  readonly set: (key: string, entry: Entry, ttlMs: number) => Promise<void>;
  /** Removes the entries for which `matches` holds; answers how many. */
  readonly remove: (matches: (entry: Entry) => boolean) => Promise<number>;
}

/** Bounds of a store in memory. */
export interface MemoryStoreOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What an entry takes beside its text: key, headers, bookkeeping. */
const overheadBytes = 1024;

/** A store in this process's memory, least recently used first out. */
export function createMemoryStore({ maxEntries, maxBytes, now }: MemoryStoreOptions): CacheStore {
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    // UTF-16: a text takes at most two bytes a unit.
    sizeCalculation: (entry) => overheadBytes + 2 * entry.body.text.length,
    perf: { now },
    ttlResolution: 0,
  });
  return {
    get: async (key) => entries.get(key),
    set: async (key, entry, ttl) => {
      entries.set(key, entry, { ttl });
    },
    remove: async (matches) => {
      const keys = [...entries.entries()].filter(([, entry]) => matches(entry)).map(([key]) => key);
      for (const key of keys) entries.delete(key);
      return keys.length;
    },
  };
}
