import { LRUCache } from 'lru-cache';
import type { CallRecord } from './call-record.js';

/** Records of calls that are under way or ended lately, by id. */
export interface Recents {
  readonly begin: (id: string) => void;
  readonly end: (record: CallRecord) => void;
  /** Resolves when the call is settled; `undefined` for an id that is not, or no longer, known. */
  readonly find: (id: string) => Promise<CallRecord | undefined>;
  /** Resolves when no call is under way. */
  readonly idle: () => Promise<void>;
  /** The record, if the call has ended. */
  readonly ended: (id: string) => CallRecord | undefined;
}

const maxRemembered = 1000;

/** Remembers the last 1,000 records and every call that is under way. */
export function createRecents(): Recents {
  const done = new LRUCache<string, CallRecord>({ max: maxRemembered });
  const waiting = new Map<string, ((record: CallRecord) => void)[]>();
  return {
    begin: (id) => void waiting.set(id, []),
    end: (record) => {
      done.set(record.id, record);
      for (const resolve of waiting.get(record.id) ?? []) resolve(record);
      waiting.delete(record.id);
    },
    find: async (id) =>
      done.get(id) ?? (waiting.has(id) ? new Promise((resolve) => waiting.get(id)?.push(resolve)) : undefined),
    idle: async () => {
      while (waiting.size > 0)
        await Promise.all([...waiting.values()].map((resolvers) => new Promise((resolve) => resolvers.push(resolve))));
    },
    ended: (id) => done.get(id),
  };
}
