import type { UsageBound } from '../pricing/price.js';
import type { CountTokens, PromptMeasure } from './dialect.js';
import type { PromptTally } from './text-bound.js';

/** What a measure may use: a tokenizer, and the model's own largest output. */
export interface MeasureLimits {
  readonly count?: CountTokens | undefined;
  readonly maxOutputTokens?: number | undefined;
}

/** What an estimate of text is multiplied by, and what is added, to be a bound. */
export interface Safety {
  readonly factor: number;
  readonly tokens: number;
}

/** Measured over recorded requests: 1.3 × the estimate + 100 was below none of 78 bills. */
export const openAISafety: Safety = { factor: 1.3, tokens: 100 };

/** The largest output, in tokens, where neither the request nor the catalogue names one. */
export const defaultMaxOutputTokens = 131_072;

/** The output of all choices: the request's limit, or else the model's own. */
export function boundedOutput(
  limit: number | undefined,
  choices: number | undefined,
  { maxOutputTokens = defaultMaxOutputTokens }: MeasureLimits,
): number {
  return Math.min(limit ?? maxOutputTokens, Number.MAX_SAFE_INTEGER / 1e6) * Math.max(1, choices ?? 1);
}

/** The measure of what was tallied. */
export function measured(
  tally: PromptTally,
  { factor, tokens }: Safety,
  output: Pick<UsageBound, 'outputTokens' | 'cacheWrite' | 'audioOutput'>,
): PromptMeasure {
  const bound: UsageBound = {
    inputTokens:
      Math.ceil(tally.textTokens * factor) + tokens + tally.exactTokens + tally.imageTokens + tally.audioTokens,
    imageInputTokens: tally.imageTokens,
    audioInputTokens: tally.audioTokens,
    cacheWrite: output.cacheWrite,
    audioOutput: output.audioOutput ?? false,
    outputTokens: Math.ceil(output.outputTokens),
  };
  return tally.reasons.size === 0 ? { bounded: true, bound } : { bounded: false, reasons: [...tally.reasons], bound };
}
