import { LRUCache } from 'lru-cache';
import type { CacheTtl, Prompt } from '../dialects/prompt-caching.js';
import { tokensByRuns } from '../dialects/text-bound.js';
import { sha256 } from '../platform.js';
import { noReuse, type ReuseCounts, type Sight } from './reuse-counts.js';

/** What is known of one prefix. It is named by a hash; its text is not kept. */
export interface Prefix {
  /** From the beginning of the prompt, estimated; by the bill, where files are among it. */
  tokens: number;
  readonly counts: ReuseCounts;
  /** The last time it ended a section or a turn, until it is seen again. */
  sight: Sight | undefined;
  /** Until when the provider holds it, in epoch milliseconds, and for how long after each use. */
  warmUntilMs: number;
  ttl: CacheTtl;
  /** It should have been held, and was not: until it is read again, marking it counts as writing it. */
  isDoubted: boolean;
  /** Calls that are writing it. */
  writers: number;
}

/** Prefixes and the kinds that they are of, the latest used. */
export interface PrefixMemory {
  readonly size: () => number;
  readonly find: (hash: string) => Prefix | undefined;
  /** The prefix, which is remembered from now on. */
  readonly keep: (hash: string, tokens: number) => Prefix;
  /** The counts of a kind of prefixes. */
  readonly kind: (name: string) => ReuseCounts;
}

/** @param max prefixes that are remembered; as many kinds */
export function createPrefixMemory(max: number): PrefixMemory {
  const prefixes = new LRUCache<string, Prefix>({ max });
  const kinds = new LRUCache<string, ReuseCounts>({ max });
  return {
    size: () => prefixes.size,
    find: (hash) => prefixes.get(hash),
    keep: (hash, tokens) => {
      const known = prefixes.get(hash);
      if (known) return known;
      const made: Prefix = {
        tokens,
        counts: noReuse(),
        sight: undefined,
        warmUntilMs: 0,
        ttl: '5m',
        isDoubted: false,
        writers: 0,
      };
      prefixes.set(hash, made);
      return made;
    },
    kind: (name) => {
      const known = kinds.get(name);
      if (known) return known;
      const made = noReuse();
      kinds.set(name, made);
      return made;
    },
  };
}

/** For each block of a prompt, the hash of the prefix that ends with it. */
export function prefixHashes(prompt: Prompt, scope: string): readonly string[] {
  let hash = sha256(JSON.stringify([scope, prompt.seed]));
  let isInMessages = false;
  return prompt.blocks.map(({ section, content }) => {
    if (section === 'messages' && !isInMessages) {
      isInMessages = true;
      hash = sha256(hash + prompt.messagesSeed);
    }
    hash = sha256(`${hash}${section}\n${content}`);
    return hash;
  });
}

/**
 * The tokens from the beginning of a prompt to the end of each block, by an estimate; what was counted before is not
 * counted again.
 */
export function tokensTo(prompt: Prompt, known: readonly (Prefix | undefined)[]): (block: number) => number {
  const sums = new Map<number, number>();
  return (block) => {
    let from = block;
    while (from >= 0 && known[from] === undefined && !sums.has(from)) from--;
    let sum = from < 0 ? 0 : (known[from]?.tokens ?? sums.get(from) ?? 0);
    for (let at = from + 1; at <= block; at++) {
      const each = prompt.blocks[at];
      if (each) sum += tokensByRuns(each.text) + each.moreTokens;
      sums.set(at, sum);
    }
    return sum;
  };
}
