import type { JsonObject } from '../dialects/dialect.js';
import { asText, objectsOf } from '../dialects/json.js';
import type { UsageReading } from './usage.js';
import { hasCount, tokens, unaccountedIn, usageOf } from './usage-reader.js';

const known =
  /^(?:(prompt|candidates|response|thoughts|toolUsePrompt|total)TokenCount|cachedContentTokenCount|(prompt|candidates|response|cache|toolUsePrompt)Tokens?Details\[\]\.tokenCount|pydantic_ai_gateway\..*)$/;

/** Each of these is enough to say what a call used. */
const counts = ['promptTokenCount', 'candidatesTokenCount', 'responseTokenCount', 'totalTokenCount'] as const;

/**
 * Reads `usageMetadata` as Gemini tells it: details by modality, of which the rest is text; thoughts and the prompts of
 * tools come on top; what was cached is a subset of the prompt.
 * @returns `undefined` where the body holds no count at all
 */
export function readGeminiUsage(usage: JsonObject): UsageReading | undefined {
  if (!hasCount(usage, counts)) return undefined;
  const prompt = byModality(usage['promptTokensDetails'] ?? usage['promptTokenDetails']);
  const tools = byModality(usage['toolUsePromptTokensDetails']);
  const cached = byModality(usage['cacheTokensDetails']);
  const said = byModality(usage['candidatesTokensDetails'] ?? usage['responseTokensDetails']);
  const cachedTotal = tokens(usage['cachedContentTokenCount']);
  const input = tokens(usage['promptTokenCount']) + tokens(usage['toolUsePromptTokenCount']);
  const output = tokens(usage['candidatesTokenCount'] ?? usage['responseTokenCount']);
  const [audio, image, video] = [prompt.audio + tools.audio, prompt.image + tools.image, prompt.video + tools.video];
  const cachedText = Math.max(0, cachedTotal - cached.audio - cached.image - cached.video);
  const serviceTier = asText(usage['serviceTier']);
  return {
    usage: usageOf({
      inputTokens: input - audio - image - video - cachedText,
      // No catalogue prices cached video apart from cached text.
      cacheReadTokens: cachedText + cached.video,
      audioInputTokens: audio - cached.audio,
      cacheReadAudioTokens: cached.audio,
      imageInputTokens: image - cached.image,
      cacheReadImageTokens: cached.image,
      videoInputTokens: video - cached.video,
      outputTokens: output - said.audio - said.image,
      reasoningTokens: tokens(usage['thoughtsTokenCount']),
      audioOutputTokens: said.audio,
      imageOutputTokens: said.image,
    }),
    unaccounted: unaccountedIn(usage, known),
    ...(serviceTier !== undefined && { serviceTier }),
  };
}

function byModality(details: unknown): { audio: number; image: number; video: number } {
  const sum = { audio: 0, image: 0, video: 0 };
  for (const detail of objectsOf(details)) {
    const modality = (asText(detail['modality']) ?? '').toLowerCase();
    if (modality === 'audio' || modality === 'image' || modality === 'video')
      sum[modality] += tokens(detail['tokenCount']);
  }
  return sum;
}
