import type { JsonObject } from '../dialects/dialect.js';
import { asObject, asText, objectsOf } from '../dialects/json.js';
import { readAnthropicUsage } from './read-anthropic-usage.js';
import { readGeminiUsage } from './read-gemini-usage.js';
import { readOpenAIUsage } from './read-openai-usage.js';
import type { UsageReading } from './usage.js';
import { hasCount, tokens, unaccountedIn, usageOf } from './usage-reader.js';

/**
 * Reads a usage body of a named API: `anthropic.messages`, `openai.chat`, `openai.images`, `gemini.generateContent`,
 * `bedrock.converse`, `cohere.chat` … An API that is not known by name is told by the shape of the body.
 * @returns `undefined` where the body holds no count at all
 */
export function readUsage(api: string, usage: JsonObject): UsageReading | undefined {
  if (/images?(\.|$)/.test(api)) return readOpenAIUsage(usage, { drawsImages: true });
  return readUsageByShape(usage);
}

/** Reads the usage in a whole answer: under `usage`, `usageMetadata` or `meta`, or in a realtime `response`. */
export function readAnyUsage(body: JsonObject): UsageReading | undefined {
  const usage =
    asObject(body['usage']) ??
    asObject(body['usageMetadata']) ??
    asObject(body['meta']) ??
    asObject(asObject(body['response'])?.['usage']) ??
    asObject(asObject(body['message'])?.['usage']);
  return usage && readUsageByShape(usage);
}

function readUsageByShape(usage: JsonObject): UsageReading | undefined {
  if ('promptTokenCount' in usage || 'totalTokenCount' in usage || 'candidatesTokenCount' in usage)
    return readGeminiUsage(usage);
  if ('inputTokens' in usage || 'outputTokens' in usage) return readConverseUsage(usage);
  if ('billed_units' in usage) return readCohereUsage(usage);
  if (
    'cache_read_input_tokens' in usage ||
    'cache_creation_input_tokens' in usage ||
    'cache_creation' in usage ||
    'iterations' in usage
  )
    return readAnthropicUsage(usage);
  return readOpenAIUsage(usage);
}

const knownConverse =
  /^(?:(input|output|total)Tokens|cache(Read|Write)InputToken(s|Count)|cacheDetails\[\]\.inputTokens|pydantic_ai_gateway\..*)$/;

/** Bedrock's Converse: caches come on top of the input, and each of their counts is told under two names. */
function readConverseUsage(usage: JsonObject): UsageReading | undefined {
  if (!hasCount(usage, ['inputTokens', 'outputTokens', 'totalTokens'])) return undefined;
  const written = tokens(usage['cacheWriteInputTokens'] ?? usage['cacheWriteInputTokenCount']);
  const hour = objectsOf(usage['cacheDetails']).reduce(
    (sum, detail) => (asText(detail['ttl']) === '1h' ? sum + tokens(detail['inputTokens']) : sum),
    0,
  );
  return {
    usage: usageOf({
      inputTokens: tokens(usage['inputTokens']),
      cacheReadTokens: tokens(usage['cacheReadInputTokens'] ?? usage['cacheReadInputTokenCount']),
      cacheWrite5mTokens: written - hour,
      cacheWrite1hTokens: hour,
      outputTokens: tokens(usage['outputTokens']),
    }),
    unaccounted: unaccountedIn(usage, knownConverse),
  };
}

const knownCohere =
  /^(?:billed_units\.(input|output|image)_tokens|tokens\.(input|output)_tokens|cached_tokens|api_version\..*)$/;

/** Cohere bills its `billed_units`; its `tokens` are what the model saw. */
function readCohereUsage(usage: JsonObject): UsageReading | undefined {
  const billed = asObject(usage['billed_units']) ?? {};
  if (!hasCount(billed, ['input_tokens', 'output_tokens', 'image_tokens'])) return undefined;
  return {
    usage: usageOf({
      inputTokens: tokens(billed['input_tokens']),
      outputTokens: tokens(billed['output_tokens']),
      imageInputTokens: tokens(billed['image_tokens']),
    }),
    unaccounted: unaccountedIn(usage, knownCohere),
  };
}
