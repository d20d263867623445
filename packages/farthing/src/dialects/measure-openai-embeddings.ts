import type { JsonObject, PromptMeasure } from './dialect.js';
import { type MeasureLimits, measured, openAISafety } from './measure.js';
import { PromptTally } from './text-bound.js';

/** Bounds a request for embeddings: texts, or tokens that are already counted. */
export function measureOpenAIEmbeddings(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const input = body['input'];
  if (typeof input === 'string') tally.text(input);
  for (const each of Array.isArray(input) ? input : []) {
    if (typeof each === 'string') tally.text(each);
    else if (typeof each === 'number') tally.exactTokens++;
    else if (Array.isArray(each)) tally.exactTokens += each.length;
    else tally.unbounded('input that is neither text nor tokens');
  }
  return measured(tally, openAISafety, { outputTokens: 0, cacheWrite: 'none' });
}
