import { readOpenAIUsage } from '../pricing/read-openai-usage.js';
import type { UsageReading } from '../pricing/usage.js';
import type { AnswerReading, CacheBar, Dialect, JsonObject } from './dialect.js';
import { hostedWorkOf } from './hosted-work.js';
import { asObject, asText, isGiven, objectsOf, parseObject, without } from './json.js';
import { type LastTurn, lastTurnOf, type RewriteSystem, rewritten, withRewrittenSystem } from './last-turn.js';
import { limitOf } from './measure.js';
import { measureOpenAIResponses } from './measure-openai-responses.js';
import { firstTurnOf, needsOf } from './needs.js';
import { openAIDenial, unaskedFields, withOpenAIKey } from './openai-common.js';
import { streamResponse } from './openai-responses-stream.js';
import { parseEvent, splitEvents } from './sse.js';

/** OpenAI Responses. */
export const openAIResponses: Dialect = {
  name: 'openai-responses',
  homeProvider: 'openai',
  operation: 'chat',
  matches: (path) => path.endsWith('/responses'),
  path: '/responses',
  withKey: withOpenAIKey,
  // A stored prompt may name the model: then the request need not.
  model: (body) => asText(body['model']) ?? (asObject(body['prompt']) ? '' : undefined),
  wantsStream: (body) => body['stream'] === true,
  priceContext: (body) => ({ serviceTier: asText(body['service_tier']) }),
  choices: () => 1,
  maxOutputTokens: (body) => limitOf(body, outputLimits),
  leastOutput: () => minOutputTokens,
  clampOutput: (body, maxTokens) =>
    maxTokens < minOutputTokens
      ? undefined
      : { ...body, max_output_tokens: Math.min(maxTokens, limitOf(body, outputLimits) ?? maxTokens) },
  measure: measureOpenAIResponses,
  question: (body) => without(body, unaskedFields),
  mayReason: (body) => asObject(body['reasoning'])?.['effort'] !== 'none',
  cacheBar,
  lastTurn,
  needs: (body) =>
    needsOf(body['input'], {
      tools: body['tools'],
      schema: asObject(asObject(body['text'])?.['format'])?.['type'] === 'json_schema',
      stream: body['stream'] === true,
      choices: 1,
    }),
  firstTurn: (body) => asText(body['input']) ?? firstTurnOf(body['input'], 'input_text'),
  continues: (body) =>
    asText(body['previous_response_id']) ??
    asText(body['conversation']) ??
    asText(asObject(body['conversation'])?.['id']),
  usageRequest: undefined,
  stripUsage: undefined,
  readAnswer,
  readStream,
  toStream: streamResponse,
  toJson: (sse) => {
    const ended = endOf(sse);
    return ended && JSON.stringify(ended);
  },
  replayStream: (sse) => sse,
  denial: openAIDenial,
};

const outputLimits = ['max_output_tokens'] as const;

/** The least that the API accepts. */
const minOutputTokens = 16;

function cacheBar(body: JsonObject): CacheBar | undefined {
  if (body['background'] === true) return 'background';
  const bound = ['previous_response_id', 'conversation', 'prompt'].some(
    (field) => body[field] !== undefined && body[field] !== null,
  );
  if (body['store'] === true || bound) return 'stateful';
  return hostedWorkOf(body).length > 0 ||
    objectsOf(body['tools']).some((tool) => tool['type'] !== 'function' && tool['type'] !== 'custom')
    ? 'hosted_tools'
    : undefined;
}

function lastTurn(body: JsonObject, rewrite?: RewriteSystem): LastTurn | undefined {
  const asked = { ...without(body, unaskedFields), instructions: rewritten(body['instructions'], rewrite) };
  const text = asText(body['input']);
  if (text !== undefined) return { text, rest: { ...asked, input: '' } };
  return lastTurnOf(body['input'], 'input_text', (items) => ({ ...asked, input: withRewrittenSystem(items, rewrite) }));
}

function readAnswer(json: unknown): AnswerReading | undefined {
  const body = asObject(json);
  if (!body || !Array.isArray(body['output'])) return undefined;
  const usage = asObject(body['usage']);
  const items = objectsOf(body['output']);
  const status = asText(body['status']);
  const reason = asText(asObject(body['incomplete_details'])?.['reason']);
  return {
    model: asText(body['model']),
    serviceTier: asText(body['service_tier']),
    reading: withSearches(usage && readOpenAIUsage(usage), items),
    outputText: () => items.map(textOfItem).join(''),
    finished: (status === 'completed' || status === undefined) && !isGiven(body['error']),
    truncated: status === 'incomplete' && reason === 'max_output_tokens',
    openToolCalls: items.some((item) => /_call$/.test(asText(item['type']) ?? '') && item['type'] !== 'reasoning'),
    ended: true,
    finishReasons: [reason ?? status].filter((each) => each !== undefined),
    id: asText(body['id']),
  };
}

/** Searches are billed by the call, and told as items of the output: usage does not count them. */
function withSearches(reading: UsageReading | undefined, items: readonly JsonObject[]): UsageReading | undefined {
  // Opening a page and looking through it are actions of the same tool that cost nothing by themselves.
  const searches = items.filter(
    (item) =>
      item['type'] === 'web_search_call' &&
      (asText(item['status']) ?? 'completed') === 'completed' &&
      (asText(asObject(item['action'])?.['type']) ?? 'search') === 'search',
  ).length;
  if (!reading || searches <= reading.usage.webSearches) return reading;
  return { ...reading, usage: { ...reading.usage, webSearches: searches } };
}

function readStream(sse: string): AnswerReading | undefined {
  const ended = endOf(sse);
  const whole = ended && readAnswer(ended);
  if (whole) return whole;
  const events = splitEvents(sse);
  const created = events
    .map((event) =>
      event.includes('"response.created"') || event.includes('"response.in_progress"')
        ? asObject(parseObject(parseEvent(event).data)?.['response'])
        : undefined,
    )
    .find(Boolean);
  const head = created && readAnswer(created);
  if (!head) return undefined;
  return {
    ...head,
    reading: undefined,
    finished: false,
    ended: false,
    truncated: false,
    outputText: () => events.map(deltaOf).join(''),
  };
}

/** The response that the last event of a stream holds. */
function endOf(sse: string): JsonObject | undefined {
  const events = splitEvents(sse);
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index] ?? '';
    if (!/"response\.(completed|incomplete|failed)"/.test(event)) continue;
    const body = parseObject(parseEvent(event).data);
    const response = /^response\.(completed|incomplete|failed)$/.test(asText(body?.['type']) ?? '')
      ? asObject(body?.['response'])
      : undefined;
    if (response) return response;
  }
  return undefined;
}

/** Deltas are what was generated: text, refusals, arguments, visible reasoning. */
function deltaOf(event: string): string {
  return event.includes('.delta"') ? (asText(parseObject(parseEvent(event).data)?.['delta']) ?? '') : '';
}

function textOfItem(item: JsonObject): string {
  const parts = [...objectsOf(item['content']), ...objectsOf(item['summary'])].map(
    (part) => asText(part['text']) ?? asText(part['refusal']) ?? '',
  );
  return [...parts, asText(item['name']) ?? '', asText(item['arguments']) ?? asText(item['input']) ?? ''].join('');
}
