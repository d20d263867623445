import type { JsonObject } from '../dialects/dialect.js';
import { asCount, asObject, asText } from '../dialects/json.js';
import { readServerTimes } from './server-times.js';
import type { UsageReading } from './usage.js';
import { hasCount, picoUsdOf, tokens, unaccountedIn, usageOf } from './usage-reader.js';

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

/** Each of these is enough to say what a call used. */
const counts = [
  'prompt_tokens',
  'completion_tokens',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'seconds',
] as const;

/** What the body leaves unsaid. */
export interface OpenAIUsageContext {
  /** The output of an endpoint that draws: without details, all of it is image. */
  readonly drawsImages?: boolean;
}

/**
 * Reads `usage` as OpenAI tells it (chat, Responses, embeddings, images, realtime, transcriptions) and as the servers
 * that speak its language do: Groq, Mistral, DeepSeek, OpenRouter, xAI, Perplexity. Cached, written, audio and image
 * tokens are subsets of the input there; reasoning is a subset of the output, unless the total says otherwise.
 * @returns `undefined` where the body holds no count at all
 */
export function readOpenAIUsage(
  usage: JsonObject,
  { drawsImages = false }: OpenAIUsageContext = {},
): UsageReading | undefined {
  const input = readInput(usage);
  const output = readOutput(usage, input.total, drawsImages);
  const cost = reportedCost(usage);
  if (cost === undefined && !hasCount(usage, counts)) return undefined;
  const serviceTier = asText(usage['service_tier']);
  const serverTimes = readServerTimes(usage);
  return {
    // Field by field: this runs for every call, and a spread takes ten times as long.
    usage: usageOf({
      inputTokens: input.text,
      cacheReadTokens: input.cachedText,
      cacheWrite5mTokens: input.written,
      audioInputTokens: input.audio - input.cachedAudio,
      cacheReadAudioTokens: input.cachedAudio,
      imageInputTokens: input.image - input.cachedImage,
      cacheReadImageTokens: input.cachedImage,
      videoInputTokens: input.video,
      outputTokens: output.visible - output.audio - output.image,
      reasoningTokens: output.reasoning,
      audioOutputTokens: output.audio,
      imageOutputTokens: output.image,
      audioInputMs: Math.round((asCount(usage['seconds']) ?? 0) * 1000),
      webSearches: tokens(usage['num_search_queries'] ?? asObject(usage['server_tool_use'])?.['web_search_requests']),
    }),
    unaccounted: unaccountedIn(usage, known),
    ...(cost !== undefined && { reportedCostPicoUsd: cost }),
    ...(serviceTier !== undefined && { serviceTier }),
    ...(serverTimes && { serverTimes }),
  };
}

/** The input by kind, in tokens; `text` is what is left when all else is taken off. */
function readInput(usage: JsonObject) {
  const details = detailsOf(usage, 'prompt_tokens_details', 'input_tokens_details', 'input_token_details');
  const stated = asCount(usage['prompt_tokens'] ?? usage['input_tokens']);
  const total =
    stated === undefined ? Math.max(0, tokens(usage['total_tokens']) - statedOutput(usage)) : tokens(stated);
  const cached = tokens(
    details['cached_tokens'] ??
      usage['prompt_cache_hit_tokens'] ??
      usage['num_cached_tokens'] ??
      usage['cached_tokens'],
  );
  const cachedDetails = asObject(details['cached_tokens_details']);
  const cachedAudio = tokens(cachedDetails?.['audio_tokens']);
  const cachedImage = tokens(cachedDetails?.['image_tokens']);
  const cachedText = cached - cachedAudio - cachedImage;
  const written = tokens(details['cache_write_tokens'] ?? details['cache_creation_tokens']);
  const audio = tokens(details['audio_tokens']);
  const image = tokens(details['image_tokens']);
  const video = tokens(details['video_tokens']);
  const text = total - cachedText - written - audio - image - video + tokens(usage['citation_tokens']);
  return { total, text, cachedText, cachedAudio, cachedImage, written, audio, image, video };
}

/** The output by kind, in tokens. */
function readOutput(usage: JsonObject, inputTotal: number, drawsImages: boolean) {
  const details = detailsOf(usage, 'completion_tokens_details', 'output_tokens_details', 'output_token_details');
  const output = statedOutput(usage);
  const reasoning = tokens(details['reasoning_tokens'] ?? usage['reasoning_tokens']);
  const audio = tokens(details['audio_tokens']);
  const image =
    details['image_tokens'] === undefined && details['text_tokens'] === undefined && drawsImages
      ? output
      : tokens(details['image_tokens']);
  // Some servers (xAI) leave reasoning out of the output: then only the total holds it.
  const apart = reasoning > 0 && tokens(usage['total_tokens']) === inputTotal + output + reasoning;
  return { visible: apart ? output : output - reasoning, reasoning, audio, image };
}

function statedOutput(usage: JsonObject): number {
  return tokens(usage['completion_tokens'] ?? usage['output_tokens']);
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

/** The details under whichever of their three names is used. */
function detailsOf(usage: JsonObject, chat: string, responses: string, realtime: string): JsonObject {
  return asObject(usage[chat]) ?? asObject(usage[responses]) ?? asObject(usage[realtime]) ?? {};
}
