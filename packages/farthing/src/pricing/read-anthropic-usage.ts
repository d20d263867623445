import type { JsonObject } from '../dialects/dialect.js';
import { asCount, asObject, asText, objectsOf } from '../dialects/json.js';
import { readServerTimes } from './server-times.js';
import { noUsage, sumUsage, type Usage, type UsageReading } from './usage.js';
import { hasCount, picoUsdOf, tokens, unaccountedIn, usageOf } from './usage-reader.js';

const one =
  '(input|output|cache_creation_input|cache_read_input)_tokens|cache_creation\\.ephemeral_(5m|1h)_input_tokens|output_tokens_details\\.thinking_tokens';
/** Fetches are not billed by themselves, only their tokens. A server that is not Anthropic's may tell its times and its cost. */
const known = new RegExp(
  `^(?:${one}|iterations\\[\\]\\.(?:${one})|(iterations\\[\\]\\.)?server_tool_use\\.(web_search|web_fetch)_requests|(prompt|completion|queue|total)_time|cost|pydantic_ai_gateway\\..*)$`,
);

/** Each of these is enough to say what a call used. */
const counts = ['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'] as const;

/**
 * Reads `usage` as Anthropic tells it: cache reads and writes come on top of `input_tokens`. Where a request ran in
 * several iterations (compaction, advisors), each counts at its own model, and the totals beside them are not complete.
 * @returns `undefined` where the body holds no count at all
 */
export function readAnthropicUsage(usage: JsonObject): UsageReading | undefined {
  if (![usage, ...objectsOf(usage['iterations'])].some((each) => hasCount(each, counts))) return undefined;
  const tools = asObject(usage['server_tool_use']);
  const webSearches = tokens(tools?.['web_search_requests']);
  const iterations = objectsOf(usage['iterations']).map((iteration) => ({
    model: asText(iteration['model']),
    usage: readOne(iteration),
  }));
  const whole = readOne(usage);
  const serviceTier = asText(usage['service_tier']);
  const geo = asText(usage['inference_geo']);
  const speed = asText(usage['speed']);
  const serverTimes = readServerTimes(usage);
  const cost = asCount(usage['cost']);
  return {
    usage: {
      ...(iterations.length > 0 ? sumUsage(iterations.map((iteration) => iteration.usage)) : whole),
      webSearches,
    },
    unaccounted: unaccountedIn(usage, known),
    ...(iterations.length > 0 && { byModel: withSearches(iterations, webSearches) }),
    ...((speed === 'fast' || serviceTier !== undefined) && {
      serviceTier: speed === 'fast' ? 'fast' : String(serviceTier),
    }),
    ...(geo !== undefined && { geo }),
    ...(serverTimes && { serverTimes }),
    ...(cost !== undefined && { reportedCostPicoUsd: picoUsdOf(cost) }),
  };
}

function readOne(usage: JsonObject): Usage {
  const written = tokens(usage['cache_creation_input_tokens']);
  const parts = asObject(usage['cache_creation']);
  const hour = tokens(parts?.['ephemeral_1h_input_tokens']);
  const output = tokens(usage['output_tokens']);
  const thinking = Math.min(output, tokens(asObject(usage['output_tokens_details'])?.['thinking_tokens']));
  return usageOf({
    inputTokens: tokens(usage['input_tokens']),
    cacheReadTokens: tokens(usage['cache_read_input_tokens']),
    // The total decides; where the parts say more, they do.
    cacheWrite5mTokens: Math.max(tokens(parts?.['ephemeral_5m_input_tokens']), written - hour),
    cacheWrite1hTokens: hour,
    outputTokens: output - thinking,
    reasoningTokens: thinking,
  });
}

/** Searches are told once, for the whole request: they belong to its own model. */
function withSearches(
  iterations: readonly { readonly model: string | undefined; readonly usage: Usage }[],
  webSearches: number,
): NonNullable<UsageReading['byModel']> {
  return webSearches === 0 ? iterations : [...iterations, { model: undefined, usage: { ...noUsage, webSearches } }];
}
