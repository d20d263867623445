import { LRUCache } from 'lru-cache';
import { sha256 } from '../platform.js';

/** Above so many requests a minute for one prefix and key, OpenAI's requests spill over to further machines. */
const maxPerMinute = 15;
const minuteMs = 60_000;
const maxShards = 1024;

interface Load {
  minute: number;
  calls: number;
  /** A power of two; it only grows, since each change of a key is a cold start. */
  shards: number;
}

/** Makes keys under which equal prefixes meet at one machine, as many as its traffic needs. */
export interface CacheKeys {
  /**
   * @param prefix hash of what many calls begin with
   * @param opening what opened the conversation: all of its turns get the same key
   */
  readonly keyFor: (prefix: string, opening: string, nowMs: number) => string;
}

/** @param max prefixes whose traffic is remembered */
export function createCacheKeys(max: number): CacheKeys {
  const loads = new LRUCache<string, Load>({ max });
  return {
    keyFor: (prefix, opening, nowMs) => {
      const minute = Math.floor(nowMs / minuteMs);
      const load = loads.get(prefix) ?? { minute, calls: 0, shards: 1 };
      if (load.minute !== minute) Object.assign(load, { minute, calls: 0 });
      load.calls++;
      while (load.calls > maxPerMinute * load.shards && load.shards < maxShards) load.shards *= 2;
      loads.set(prefix, load);
      const shard = load.shards === 1 ? 0 : shardOf(sha256(opening), load.shards);
      // Of a hash already, hashed once more: a key never tells what a prompt begins with, nor whose it is.
      return `farthing-${sha256(`${prefix}/${shard}`).slice(0, 32)}`;
    },
  };
}

/** The low bits decide, so that with twice as many shards half of the conversations stay where they are. */
function shardOf(hash: string, shards: number): number {
  return Buffer.from(hash, 'base64url').readUInt32BE(0) % shards;
}
