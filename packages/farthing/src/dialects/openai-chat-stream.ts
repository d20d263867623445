import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf, parseObject, without } from './json.js';
import { formatEvent, parseEvent, splitEvents } from './sse.js';

/**
 * The body that a streamed chat completion would have had without streaming; `undefined` where it holds no chunk, or
 * where chunks contradict each other in what can only be told once.
 */
export function accumulateChat(sse: string): string | undefined {
  const chunks = splitEvents(sse)
    .map((event) => parseObject(parseEvent(event).data))
    .filter((chunk) => chunk !== undefined && Array.isArray(chunk['choices'])) as JsonObject[]; // the filter leaves objects
  const [head] = chunks;
  if (!head) return undefined;
  try {
    return accumulate(chunks);
  } catch (error) {
    if (error instanceof Contradiction) return undefined;
    throw error;
  }
}

/** Two chunks tell different things of one field, and nothing says how they make up one. */
class Contradiction extends Error {}

function accumulate(chunks: readonly JsonObject[]): string {
  const choices = new Map<number, { message: JsonObject; finish: unknown; logprobs: unknown; more: JsonObject }>();
  const envelope: Record<string, unknown> = {};
  for (const chunk of chunks) {
    // Padding that hides how long a chunk is says nothing of the whole.
    for (const [field, value] of Object.entries(chunk))
      if (!envelopeApart.has(field) && value !== null && value !== undefined) envelope[field] = value;
    for (const choice of objectsOf(chunk['choices'])) {
      const { index: place, delta, finish_reason, logprobs, ...more } = choice;
      const index = typeof place === 'number' ? place : 0;
      const all = choices.get(index) ?? { message: {}, finish: null, logprobs: null, more: {} };
      choices.set(index, all);
      const said = asObject(delta);
      if (said) all.message = mergeDelta(all.message, said);
      all.finish = finish_reason ?? all.finish;
      const added = asObject(logprobs);
      if (added) all.logprobs = mergeDelta(asObject(all.logprobs) ?? {}, added);
      all.more = mergeDelta(all.more, more);
    }
  }
  return JSON.stringify({
    id: envelope['id'],
    object: 'chat.completion',
    created: envelope['created'],
    model: envelope['model'],
    choices: [...choices]
      .sort(([a], [b]) => a - b)
      .map(([index, { message, finish, logprobs, more }]) => ({
        index,
        message: finishMessage(message),
        logprobs,
        finish_reason: finish,
        ...more,
      })),
    ...without(envelope, ['id', 'created', 'model']),
  });
}

const envelopeApart: ReadonlySet<string> = new Set(['choices', 'object', 'obfuscation']);

/**
 * Texts that are continued from chunk to chunk. Any other text is told once, or again and again: where it changes, such
 * as pieces of base64 with padding of their own, there is no telling what the whole is.
 */
const continuedFields: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'reasoning',
  'reasoning_content',
  'thinking',
  'text',
  'summary',
  'arguments',
  'input',
  'transcript',
]);

/** Texts are continued, lists with an index are merged by it, other lists are appended to, anything else stays. */
function mergeDelta(into: JsonObject, delta: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...into };
  for (const [field, value] of Object.entries(delta)) {
    const before = merged[field];
    if (value === null || value === undefined) merged[field] = before ?? value;
    else if (before === null || before === undefined)
      merged[field] = Array.isArray(value) ? mergeLists([], value) : value;
    else if (Array.isArray(value) && Array.isArray(before)) merged[field] = mergeLists(before, value);
    else if (typeof value === 'string' && typeof before === 'string' && continuedFields.has(field))
      merged[field] = before + value;
    else if (asObject(value) && asObject(before))
      merged[field] = mergeDelta(asObject(before) ?? {}, asObject(value) ?? {});
    else if (value === '' || value === before) continue;
    else if (before === '') merged[field] = value;
    else throw new Contradiction(field);
  }
  return merged;
}

function mergeLists(before: readonly unknown[], added: readonly unknown[]): unknown[] {
  const list = [...before];
  for (const item of added) {
    const index = asObject(item)?.['index'];
    const at = typeof index === 'number' ? list.findIndex((each) => asObject(each)?.['index'] === index) : -1;
    if (at >= 0) list[at] = mergeDelta(asObject(list[at]) ?? {}, asObject(item) ?? {});
    else list.push(item);
  }
  return list;
}

/** A message as it stands in a whole answer: tool calls without their index, content that was never told as `null`. */
function finishMessage(message: JsonObject): JsonObject {
  const toolCalls = objectsOf(message['tool_calls']).map(({ index: _, ...call }) => call);
  const { tool_calls: _calls, ...rest } = message;
  const { role = 'assistant', content = null, refusal = null, ...more } = rest;
  return {
    role,
    content: toolCalls.length > 0 && content === '' ? null : content,
    refusal,
    ...more,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
  };
}

/** The events by which a whole chat completion would have been streamed. */
export function streamChat(json: string, asked: JsonObject): string | undefined {
  const body = parseObject(json);
  if (!body || !Array.isArray(body['choices'])) return undefined;
  const withUsage = asObject(asked['stream_options'])?.['include_usage'] === true;
  const { choices, usage, object: _, ...envelope } = body;
  const chunk = (fields: JsonObject): string =>
    formatEvent(
      JSON.stringify({
        ...envelope,
        object: 'chat.completion.chunk',
        ...fields,
        ...(withUsage && !('usage' in fields) && { usage: null }),
      }),
    );
  const events: string[] = [];
  for (const choice of objectsOf(choices)) {
    const { message, finish_reason, logprobs, index, ...more } = choice;
    const { role = 'assistant', tool_calls, ...said } = asObject(message) ?? {};
    const calls = objectsOf(tool_calls).map((call, position) => ({ index: position, ...call }));
    const content = asText(said['content']) === undefined && calls.length > 0 ? { content: null } : {};
    events.push(chunk({ choices: [{ index, delta: { role, ...content }, finish_reason: null }] }));
    const delta = Object.fromEntries(
      Object.entries(said).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
    );
    if (Object.keys(delta).length > 0 || logprobs)
      events.push(chunk({ choices: [{ index, delta, ...(logprobs ? { logprobs } : {}), finish_reason: null }] }));
    for (const call of calls)
      events.push(chunk({ choices: [{ index, delta: { tool_calls: [call] }, finish_reason: null }] }));
    events.push(chunk({ choices: [{ index, delta: {}, finish_reason, ...more }] }));
  }
  if (withUsage && usage) events.push(chunk({ choices: [], usage }));
  events.push(formatEvent('[DONE]'));
  return events.join('');
}
