import { countAnthropicTokens } from '../pricing/count-tokens.js';
import { readAnthropicUsage } from '../pricing/read-anthropic-usage.js';
import { accumulateMessage, mergeUsage, streamMessage } from './anthropic-messages-stream.js';
import type { AnswerReading, CacheBar, Dialect, JsonObject } from './dialect.js';
import { asAmount, asCount, asObject, asText, isGiven, objectsOf, parseObject, without } from './json.js';
import { lastTurnOf, rewritten } from './last-turn.js';
import { limitOf } from './measure.js';
import { measureAnthropicMessages } from './measure-anthropic-messages.js';
import { firstTurnOf, needsOf } from './needs.js';
import { parseEvent, splitEvents } from './sse.js';

/** Anthropic messages. */
export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  homeProvider: 'anthropic',
  operation: 'chat',
  // OpenAI's assistants have `/threads/{id}/messages`, which is another thing.
  matches: (path) => path.endsWith('/messages') && !path.includes('/threads/'),
  path: '/v1/messages',
  withKey: (headers, _, key) => {
    const copy = new Headers(headers);
    copy.set('x-api-key', key);
    return copy;
  },
  model: (body) => asText(body['model']),
  wantsStream: (body) => body['stream'] === true,
  priceContext: (body) => ({
    serviceTier: body['speed'] === 'fast' ? 'fast' : undefined,
    geo: asText(body['inference_geo']),
  }),
  choices: () => 1,
  maxOutputTokens: (body) => limitOf(body, outputLimits),
  leastOutput: (body) => (thinkingBudgetOf(body) === undefined ? 1 : minThinkingTokens + 1),
  clampOutput,
  measure: measureAnthropicMessages,
  // Markers of the prompt cache change the bill, not the answer.
  question,
  mayReason: (body) => /^(?:enabled|adaptive)$/.test(asText(asObject(body['thinking'])?.['type']) ?? ''),
  cacheBar,
  lastTurn: (body, rewrite) => {
    const asked = question(body);
    return lastTurnOf(asked['messages'], 'text', (messages) => ({
      ...asked,
      messages,
      system: rewritten(asked['system'], rewrite),
    }));
  },
  needs: (body) =>
    needsOf(body['messages'], {
      tools: body['tools'],
      schema: body['output_format'] !== undefined || asObject(body['output_config'])?.['format'] !== undefined,
      stream: body['stream'] === true,
      choices: 1,
    }),
  firstTurn: (body) => firstTurnOf(body['messages'], 'text'),
  usageRequest: undefined,
  stripUsage: undefined,
  readAnswer,
  readStream,
  toStream: streamMessage,
  toJson: accumulateMessage,
  replayStream: (sse) => sse,
  countTokens: countAnthropicTokens,
  denial: ({ code, message }) => JSON.stringify({ type: 'error', error: { type: code, message } }),
};

function question(body: JsonObject): JsonObject {
  return asObject(withoutMarkers(without(body, ['metadata', 'stream', 'service_tier']))) ?? body;
}

const outputLimits = ['max_tokens'] as const;

/** The smallest thinking budget that the API accepts. */
const minThinkingTokens = 1024;

/** The thinking budget must stay below `max_tokens`; where it can't, there is no smaller form of the request. */
function clampOutput(body: JsonObject, maxTokens: number): JsonObject | undefined {
  const limit = Math.min(maxTokens, limitOf(body, outputLimits) ?? maxTokens);
  const budget = thinkingBudgetOf(body);
  if (budget === undefined || budget < limit) return { ...body, max_tokens: limit };
  return limit - 1 < minThinkingTokens
    ? undefined
    : { ...body, max_tokens: limit, thinking: { ...asObject(body['thinking']), budget_tokens: limit - 1 } };
}

function thinkingBudgetOf(body: JsonObject): number | undefined {
  return asAmount(asObject(body['thinking'])?.['budget_tokens']);
}

function withoutMarkers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarkers);
  const object = asObject(value);
  if (!object) return value;
  return Object.fromEntries(
    Object.entries(object).flatMap(([field, inner]) =>
      field === 'cache_control'
        ? []
        : [[field, field === 'input' || field === 'input_schema' ? inner : withoutMarkers(inner)]],
    ),
  );
}

