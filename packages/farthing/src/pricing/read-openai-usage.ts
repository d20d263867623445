import type { JsonObject } from '../dialects/dialect.js';
import { asCount, asObject, asText } from '../dialects/json.js';
import type { UsageReading } from './usage.js';
import { picoUsdOf, tokens, unaccountedIn, usageOf } from './usage-reader.js';

/** Numbers that are read below, and those that are known and not billed (sums, times, a gateway's own estimates). */
const known = new RegExp(
  `^(?:${[
    '(prompt|completion|input|output|total)_tokens',
    '(prompt|input)_tokens?_details\\.(cached|cache_write|cache_creation|audio|image|text|video)_tokens',
    '(prompt|input)_tokens?_details\\.cached_tokens_details\\.(text|audio|image)_tokens',
    '(completion|output)_tokens?_details\\.(reasoning|audio|image|text|accepted_prediction|rejected_prediction)_tokens',
    'prompt_cache_(hit|miss)_tokens',
    '(num_)?cached_tokens',
    'reasoning_tokens|citation_tokens|num_search_queries',
    '(prompt|completion|queue|total)_time',
    'seconds|cost|cost_in_usd_ticks',
    'cost(_details)?\\..*',
    'server_tool_use_details\\..*',
    'server_tool_use\\.web_search_requests',
    'pydantic_ai_gateway\\..*',
  ].join('|')})$`,
);

/** What the body leaves unsaid. */
export interface OpenAIUsageContext {
  /** The output of an endpoint that draws: without details, all of it is image. */
  readonly drawsImages?: boolean;
}

/**
 * Reads `usage` as OpenAI tells it (chat, Responses, embeddings, images, realtime, transcriptions) and as the servers
 * that speak its language do: Groq, Mistral, DeepSeek, OpenRouter, xAI, Perplexity. Cached, written, audio and image
 * tokens are subsets of the input there; reasoning is a subset of the output, unless the total says otherwise.
 */
export function readOpenAIUsage(usage: JsonObject, { drawsImages = false }: OpenAIUsageContext = {}): UsageReading {
  const inputDetails = detailsOf(usage, ['prompt_tokens_details', 'input_tokens_details', 'input_token_details']);
  const outputDetails = detailsOf(usage, [
    'completion_tokens_details',
    'output_tokens_details',
    'output_token_details',
  ]);
  const output = tokens(usage['completion_tokens'] ?? usage['output_tokens']);
  const total = tokens(usage['total_tokens']);
  const stated = asCount(usage['prompt_tokens'] ?? usage['input_tokens']);
  const input = stated === undefined ? Math.max(0, total - output) : tokens(stated);
  const reasoning = tokens(outputDetails['reasoning_tokens'] ?? usage['reasoning_tokens']);
  const audioOut = tokens(outputDetails['audio_tokens']);
  const imageOut =
    outputDetails['image_tokens'] === undefined && outputDetails['text_tokens'] === undefined && drawsImages
      ? output
      : tokens(outputDetails['image_tokens']);
  // Some servers (xAI) leave reasoning out of the output: then only the total holds it.
  const visible = reasoning > 0 && total === input + output + reasoning ? output : output - reasoning;
  const cost = reportedCost(usage);
  return {
    usage: usageOf({
      ...readInput(usage, inputDetails, input),
      outputTokens: visible - audioOut - imageOut,
      reasoningTokens: reasoning,
      audioOutputTokens: audioOut,
      imageOutputTokens: imageOut,
      audioInputMs: Math.round((asCount(usage['seconds']) ?? 0) * 1000),
      webSearches: tokens(usage['num_search_queries'] ?? asObject(usage['server_tool_use'])?.['web_search_requests']),
    }),
    unaccounted: unaccountedIn(usage, known),
    ...(cost !== undefined && { reportedCostPicoUsd: cost }),
    ...(asText(usage['service_tier']) !== undefined && { serviceTier: String(usage['service_tier']) }),
  };
}

function readInput(usage: JsonObject, details: JsonObject, input: number): Parameters<typeof usageOf>[0] {
  const cached = tokens(
    details['cached_tokens'] ??
      usage['prompt_cache_hit_tokens'] ??
      usage['num_cached_tokens'] ??
      usage['cached_tokens'],
  );
  const cachedDetails = asObject(details['cached_tokens_details']) ?? {};
  const cachedAudio = tokens(cachedDetails['audio_tokens']);
  const cachedImage = tokens(cachedDetails['image_tokens']);
  const written = tokens(details['cache_write_tokens'] ?? details['cache_creation_tokens']);
  const audio = tokens(details['audio_tokens']);
  const image = tokens(details['image_tokens']);
  const video = tokens(details['video_tokens']);
  return {
    inputTokens:
      input - (cached - cachedAudio - cachedImage) - written - audio - image - video + tokens(usage['citation_tokens']),
    cacheReadTokens: cached - cachedAudio - cachedImage,
    cacheWrite5mTokens: written,
    audioInputTokens: audio - cachedAudio,
    cacheReadAudioTokens: cachedAudio,
    imageInputTokens: image - cachedImage,
    cacheReadImageTokens: cachedImage,
    videoInputTokens: video,
  };
}

/** OpenRouter's `cost` (with the provider's own bill on top where the key is the user's), xAI's ticks, Perplexity's total. */
function reportedCost(usage: JsonObject): bigint | undefined {
  const ticks = asCount(usage['cost_in_usd_ticks']);
  if (ticks !== undefined) return picoUsdOf(ticks) / 10n ** 10n;
  const cost = asCount(usage['cost']) ?? asCount(asObject(usage['cost'])?.['total_cost']);
  if (cost === undefined) return undefined;
  const upstream =
    usage['is_byok'] === true ? (asCount(asObject(usage['cost_details'])?.['upstream_inference_cost']) ?? 0) : 0;
  return picoUsdOf(cost) + picoUsdOf(upstream);
}

function detailsOf(usage: JsonObject, names: readonly string[]): JsonObject {
  return names.map((name) => asObject(usage[name])).find(Boolean) ?? {};
}
