import type { CacheTtl } from '../dialects/prompt-caching.js';
import type { ReusePermille } from './worth-marking.js';

/** How long a provider keeps what was written or read, in milliseconds. */
export const ttlMs: Readonly<Record<CacheTtl, number>> = { '5m': 300_000, '1h': 3_600_000 };

/** How often prefixes of one kind came again. */
export interface ReuseCounts {
  /** Sights so far, and those that were followed by another in time: what is open still counts as not followed. */
  opened: number;
  readonly followed: { '5m': number; '1h': number };
  /** Sights whose time is up, so that nothing is open. */
  readonly ended: { '5m': number; '1h': number };
  readonly endedFollowed: { '5m': number; '1h': number };
}

/** One sight of a prefix, in the counts that it is a part of. */
export interface Sight {
  readonly atMs: number;
  readonly counts: readonly ReuseCounts[];
  /** Until the prefix was seen again. */
  gapMs: number | undefined;
}

/** Sights whose time is up are enough from here on: those that are open would weigh as if they were not followed. */
const enoughEnded = 32;
/** Past so many, older sights count half, so that what changes is seen. */
const maxEnded = 512;
/** How many sights the kind above weighs. */
const priorSights = 3;
/** Sights that wait for their time; past it, the oldest is forgotten and counts nowhere. */
const maxWaiting = 20_000;

/** Counts without any sight. */
export function noReuse(): ReuseCounts {
  return {
    opened: 0,
    followed: { '5m': 0, '1h': 0 },
    ended: { '5m': 0, '1h': 0 },
    endedFollowed: { '5m': 0, '1h': 0 },
  };
}

/**
 * How likely a prefix comes again: its own counts, led by those of its kind, and those by the kind above, the widest
 * last. Where nothing is known it is zero: what was never seen to come again is not taken to.
 */
export function reuseOf(narrowFirst: readonly ReuseCounts[]): ReusePermille {
  const permille = (ttl: CacheTtl): number =>
    narrowFirst.reduceRight((prior, counts) => {
      const isEnded = counts.ended[ttl] >= enoughEnded;
      const sights = isEnded ? counts.ended[ttl] : counts.opened;
      const followed = isEnded ? counts.endedFollowed[ttl] : counts.followed[ttl];
      return Math.floor((followed * 1000 + priorSights * prior) / (sights + priorSights));
    }, 0);
  return { '5m': permille('5m'), '1h': permille('1h') };
}

/** Sights in the order of time, until it is known of each whether it was followed. */
export interface SightClock {
  readonly open: (counts: readonly ReuseCounts[], nowMs: number) => Sight;
  /** The prefix was seen again. */
  readonly follow: (sight: Sight, nowMs: number) => void;
  /** Counts the sights whose time is up. */
  readonly advance: (nowMs: number) => void;
}

/** A clock that no sight waits at. */
export function createSightClock(): SightClock {
  const waiting: Record<CacheTtl, { queue: Sight[]; head: number }> = {
    '5m': { queue: [], head: 0 },
    '1h': { queue: [], head: 0 },
  };
  const end = (ttl: CacheTtl, { counts, gapMs }: Sight): void => {
    for (const each of counts) {
      each.ended[ttl]++;
      if (gapMs !== undefined && gapMs <= ttlMs[ttl]) each.endedFollowed[ttl]++;
      if (each.ended[ttl] < maxEnded) continue;
      each.ended[ttl] /= 2;
      each.endedFollowed[ttl] = Math.floor(each.endedFollowed[ttl] / 2);
    }
  };
  return {
    open: (counts, atMs) => {
      const sight: Sight = { atMs, counts, gapMs: undefined };
      for (const each of counts) each.opened++;
      for (const { queue } of Object.values(waiting)) queue.push(sight);
      return sight;
    },
    follow: (sight, nowMs) => {
      if (sight.gapMs !== undefined) return;
      sight.gapMs = nowMs - sight.atMs;
      for (const each of sight.counts)
        for (const ttl of ['5m', '1h'] as const) if (sight.gapMs <= ttlMs[ttl]) each.followed[ttl]++;
    },
    advance: (nowMs) => {
      for (const ttl of ['5m', '1h'] as const) {
        const line = waiting[ttl];
        for (;;) {
          const sight = line.queue[line.head];
          if (!sight) break;
          if (nowMs - sight.atMs > ttlMs[ttl]) end(ttl, sight);
          else if (line.queue.length - line.head <= maxWaiting) break;
          line.head++;
        }
        // What was taken out goes in one piece, so that no call pays for a long list.
        if (line.head > 1024 && line.head * 2 > line.queue.length) {
          line.queue = line.queue.slice(line.head);
          line.head = 0;
        }
      }
    },
  };
}
