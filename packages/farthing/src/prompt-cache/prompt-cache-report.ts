import type { NanoUsd } from '../pricing/money.js';

/** A part of a system prompt that changes from call to call, so that nothing from there on can be cached. */
export interface PromptAdvice {
  readonly model: string;
  /** Where it begins, in the system prompt, both from 1. Several blocks of a system prompt are counted as lines of one text. */
  readonly line: number;
  readonly character: number;
  /** What the part looks like. `other`: a name, a language, … */
  readonly kind: 'timestamp' | 'uuid' | 'number' | 'other';
  readonly calls: number;
  /** Different texts that were seen. */
  readonly variants: number;
  /** What these calls would have cost less with the part behind the system prompt. */
  readonly lostNanoUsd: NanoUsd;
  /** The same for a day at this rate; over the first hour, for at least an hour of them. */
  readonly lostNanoUsdPerDay: NanoUsd;
  /** The part as it was seen last; only where `adviceText` is on. */
  readonly text?: string | undefined;
}

/** What prompt caching has come to since the gate was created. */
export interface PromptCacheReport {
  /** Calls that were marked, or given a key, and answered. */
  readonly calls: number;
  /** What the marks of these calls were to do to their bills, by what was known when they were set. */
  readonly expectedNanoUsd: NanoUsd;
  /** What they saved by the provider's usage: reads less premiums for writing. It may be negative. */
  readonly realisedNanoUsd: NanoUsd;
  /** What providers that cache by themselves took off calls that were given a key. They would have cached some without it. */
  readonly automaticNanoUsd: NanoUsd;
  /** Prefixes that are remembered. */
  readonly prefixes: number;
  /** Prompts whose changing part defeats caching, the dearest first. */
  readonly advice: readonly PromptAdvice[];
}