function cacheBar(body: JsonObject): CacheBar | undefined {
  if (body['container'] !== undefined && body['container'] !== null) return 'stateful';
  if (objectsOf(body['mcp_servers']).length > 0) return 'hosted_tools';
  // Tools that run at the caller's have no type, or say so; all others name a version.
  const hosted = objectsOf(body['tools']).some(
    (tool) =>
      tool['type'] !== undefined &&
      tool['type'] !== 'custom' &&
      !/^(bash|text_editor|computer|memory)_/.test(asText(tool['type']) ?? ''),
  );
  return hosted ? 'hosted_tools' : undefined;
}

function readAnswer(json: unknown): AnswerReading | undefined {
  const body = asObject(json);
  if (!body || !Array.isArray(body['content'])) return undefined;
  const blocks = objectsOf(body['content']);
  const reading = readingOf(
    body,
    asObject(body['usage']),
    asText(body['stop_reason']),
    () => blocks.map(textOfBlock).join(''),
    blocks.some((block) => block['type'] === 'tool_use'),
  );
  return isGiven(body['error']) ? { ...reading, finished: false } : reading;
}

function readStream(sse: string): AnswerReading | undefined {
  let message: JsonObject | undefined;
  let usage: JsonObject | undefined;
  let stop: string | undefined;
  let stopped = false;
  let usageIsFinal = false;
  let failed = false;
  let tools = false;
  const events = splitEvents(sse);
  for (const event of events) {
    // Most events only carry text: they are read no further unless asked for.
    if (event.includes('"content_block_delta"') || event.includes('"ping"')) continue;
    const body = parseObject(parseEvent(event).data);
    switch (body?.['type']) {
      case 'message_start':
        message ??= asObject(body['message']);
        usage ??= asObject(message?.['usage']);
        break;
      case 'content_block_start':
        tools ||= asObject(body['content_block'])?.['type'] === 'tool_use';
        break;
      case 'message_delta':
        usage = mergeUsage(usage, body['usage']);
        usageIsFinal ||= asCount(asObject(body['usage'])?.['output_tokens']) !== undefined;
        stop = asText(asObject(body['delta'])?.['stop_reason']) ?? stop;
        break;
      case 'message_stop':
        stopped = true;
        break;
      case 'error':
        failed = true;
        break;
      default:
    }
  }
  if (!message) return undefined;
  const reading = readingOf(message, usage, stop, () => events.map(deltaOf).join(''), tools);
  // What the first event tells of the output is a beginning: the bill is in the last but one.
  return stopped && usageIsFinal && !failed ? reading : { ...reading, finished: false, ended: false, truncated: false };
}

function readingOf(
  message: JsonObject,
  usage: JsonObject | undefined,
  stop: string | undefined,
  outputText: () => string,
  openToolCalls: boolean,
): AnswerReading {
  const reading = usage && readAnthropicUsage(usage);
  return {
    model: asText(message['model']),
    serviceTier: reading?.serviceTier,
    reading,
    outputText,
    // A paused turn goes on in the next request: it is no answer yet.
    finished:
      stop !== undefined && stop !== 'max_tokens' && stop !== 'model_context_window_exceeded' && stop !== 'pause_turn',
    truncated: stop === 'max_tokens' || stop === 'model_context_window_exceeded',
    openToolCalls,
    ended: true,
    finishReasons: stop === undefined ? [] : [stop],
    id: asText(message['id']),
  };
}

function textOfBlock(block: JsonObject): string {
  return `${asText(block['thinking']) ?? ''}${asText(block['text']) ?? ''}${asText(block['name']) ?? ''}${block['input'] === undefined ? '' : JSON.stringify(block['input'])}`;
}

function deltaOf(event: string): string {
  if (!event.includes('"content_block_delta"')) return '';
  const delta = asObject(parseObject(parseEvent(event).data)?.['delta']);
  return asText(delta?.['text']) ?? asText(delta?.['thinking']) ?? asText(delta?.['partial_json']) ?? '';
}
