import { readOpenAIUsage } from '../pricing/read-openai-usage.js';
import type { AnswerReading, CacheBar, Dialect, JsonObject } from './dialect.js';
import { asCount, asObject, asText, objectsOf, parseObject, without } from './json.js';
import { measureOpenAIChat } from './measure-openai-chat.js';
import { accumulateChat, streamChat } from './openai-chat-stream.js';
import { openAICredential, openAIDenial, unaskedFields } from './openai-common.js';
import { parseEvent, splitEvents } from './sse.js';

/** OpenAI chat completions, and every server that speaks them. */
export const openAIChat: Dialect = {
  name: 'openai-chat',
  homeProvider: 'openai',
  operation: 'chat',
  matches: (path) => path.endsWith('/chat/completions'),
  model: (body) => asText(body['model']),
  wantsStream: (body) => body['stream'] === true,
  priceContext: (body) => ({ serviceTier: asText(body['service_tier']) }),
  choices: (body) => Math.max(1, asCount(body['n']) ?? 1),
  maxOutputTokens: (body) => {
    const limit = asCount(body['max_completion_tokens']) ?? asCount(body['max_tokens']);
    return limit === undefined ? undefined : limit * Math.max(1, asCount(body['n']) ?? 1);
  },
  clampOutput,
  measure: measureOpenAIChat,
  question: (body) => without(body, unaskedFields),
  cacheBar,
  usageRequest: (body) => {
    const asked = asObject(body['stream_options']);
    return asked?.['include_usage'] === true
      ? undefined
      : { ...body, stream_options: { ...asked, include_usage: true } };
  },
  stripUsage,
  readAnswer,
  readStream,
  toStream: streamChat,
  toJson: accumulateChat,
  replayStream: (sse, asked) =>
    asObject(asked['stream_options'])?.['include_usage'] === true
      ? sse
      : splitEvents(sse)
          .map((event) => stripUsage(event) ?? '')
          .join(''),
  denial: openAIDenial,
  credential: openAICredential,
};

/** Lowers whichever limit the request uses; models that reason take only the newer name. Never raises one. */
function clampOutput(body: JsonObject, maxTokens: number): JsonObject | undefined {
  const newer = asCount(body['max_completion_tokens']);
  const older = asCount(body['max_tokens']);
  if (newer !== undefined) return { ...body, max_completion_tokens: Math.min(newer, maxTokens) };
  if (older !== undefined) return { ...body, max_tokens: Math.min(older, maxTokens) };
  const reasons = /(^|\/)(o\d|gpt-[5-9])/.test(asText(body['model']) ?? '');
  return { ...body, [reasons ? 'max_completion_tokens' : 'max_tokens']: maxTokens };
}

function cacheBar(body: JsonObject): CacheBar | undefined {
  if (body['store'] === true) return 'stateful';
  if (body['web_search_options'] !== undefined || /-search(-|$)/.test(asText(body['model']) ?? ''))
    return 'hosted_tools';
  return objectsOf(body['tools']).some((tool) => tool['type'] !== 'function' && tool['type'] !== 'custom')
    ? 'hosted_tools'
    : undefined;
}

const nullUsage = ',"usage":null';
/** What stands behind `usage` where it is the last field of the chunk, or the last but the one that pads it. */
const endOfChunk = /^(?:,"obfuscation":"[^"\\]*")?\}\s*$/;

/** Takes out what only `include_usage` puts in: the last chunk, and the `"usage":null` of the others. */
function stripUsage(event: string): string | undefined {
  if (!event.includes('"usage"')) return event;
  // Unescaped, these characters can stand only between fields: where they are once, at the end, the cut is exact.
  const at = event.indexOf(nullUsage);
  const behind = event.slice(at + nullUsage.length);
  if (at > 0 && !behind.includes('"usage"') && endOfChunk.test(behind)) return event.slice(0, at) + behind;
  const chunk = parseObject(parseEvent(event).data);
  if (!chunk || !('usage' in chunk)) return event;
  if (chunk['usage'] !== null && Array.isArray(chunk['choices']) && chunk['choices'].length === 0) return undefined;
  return `data: ${JSON.stringify(without(chunk, ['usage']))}\n\n`;
}

