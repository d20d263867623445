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

interface Group {
  readonly model: string;
  readonly shape: TextShape;
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

const maxScopes = 256;
const groupsOfScope = 8;
const maxTexts = 4096;
/** Two texts may differ by chance; a part that changes has had three forms. */
const leastVariants = 3;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** @param showText whether advice shows the part that changes */
export function createAdvisor(showText: boolean): Advisor {
  const scopes = new LRUCache<string, Group[]>({ max: maxScopes });
  const texts = new LRUCache<string, { readonly group: Group; lastMs: number }>({ max: maxTexts });

  /** The group of a text that was not seen before; its first part that changes is looked for. */
  const groupFor = (prompt: SeenPrompt): Group => {
    const { scope, model, nowMs } = prompt;
    const name = `${scope}/${model}`;
    const groups = scopes.get(name) ?? [];
    scopes.set(name, groups);
    const text = prompt.texts.join('\n');
    const shape = shapeOf(text);
    for (const group of groups) {
      const part = changingPartOf(group.shape, text, shape);
      if (!part) continue;
      group.variants++;
      const words = wholeWords(text, part);
      // The first of several parts that change is what defeats the cache, and not every one changes each time.
      if (words.start > group.startAt) return group;
      const changing = text.slice(words.start, words.end);
      group.startAt = words.start;
      group.share = lostFrom(prompt, words.start) / Math.max(1, text.length);
      group.found = {
        ...placeIn(text, words.start),
        kind: kindOf(changing),
        ...(showText && { text: changing.slice(0, 80) }),
      };
      return group;
    }
    const made: Group = {
      model,
      shape,
      sinceMs: nowMs,
      lastMs: -Infinity,
      calls: 0,
      variants: 1,
      lostPicoUsd: 0n,
      found: undefined,
      startAt: Infinity,
      share: 1,
    };
    groups.unshift(made);
    if (groups.length > groupsOfScope) groups.pop();
    return made;
  };

  return {
    see: (prompt) => {
      const { nowMs, tokens, tokensBefore } = prompt;
      if (tokens < prompt.leastTokens) return;
      const key = `${prompt.scope}/${prompt.model}/${prompt.hash}`;
      const known = texts.get(key);
      const group = known?.group ?? groupFor(prompt);
      group.calls++;
      // Had the part been elsewhere, the call before would have left the prompt with the provider.
      const wouldBeHeld = nowMs - group.lastMs <= ttlMs['5m'];
      const isHeld = known !== undefined && nowMs - known.lastMs <= ttlMs['5m'];
      if (wouldBeHeld && !isHeld)
        group.lostPicoUsd += BigInt(Math.round((tokens - tokensBefore) * (1 - group.share))) * prompt.savingPicoUsd;
      group.lastMs = nowMs;
      texts.set(key, { group, lastMs: nowMs });
    },
    advice: (nowMs) =>
      [...scopes.values()]
        .flat()
        .flatMap(({ found, ...group }): PromptAdvice[] =>
          !found || group.variants < leastVariants || group.lostPicoUsd === 0n
            ? []
            : [
                {
                  model: group.model,
                  ...found,
                  calls: group.calls,
                  variants: group.variants,
                  lostNanoUsd: roundToNanoUsd(group.lostPicoUsd),
                  lostNanoUsdPerDay: roundToNanoUsd(
                    (group.lostPicoUsd * BigInt(dayMs)) / BigInt(Math.max(hourMs, Math.round(nowMs - group.sinceMs))),
                  ),
                },
              ],
        )
        .toSorted((a, b) => b.lostNanoUsd - a.lostNanoUsd),
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
