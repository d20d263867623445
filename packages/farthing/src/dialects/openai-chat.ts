import { readOpenAIUsage } from '../pricing/read-openai-usage.js';
import type { AnswerReading, CacheBar, Dialect, JsonObject } from './dialect.js';
import { hostedWorkOf } from './hosted-work.js';
import { asAmount, asObject, asText, isGiven, objectsOf, parseObject, without } from './json.js';
import { lastTurnOf, withRewrittenSystem } from './last-turn.js';
import { choicesOf, limitOf, outputOf } from './measure.js';
import { chatLimits, measureOpenAIChat } from './measure-openai-chat.js';
import { firstTurnOf, needsOf } from './needs.js';
import { accumulateChat, streamChat } from './openai-chat-stream.js';
import { openAIDenial, unaskedFields, withOpenAIKey } from './openai-common.js';
import { parseEvent, splitEvents } from './sse.js';

/** OpenAI chat completions, and every server that speaks them. */
export const openAIChat: Dialect = {
  name: 'openai-chat',
  homeProvider: 'openai',
  operation: 'chat',
  matches: (path) => path.endsWith('/chat/completions'),
  path: '/chat/completions',
  withKey: withOpenAIKey,
  model: (body) => asText(body['model']),
  wantsStream: (body) => body['stream'] === true,
  priceContext: (body) => ({ serviceTier: asText(body['service_tier']) }),
  choices: choicesOf,
  maxOutputTokens: (body) => {
    const limit = limitOf(body, chatLimits);
    return limit === undefined ? undefined : outputOf(limit, choicesOf(body));
  },
  leastOutput: () => 1,
  clampOutput,
  measure: measureOpenAIChat,
  question: (body) => without(body, unaskedFields),
  mayReason: (body) => body['reasoning_effort'] !== 'none',
  cacheBar,
  lastTurn: (body, rewrite) =>
    lastTurnOf(body['messages'], 'text', (messages) => ({
      ...without(body, unaskedFields),
      messages: withRewrittenSystem(messages, rewrite),
    })),
  needs: (body) =>
    needsOf(body['messages'], {
      tools: body['tools'] ?? body['functions'],
      schema: asObject(body['response_format'])?.['type'] === 'json_schema',
      audio: Array.isArray(body['modalities']) && body['modalities'].includes('audio'),
      stream: body['stream'] === true,
      choices: choicesOf(body),
    }),
  firstTurn: (body) => firstTurnOf(body['messages'], 'text'),
  usageRequest,
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
};

/** Lowers whichever limits the request uses; models that reason take only the newer name. Never raises one. */
function clampOutput(body: JsonObject, maxTokens: number): JsonObject | undefined {
  const given = chatLimits.flatMap((field): [string, number][] => {
    const limit = asAmount(body[field]);
    return limit === undefined ? [] : [[field, Math.min(limit, maxTokens)]];
  });
  if (given.length > 0) return { ...body, ...Object.fromEntries(given) };
  const reasons = /(^|\/)(o\d|gpt-[5-9])/.test(asText(body['model']) ?? '');
  return { ...body, [reasons ? 'max_completion_tokens' : 'max_tokens']: maxTokens };
}

function cacheBar(body: JsonObject): CacheBar | undefined {
  if (body['store'] === true) return 'stateful';
  if (hostedWorkOf(body).length > 0) return 'hosted_tools';
  return objectsOf(body['tools']).some((tool) => tool['type'] !== 'function' && tool['type'] !== 'custom')
    ? 'hosted_tools'
    : undefined;
}

function usageRequest(body: JsonObject, bodyText: string): string | undefined {
  const asked = asObject(body['stream_options']);
  if (asked?.['include_usage'] === true) return undefined;
  // Written into the caller's own text: parsed and written again, a large number would lose its last digits.
  if (!('stream_options' in body) && Object.keys(body).length > 0)
    return bodyText.replace(/^\uFEFF?\s*\{/, (start) => `${start}"stream_options":{"include_usage":true},`);
  return JSON.stringify({ ...body, stream_options: { ...asked, include_usage: true } });
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
  return readingOf({
    body,
    usage: asObject(body['usage']),
    serviceTier: asText(body['service_tier']),
    finishes: choices.map((choice) => asText(choice['finish_reason'])),
    outputText: () => choices.map((choice) => textOf(asObject(choice['message']))).join(''),
    openToolCalls: choices.some((choice) => hasTools(asObject(choice['message']))),
    ended: true,
    failed: hasFailed(body),
  });
}

function readStream(sse: string): AnswerReading | undefined {
  let head: JsonObject | undefined;
  let usage: JsonObject | undefined;
  let tier: string | undefined;
  let failed = false;
  let done = false;
  let openToolCalls = false;
  const finishes = new Map<unknown, string | undefined>();
  const events = splitEvents(sse);
  for (const event of events) {
    if (event.length < longestDone && doneEvent.test(event)) done = true;
    // Most chunks only carry text: they are read no further unless asked for.
    const speaks = /"usage":\s*\{|"finish_reason":\s*"|"tool_calls"|"function_call"|"error"/.test(event);
    if (head && !speaks) continue;
    const chunk = parseObject(parseEvent(event).data);
    if (!chunk) continue;
    failed ||= hasFailed(chunk);
    if (!Array.isArray(chunk['choices'])) continue;
    head ??= chunk;
    usage = asObject(chunk['usage']) ?? usage;
    tier = asText(chunk['service_tier']) ?? tier;
    for (const choice of objectsOf(chunk['choices'])) {
      if (!finishes.has(choice['index'])) finishes.set(choice['index'], undefined);
      const finish = asText(choice['finish_reason']);
      if (finish !== undefined) finishes.set(choice['index'], finish);
      openToolCalls ||= hasTools(asObject(choice['delta']));
    }
  }
  if (!head) return undefined;
  const all = [...finishes.values()];
  return readingOf({
    body: head,
    usage,
    serviceTier: tier,
    finishes: all,
    outputText: () => streamText(events),
    openToolCalls,
    // Not every server says `[DONE]`; what comes after all choices have finished is their usage, and that is all.
    ended: !failed && (done || (usage !== undefined && all.length > 0 && all.every((finish) => finish !== undefined))),
    failed,
  });
}

/** No chunk is as short, and testing each of them for its last word takes time. */
const longestDone = 100;
const doneEvent = /^data: ?\[DONE\]/m;

/** OpenRouter tells an error that comes after the headers inside a 200: at the top, in a choice, or as its end. */
function hasFailed(body: JsonObject): boolean {
  return (
    isGiven(body['error']) ||
    objectsOf(body['choices']).some((choice) => isGiven(choice['error']) || choice['finish_reason'] === 'error')
  );
}

function readingOf(answer: {
  readonly body: JsonObject;
  readonly usage: JsonObject | undefined;
  readonly serviceTier: string | undefined;
  readonly finishes: readonly (string | undefined)[];
  readonly outputText: () => string;
  readonly openToolCalls: boolean;
  readonly ended: boolean;
  readonly failed: boolean;
}): AnswerReading {
  const { body, usage, finishes, failed } = answer;
  const allFinished = !failed && finishes.every((finish) => finish !== undefined);
  return {
    model: asText(body['model']),
    serviceTier: answer.serviceTier,
    reading: usage && readOpenAIUsage(usage),
    outputText: answer.outputText,
    finished: allFinished && finishes.length > 0 && !finishes.includes('length'),
    truncated: allFinished && finishes.includes('length'),
    openToolCalls: answer.openToolCalls,
    ended: answer.ended,
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
