import type { Completion } from '../call.js';
import type { CacheTtl, Mark, Prompt } from '../dialects/prompt-caching.js';
import type { Usage } from '../pricing/usage.js';
import { type Candidate, type ChosenMarks, chooseMarks } from './choose-marks.js';
import { createLossRoom } from './loss-room.js';
import type { PrefixMemory } from './prefix-memory.js';
import type { MarkPlace } from './prompt-cache-decision.js';
import { createSightClock, type ReuseCounts, reuseOf, ttlMs } from './reuse-counts.js';
import type { Savings } from './savings.js';
import type { PromptRates } from './worth-marking.js';

/** A prompt that is about to be sent. */
export interface MarkQuestion {
  readonly prompt: Prompt;
  /** Of each block, the hash of the prefix that it ends. */
  readonly hashes: readonly string[];
  /** The tokens up to the end of a block, by an estimate, … */
  readonly estimatedAt: (block: number) => number;
  /** … and as the model is known to count. */
  readonly tokensAt: (block: number) => number;
  readonly scope: string;
  readonly rates: PromptRates;
  readonly leastTokens: number;
  readonly nowMs: number;
}

/** What was chosen for a prompt, and what is to be told of how it went. */
export interface MarkPlan extends Pick<ChosenMarks, 'places' | 'expectedPicoUsd'> {
  readonly marks: readonly Mark[];
  /** The marks go out: what they may cost counts as risked, until `ended` or `abandoned`. */
  readonly begin: () => void;
  /** The answer has begun: what was written can be read from now on. */
  readonly answered: (isOk: boolean) => void;
  readonly ended: (completion: Completion, savings: Savings | undefined) => void;
  /** Nothing went out, or nothing came back. */
  readonly abandoned: () => void;
}

/** Decides which prefixes of a prompt are marked, and learns from what comes of it. */
export interface MarkPlanner {
  readonly plan: (question: MarkQuestion) => MarkPlan;
}

