import type { CacheTtl } from '../dialects/prompt-caching.js';
import type { MarkPlace } from './prompt-cache-decision.js';
import { bestTtl, type PromptRates, type ReusePermille } from './worth-marking.js';

/** A place at which a prompt could be marked, and what is known of the prefix that ends there. */
export interface Candidate {
  readonly at: MarkPlace['at'];
  /** Index of its block. */
  readonly block: number;
  /** From the beginning of the prompt. */
  readonly tokens: number;
  /** Held by the provider, as far as is known, and for how long after its last use. */
  readonly warm: CacheTtl | undefined;
  /** A call that runs is writing it. */
  readonly isBeingWritten: boolean;
  readonly reuse: ReusePermille;
}

/** What choosing needs beside the places. */
export interface MarkChoice {
  readonly rates: PromptRates;
  readonly leastTokens: number;
  readonly ttls: readonly CacheTtl[];
  /** What writing may cost on top of the input, at most, in pico-dollars. */
  readonly roomPicoUsd: bigint;
}

/** A mark that was chosen. */
export interface ChosenMark {
  readonly candidate: Candidate;
  readonly ttl: CacheTtl;
  /** Written by this call, rather than read. */
  readonly isCold: boolean;
}

/** What was chosen. */
export interface ChosenMarks {
  readonly marks: readonly ChosenMark[];
  /** Prefixes that this call reads or writes, those that need no mark of their own included. */
  readonly used: readonly ChosenMark[];
  readonly places: readonly MarkPlace[];
  /** What the marks do to this call's bill: what is read is saved, what writing costs on top is lost. */
  readonly expectedPicoUsd: bigint;
  /** What writing costs on top of the input if nobody ever reads it. */
  readonly premiumPicoUsd: bigint;
}

/** From a mark, so many blocks are looked at for what was written before, its own included. */
const lookbackBlocks = 20;

/**
 * Chooses the marks of a prompt among at most four places, the shortest prefix first. What the provider holds is marked,
 * since it is then read; what it does not hold, where writing it pays for the tokens that it adds to the prefix before it.
 * Where the premium is more than may be risked, the longest is given up first; a quarter is added to it, since tokens are
 * an estimate.
 */
export function chooseMarks(candidates: readonly Candidate[], choice: MarkChoice): ChosenMarks {
  let limit = candidates.length;
  for (;;) {
    const chosen = chooseAmong(candidates, choice, limit);
    const lastCold = chosen.used.findLast(({ isCold }) => isCold);
    if (!lastCold || (chosen.premiumPicoUsd * 5n) / 4n <= choice.roomPicoUsd) return chosen;
    limit = candidates.indexOf(lastCold.candidate);
  }
}

function chooseAmong(candidates: readonly Candidate[], choice: MarkChoice, coldBelow: number): ChosenMarks {
  const { rates, leastTokens, ttls } = choice;
  const used: ChosenMark[] = [];
  const reasons: MarkPlace['reason'][] = [];
  let before = 0;
  for (const [index, candidate] of candidates.entries()) {
    const { tokens, reuse } = candidate;
    // More was lost than may be: what was held was held no longer, so that is not relied on until it is made up for.
    const warm = choice.roomPicoUsd < 0n ? undefined : candidate.warm;
    const best = warm ? undefined : bestTtl(Math.max(0, tokens - before), rates, reuse, ttls);
    const reason: MarkPlace['reason'] =
      tokens < leastTokens
        ? 'short'
        : warm
          ? 'warm'
          : !best
            ? 'rare'
            : candidate.isBeingWritten
              ? 'writing'
              : index >= coldBelow
                ? 'room'
                : 'reused';
    reasons.push(reason);
    const ttl = reason === 'warm' ? warm : reason === 'reused' ? best?.ttl : undefined;
    if (ttl === undefined) continue;
    used.push({ candidate, ttl, isCold: reason === 'reused' });
    before = tokens;
  }
  const lastWarm = used.findLastIndex(({ isCold }) => !isCold);
  // What stands before a prefix that is read is read with it, and not written.
  const ordered = longerFirst(used.filter(({ isCold }, index) => !isCold || index > lastWarm));
  const premiumPicoUsd = premiumOf(ordered, rates);
  const readTokens = used[lastWarm]?.candidate.tokens ?? 0;
  return {
    marks: ordered.filter((mark) => !isCovered(mark, ordered)),
    used: ordered,
    places: candidates.map((candidate, index) => placeOf(candidate, reasons[index] ?? 'rare', ordered)),
    expectedPicoUsd: BigInt(readTokens) * (rates.input - rates.read) - premiumPicoUsd,
    premiumPicoUsd,
  };
}

/** An hour's marks must come before those of five minutes: one that stands before an hour's is an hour's too. */
function longerFirst(marks: readonly ChosenMark[]): readonly ChosenMark[] {
  const lastHour = marks.findLastIndex(({ ttl }) => ttl === '1h');
  return marks.map((mark, index) => (index < lastHour ? { ...mark, ttl: '1h' } : mark));
}

/** An earlier turn is found from the mark behind it, where that is near enough. */
function isCovered(mark: ChosenMark, all: readonly ChosenMark[]): boolean {
  const { at, block } = mark.candidate;
  return (
    at === 'earlier' && all.some(({ candidate }) => candidate.block > block && candidate.block - block < lookbackBlocks)
  );
}

/** All that stands behind the last prefix that is held is written, up to the last mark. */
function premiumOf(used: readonly ChosenMark[], rates: PromptRates): bigint {
  let premium = 0n;
  let written = used.findLast(({ isCold }) => !isCold)?.candidate.tokens ?? 0;
  for (const { candidate, ttl } of used) {
    if (candidate.tokens <= written) continue;
    premium += BigInt(candidate.tokens - written) * (rates.write[ttl] - rates.input);
    written = candidate.tokens;
  }
  return premium;
}

function placeOf(candidate: Candidate, reason: MarkPlace['reason'], used: readonly ChosenMark[]): MarkPlace {
  const mark = used.find((each) => each.candidate === candidate);
  const covered = mark ? isCovered(mark, used) : reason === 'reused';
  return {
    at: candidate.at,
    reason: covered ? 'covered' : reason,
    ttl: covered ? undefined : mark?.ttl,
    tokens: candidate.tokens,
    reusePermille: candidate.reuse,
  };
}
