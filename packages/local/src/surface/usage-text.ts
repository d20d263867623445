import type { Ending } from '../engine.js';
import type { ServedFacts } from '../host.js';

const picoDigits = 12;

/** Pico-dollars as dollars in decimals, exactly: a number of JSON. */
export function dollarsText(picoUsd: bigint): string {
  const sign = picoUsd < 0n ? '-' : '';
  const digits = (picoUsd < 0n ? -picoUsd : picoUsd).toString().padStart(picoDigits + 1, '0');
  const part = digits.slice(-picoDigits).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -picoDigits)}${part === '' ? '' : `.${part}`}`;
}

/**
 * Members of a usage object that say how long a request took, in seconds and by Groq's names, and what it cost in dollars.
 * It begins with a comma. Written by hand, because a cost that went through a float would not be the cost.
 */
export function factsText(facts: ServedFacts): string {
  const { queueMs, promptMs, outputMs, costPicoUsd } = facts;
  const times = `,"queue_time":${seconds(queueMs)},"prompt_time":${seconds(promptMs)},"completion_time":${seconds(outputMs)},"total_time":${seconds(promptMs + outputMs)}`;
  return costPicoUsd === undefined ? times : `${times},"cost":${dollarsText(costPicoUsd)}`;
}

/** OpenAI's usage object of an answer. */
export function openaiUsageText(end: Ending & ServedFacts): string {
  const { promptTokens, outputTokens, cachedTokens, reasoningTokens } = end;
  return `{"prompt_tokens":${promptTokens},"completion_tokens":${outputTokens},"total_tokens":${promptTokens + outputTokens},"prompt_tokens_details":{"cached_tokens":${cachedTokens}},"completion_tokens_details":{"reasoning_tokens":${reasoningTokens}}${factsText(end)}}`;
}

/** Anthropic's usage object: what was read from the cache is no input. */
export function anthropicUsageText(end: Ending & ServedFacts): string {
  const { promptTokens, outputTokens, cachedTokens, reasoningTokens } = end;
  return `{"input_tokens":${promptTokens - cachedTokens},"cache_read_input_tokens":${cachedTokens},"cache_creation_input_tokens":0,"output_tokens":${outputTokens},"output_tokens_details":{"thinking_tokens":${reasoningTokens}}${factsText(end)}}`;
}

/** Milliseconds as seconds, to the microsecond. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e3) / 1e6;
}