/** A planner that knows nothing yet. */
export function createMarkPlanner(
  memory: PrefixMemory,
  { ttls, maxLoss }: { readonly ttls: readonly CacheTtl[]; readonly maxLoss: number },
): MarkPlanner {
  const clock = createSightClock();
  const room = createLossRoom(maxLoss);

  /** The places of a prompt, shortest prefix first; each is a sight of its prefix from now on. */
  const candidatesOf = (question: MarkQuestion): readonly Candidate[] => {
    const { prompt, hashes, tokensAt, scope, nowMs } = question;
    clock.advance(nowMs);
    let earlier: number | undefined;
    for (const [block, hash] of hashes.entries()) {
      const known = memory.find(hash);
      if (known?.sight) clock.follow(known.sight, nowMs);
      if (known) known.sight = undefined;
      const { section, canEnd = false } = prompt.blocks[block] ?? {};
      const isTurn = section === 'messages' && canEnd && block < (prompt.lastTurn ?? 0);
      if (isTurn && known && known.warmUntilMs > nowMs) earlier = block;
    }
    const tools = endOf(prompt, 'tools');
    const system = endOf(prompt, 'system');
    const place = (at: MarkPlace['at'], block: number | undefined, kinds: readonly string[]): Candidate[] => {
      const hash = block === undefined ? undefined : hashes[block];
      if (block === undefined || hash === undefined) return [];
      const prefix = memory.keep(hash, question.estimatedAt(block));
      const counts: readonly ReuseCounts[] = [prefix.counts, ...kinds.map((kind) => memory.kind(kind))];
      const reuse = reuseOf(counts);
      // An earlier turn is not what will come again: the turn after it is.
      if (at !== 'earlier') prefix.sight = clock.open(counts, nowMs);
      return [
        {
          at,
          block,
          tokens: tokensAt(block),
          warm: prefix.warmUntilMs > nowMs && !prefix.isDoubted ? prefix.ttl : undefined,
          isBeingWritten: prefix.writers > 0,
          reuse,
        },
      ];
    };
    const app = hashes[system ?? tools ?? -1] ?? '';
    const depth = `turn/${Math.min(6, Math.floor(Math.log2(Math.max(1, prompt.turns))))}`;
    return [
      ...place('tools', tools, [`${scope}/tools`, 'tools']),
      ...place('system', system, [`${scope}/system`, 'system']),
      ...place('earlier', earlier, []),
      ...place('turn', prompt.lastTurn, [`${scope}/${app}/${depth}`, `${scope}/${depth}`, depth]),
    ];
  };

  return {
    plan: (question) => {
      const { prompt, hashes, nowMs } = question;
      const chosen = chooseMarks(candidatesOf(question), {
        rates: question.rates,
        leastTokens: question.leastTokens,
        ttls,
        roomPicoUsd: room.leftPicoUsd(),
      });
      const prefixOf = ({ block }: Candidate) => memory.find(hashes[block] ?? '');
      let isRunning = false;
      let isWriting = false;
      let wasWritten = false;
      const stopWriting = (): void => {
        if (!isWriting) return;
        isWriting = false;
        for (const { candidate, isCold } of chosen.used) {
          const prefix = isCold ? prefixOf(candidate) : undefined;
          if (prefix) prefix.writers = Math.max(0, prefix.writers - 1);
        }
      };
      const settle = (savings: Savings): void => {
        room.settle({ riskedPicoUsd: isRunning ? chosen.premiumPicoUsd : 0n, ...savings });
        isRunning = false;
      };
      const keepUntil = (untilMs: (ttl: CacheTtl) => number): void => {
        for (const { candidate, ttl: asked } of chosen.used) {
          const prefix = prefixOf(candidate);
          // What is read lives on for as long as it was written for, even where its mark had to say an hour.
          const ttl = candidate.warm ?? asked;
          if (prefix) Object.assign(prefix, { ttl, warmUntilMs: untilMs(ttl) });
        }
      };
      const doubt = (isUnread: boolean): void => {
        for (const { candidate, isCold } of chosen.used) {
          const prefix = prefixOf(candidate);
          // Nothing is wrong with what was not held yet, and nothing is left to doubt of what was read.
          if (prefix && (!isCold || !isUnread)) prefix.isDoubted = isUnread;
        }
      };
      return {
        marks: chosen.marks.map(({ candidate, ttl }) => ({ path: prompt.blocks[candidate.block]?.path ?? [], ttl })),
        places: chosen.places,
        expectedPicoUsd: chosen.expectedPicoUsd,
        begin: () => {
          isRunning = true;
          isWriting = true;
          room.risk(chosen.premiumPicoUsd);
          for (const { candidate, isCold } of chosen.used) {
            const prefix = isCold ? prefixOf(candidate) : undefined;
            if (prefix) prefix.writers++;
          }
        },
        answered: (isOk) => {
          stopWriting();
          wasWritten = isOk && isRunning;
          if (wasWritten) keepUntil((ttl) => nowMs + ttlMs[ttl]);
        },
        ended: ({ usage, status, httpStatus }, savings) => {
          const isTold = usage !== undefined && cachedTokens(usage) > 0;
          // An answer that was cut off may never tell of its cache: what was written then counts as paid for.
          const isLost = wasWritten && !isTold && (!usage || status !== 'complete');
          const known = savings ?? { inputPicoUsd: 0n, savedPicoUsd: 0n };
          settle(isLost ? { ...known, savedPicoUsd: -chosen.premiumPicoUsd } : known);
          if (wasWritten && usage && (isTold || status === 'complete')) doubt(usage.cacheReadTokens === 0);
          // Marked, and the provider kept nothing: it was too short for it after all.
          if (wasWritten && !isTold && !isLost && httpStatus < 400) keepUntil(() => 0);
        },
        abandoned: () => {
          stopWriting();
          settle({ inputPicoUsd: 0n, savedPicoUsd: 0n });
        },
      };
    },
  };
}

function cachedTokens({ cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens }: Usage): number {
  return cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens;
}

/** The last block of a section, where a mark may stand there. */
function endOf({ blocks }: Prompt, section: 'tools' | 'system'): number | undefined {
  const last = blocks.findLastIndex((block) => block.section === section);
  return blocks[last]?.canEnd ? last : undefined;
}
