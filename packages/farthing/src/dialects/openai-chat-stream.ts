import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf, parseObject, without } from './json.js';
import { formatEvent, parseEvent, splitEvents } from './sse.js';

/** The body that a streamed chat completion would have had without streaming; `undefined` where it holds no chunk. */
export function accumulateChat(sse: string): string | undefined {
  const chunks = splitEvents(sse)
    .map((event) => parseObject(parseEvent(event).data))
    .filter((chunk) => chunk !== undefined && Array.isArray(chunk['choices'])) as JsonObject[]; // the filter leaves objects
  const [head] = chunks;
  if (!head) return undefined;
  const choices = new Map<number, { message: Record<string, unknown>; finish: unknown; logprobs: unknown }>();
  const envelope: Record<string, unknown> = {};
  for (const chunk of chunks) {
    for (const [field, value] of Object.entries(chunk))
      if (field !== 'choices' && field !== 'object' && value !== null && value !== undefined) envelope[field] = value;
    for (const choice of objectsOf(chunk['choices'])) {
      const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
      const all = choices.get(index) ?? { message: {}, finish: null, logprobs: null };
      choices.set(index, all);
      const delta = asObject(choice['delta']);
      if (delta) all.message = mergeDelta(all.message, delta);
      all.finish = choice['finish_reason'] ?? all.finish;
      const logprobs = asObject(choice['logprobs']);
      if (logprobs) all.logprobs = mergeDelta(asObject(all.logprobs) ?? {}, logprobs);
    }
  }
  return JSON.stringify({
    id: envelope['id'],
    object: 'chat.completion',
    created: envelope['created'],
    model: envelope['model'],
    choices: [...choices]
      .sort(([a], [b]) => a - b)
      .map(([index, { message, finish, logprobs }]) => ({
        index,
        message: finishMessage(message),
        logprobs,
        finish_reason: finish,
      })),
    ...without(envelope, ['id', 'created', 'model']),
  });
}

/** Texts are continued, lists with an index are merged by it, other lists are appended to, anything else is replaced. */
function mergeDelta(into: JsonObject, delta: JsonObject): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...into };
  for (const [field, value] of Object.entries(delta)) {
    const before = merged[field];
    if (value === null || value === undefined) merged[field] = before ?? value;
    else if (typeof value === 'string' && typeof before === 'string' && !constantFields.has(field))
      merged[field] = before + value;
    else if (Array.isArray(value)) merged[field] = mergeLists(Array.isArray(before) ? before : [], value);
    else if (asObject(value) && asObject(before))
      merged[field] = mergeDelta(asObject(before) ?? {}, asObject(value) ?? {});
    else merged[field] = value;
  }
  return merged;
}

/** Texts that are told again rather than continued. */
const constantFields: ReadonlySet<string> = new Set(['role', 'id', 'type']);

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
function finishMessage(message: Record<string, unknown>): Record<string, unknown> {
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