function readAnswer(json: unknown): AnswerReading | undefined {
  const body = asObject(json);
  if (!body || !Array.isArray(body['choices'])) return undefined;
  const choices = objectsOf(body['choices']);
  return readingOf(
    body,
    choices.map((choice) => asText(choice['finish_reason'])),
    () => choices.map((choice) => textOf(asObject(choice['message']))).join(''),
    choices.some((choice) => hasTools(asObject(choice['message']))),
    true,
  );
}

function readStream(sse: string): AnswerReading | undefined {
  let head: JsonObject | undefined;
  let usage: unknown;
  let tier: unknown;
  let failed = false;
  let openToolCalls = false;
  const finishes = new Map<unknown, string | undefined>();
  const events = splitEvents(sse);
  for (const event of events) {
    // Most chunks only carry text: they are read no further unless asked for.
    const speaks = /"usage":\s*\{|"finish_reason":\s*"|"tool_calls"|"function_call"|"error"/.test(event);
    if (head && !speaks) continue;
    const chunk = parseObject(parseEvent(event).data);
    if (!chunk) continue;
    if (chunk['error'] !== undefined && chunk['error'] !== null) failed = true;
    if (!Array.isArray(chunk['choices'])) continue;
    head ??= chunk;
    usage = asObject(chunk['usage']) ?? usage;
    tier = chunk['service_tier'] ?? tier;
    for (const choice of objectsOf(chunk['choices'])) {
      if (!finishes.has(choice['index'])) finishes.set(choice['index'], undefined);
      const finish = asText(choice['finish_reason']);
      if (finish !== undefined) finishes.set(choice['index'], finish);
      openToolCalls ||= hasTools(asObject(choice['delta']));
    }
  }
  if (!head) return undefined;
  const reading = readingOf(
    { ...head, usage, service_tier: tier ?? head['service_tier'] },
    [...finishes.values()],
    () => streamText(events),
    openToolCalls,
    /^data: ?\[DONE\]/.test(events.at(-1) ?? ''),
  );
  return failed ? { ...reading, finished: false, truncated: false } : reading;
}

function readingOf(
  body: JsonObject,
  finishes: readonly (string | undefined)[],
  outputText: () => string,
  openToolCalls: boolean,
  ended: boolean,
): AnswerReading {
  const usage = asObject(body['usage']);
  return {
    model: asText(body['model']),
    serviceTier: asText(body['service_tier']),
    reading: usage && readOpenAIUsage(usage),
    outputText,
    finished: finishes.length > 0 && finishes.every((finish) => finish !== undefined && finish !== 'length'),
    truncated: finishes.includes('length') && finishes.every((finish) => finish !== undefined),
    openToolCalls,
    ended,
    finishReasons: finishes.filter((finish) => finish !== undefined),
    id: asText(body['id']),
  };
}

function streamText(events: readonly string[]): string {
  return events
    .flatMap((event) =>
      objectsOf(parseObject(parseEvent(event).data)?.['choices']).map((choice) => textOf(asObject(choice['delta']))),
    )
    .join('');
}

function hasTools(message: JsonObject | undefined): boolean {
  return objectsOf(message?.['tool_calls']).length > 0 || asObject(message?.['function_call']) !== undefined;
}

/** All that was generated in a message or a delta, whatever the server calls it. */
function textOf(message: JsonObject | undefined): string {
  if (!message) return '';
  const tools = [
    ...objectsOf(message['tool_calls']).map((call) => asObject(call['function']) ?? asObject(call['custom'])),
    asObject(message['function_call']),
  ];
  const called = tools.map(
    (tool) => `${asText(tool?.['name']) ?? ''}${asText(tool?.['arguments']) ?? asText(tool?.['input']) ?? ''}`,
  );
  return [message['reasoning_content'] ?? message['reasoning'], message['content'], message['refusal'], ...called]
    .map((part) => asText(part) ?? '')
    .join('');
}
