import type { JsonObject, PromptMeasure } from './dialect.js';
import { isGiven } from './json.js';
import { addUnknownFields, type MeasureLimits, measured, openAISafety } from './measure.js';
import { PromptTally } from './text-bound.js';

/** Fields that are read below, or of which nothing comes before the model. */
const knownFields: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user']);

/** Bounds a request for embeddings: texts, or tokens that are already counted. */
export function measureOpenAIEmbeddings(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const input = body['input'];
  for (const each of Array.isArray(input) ? input : [input]) {
    if (typeof each === 'string') tally.text(each);
    else if (typeof each === 'number') tally.exactTokens++;
    else if (Array.isArray(each)) tally.exactTokens += each.length;
    else if (isGiven(each)) {
      tally.json(each);
      tally.unbounded('input that is neither text nor tokens');
    }
  }
  addUnknownFields(tally, body, knownFields);
  return measured(tally, openAISafety, { outputTokens: 0, cacheWrite: 'none' });
}
