import { LRUCache } from 'lru-cache';
import { roundToNanoUsd } from '../pricing/money.js';
import { changingPartOf, kindOf, placeIn, shapeOf, type TextShape, wholeWords } from './changing-part.js';
import type { PromptAdvice } from './prompt-cache-report.js';
import { ttlMs } from './reuse-counts.js';

/** One call's system prompt, and what it costs. */
export interface SeenPrompt {
  /** Texts are only compared within one scope and model. */
  readonly scope: string;
  readonly model: string;
  /** Names the text. */
  readonly hash: string;
  /** The blocks of the system prompt. */
  readonly texts: readonly string[];
  /** Tokens of the tools before it, and of both together. */
  readonly tokensBefore: number;
  readonly tokens: number;
  /** What the provider keeps at the least. */
  readonly leastTokens: number;
  /** A cache that takes in whole blocks only loses all of the block in which something changes. */
  readonly wholeBlocks: boolean;
  /** What a token costs less where it is read from the cache, in pico-dollars. */
  readonly savingPicoUsd: bigint;
  readonly nowMs: number;
}

/** Finds prompts that would be the same but for a small part, such as the time of day. */
export interface Advisor {
  readonly see: (prompt: SeenPrompt) => void;
  readonly advice: (nowMs: number) => readonly PromptAdvice[];
}

/** What calls of one prompt came to. Texts that were seen refer to it, and outlive the shape that it was found by. */
interface Tally {
  readonly model: string;
  readonly sinceMs: number;
  lastMs: number;
  calls: number;
  variants: number;
  lostPicoUsd: bigint;
  found: Pick<PromptAdvice, 'line' | 'character' | 'kind' | 'text'> | undefined;
  /** Where the part begins, in UTF-16 units, … */
  startAt: number;
  /** … and from where on the text must be read anew, as a share of its length. */
  share: number;
}

/** Prompts that are equal but for a small part, and one of them to compare with. */
interface Group {
  readonly shape: TextShape;
  readonly tally: Tally;
}

const maxScopes = 256;
/** Pieces of text that are kept to compare with, of all scopes: about 8 MB. */
const maxPieces = 1_000_000;
const groupsOfScope = 8;
const maxTexts = 4096;
/** Two texts may differ by chance; a part that changes has had three forms. */
const leastVariants = 3;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** @param showText whether advice shows the part that changes */
export function createAdvisor(showText: boolean): Advisor {
  const scopes = new LRUCache<string, readonly Group[]>({
    max: maxScopes,
    maxSize: maxPieces,
    sizeCalculation: (groups) => groups.reduce((sum, { shape }) => sum + shape.hashes.length, 1),
  });
  const texts = new LRUCache<string, { readonly tally: Tally; readonly lastMs: number }>({ max: maxTexts });

  /** The tally of a text that was not seen before; its first part that changes is looked for. */
  const tallyFor = (prompt: SeenPrompt): Tally => {
    const { scope, model, nowMs } = prompt;
    const name = `${scope}/${model}`;
    const groups = scopes.get(name) ?? [];
    const text = prompt.texts.join('\n');
    const shape = shapeOf(text);
    for (const { shape: before, tally } of groups) {
      const part = changingPartOf(before, text, shape);
      if (!part) continue;
      tally.variants++;
      const words = wholeWords(text, part);
      // The first of several parts that change is what defeats the cache, and not every one changes each time.
      if (words.start > tally.startAt) return tally;
      const changing = text.slice(words.start, words.end);
      tally.startAt = words.start;
      tally.share = lostFrom(prompt, words.start) / Math.max(1, text.length);
      tally.found = {
        ...placeIn(text, words.start),
        kind: kindOf(changing),
        ...(showText && { text: changing.slice(0, 80) }),
      };
      return tally;
    }
    const tally = newTally(model, nowMs);
    // Where its pieces begin is not needed again.
    const kept: TextShape = { hashes: shape.hashes, sketch: shape.sketch };
    scopes.set(name, [{ shape: kept, tally }, ...groups].slice(0, groupsOfScope));
    return tally;
  };

  return {
    see: (prompt) => {
      const { nowMs, tokens, tokensBefore } = prompt;
      if (tokens < prompt.leastTokens) return;
      const key = `${prompt.scope}/${prompt.model}/${prompt.hash}`;
      const known = texts.get(key);
      const tally = known?.tally ?? tallyFor(prompt);
      tally.calls++;
      // Had the part been elsewhere, the call before would have left the prompt with the provider.
      const wouldBeHeld = nowMs - tally.lastMs <= ttlMs['5m'];
      const isHeld = known !== undefined && nowMs - known.lastMs <= ttlMs['5m'];
      if (wouldBeHeld && !isHeld)
        tally.lostPicoUsd += BigInt(Math.round((tokens - tokensBefore) * (1 - tally.share))) * prompt.savingPicoUsd;
      tally.lastMs = nowMs;
      texts.set(key, { tally, lastMs: nowMs });
    },
    advice: (nowMs) =>
      [...scopes.values()]
        .flat()
        .flatMap(({ tally: { found, ...tally } }): PromptAdvice[] =>
          !found || tally.variants < leastVariants || tally.lostPicoUsd === 0n
            ? []
            : [
                {
                  model: tally.model,
                  ...found,
                  calls: tally.calls,
                  variants: tally.variants,
                  lostNanoUsd: roundToNanoUsd(tally.lostPicoUsd),
                  lostNanoUsdPerDay: roundToNanoUsd(
                    (tally.lostPicoUsd * BigInt(dayMs)) / BigInt(Math.max(hourMs, Math.round(nowMs - tally.sinceMs))),
                  ),
                },
              ],
        )
        .toSorted((a, b) => b.lostNanoUsd - a.lostNanoUsd),
  };
}

function newTally(model: string, nowMs: number): Tally {
  return {
    model,
    sinceMs: nowMs,
    lastMs: -Infinity,
    calls: 0,
    variants: 1,
    lostPicoUsd: 0n,
    found: undefined,
    startAt: Infinity,
    share: 1,
  };
}

/** From where on a change makes a text be read anew: from itself, or from the beginning of its block. */
function lostFrom({ texts, wholeBlocks }: SeenPrompt, at: number): number {
  if (!wholeBlocks) return at;
  let start = 0;
  for (const text of texts) {
    if (at <= start + text.length) return start;
    start += text.length + 1;
  }
  return start;
}
