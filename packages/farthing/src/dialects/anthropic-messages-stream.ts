import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf, parseObject } from './json.js';
import { formatEvent, parseEvent, splitEvents } from './sse.js';

/** The message that a stream of events adds up to; `undefined` where it has no beginning or a tool's input is torn. */
export function accumulateMessage(sse: string): string | undefined {
  let message: Record<string, unknown> | undefined;
  const blocks = new Map<unknown, Record<string, unknown>>();
  const inputs = new Map<unknown, string>();
  for (const event of splitEvents(sse)) {
    const body = parseObject(parseEvent(event).data);
    if (!body) continue;
    if (body['type'] === 'message_start') message = { ...asObject(body['message']) };
    if (body['type'] === 'content_block_start') blocks.set(body['index'], { ...asObject(body['content_block']) });
    if (body['type'] === 'content_block_delta')
      addDelta(blocks.get(body['index']) ?? {}, asObject(body['delta']) ?? {}, inputs, body['index']);
    if (body['type'] === 'message_delta' && message) {
      const { delta, usage, type: _, ...more } = body;
      message = {
        ...message,
        ...asObject(delta),
        ...more,
        usage: mergeUsage(asObject(message['usage']), usage),
      };
    }
  }
  if (!message) return undefined;
  for (const [index, text] of inputs) {
    const input = text === '' ? {} : parseObject(text);
    const block = blocks.get(index);
    if (!input || !block) return undefined;
    block['input'] = input;
  }
  return JSON.stringify({ ...message, content: [...blocks.values()] });
}

function addDelta(
  block: Record<string, unknown>,
  delta: JsonObject,
  inputs: Map<unknown, string>,
  index: unknown,
): void {
  const append = (field: string): void => {
    block[field] = `${asText(block[field]) ?? ''}${asText(delta[field]) ?? ''}`;
  };
  if (delta['type'] === 'text_delta') append('text');
  else if (delta['type'] === 'thinking_delta') append('thinking');
  else if (delta['type'] === 'signature_delta') append('signature');
  else if (delta['type'] === 'input_json_delta')
    inputs.set(index, `${inputs.get(index) ?? ''}${asText(delta['partial_json']) ?? ''}`);
  else if (delta['type'] === 'citations_delta')
    block['citations'] = [...objectsOf(block['citations']), delta['citation']];
}

/** Usage with what a later event tells of it: `null` there is what that event does not know, and takes nothing back. */
export function mergeUsage(before: JsonObject | undefined, told: unknown): JsonObject {
  const merged = { ...before };
  for (const [field, value] of Object.entries(asObject(told) ?? {})) if (value !== null) merged[field] = value;
  return { ...asObject(told), ...merged };
}

/** The events by which a whole message would have been streamed. */
export function streamMessage(json: string): string | undefined {
  const message = parseObject(json);
  if (!message || !Array.isArray(message['content'])) return undefined;
  const events: string[] = [];
  const send = (type: string, fields: JsonObject): void => {
    events.push(formatEvent(JSON.stringify({ type, ...fields }), type));
  };
  const { content, stop_reason, stop_sequence = null, usage, ...head } = message;
  send('message_start', {
    message: {
      ...head,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...asObject(usage), output_tokens: 0 },
    },
  });
  objectsOf(content).forEach((block, index) => {
    const { start, deltas } = cutBlock(block);
    send('content_block_start', { index, content_block: start });
    for (const delta of deltas) send('content_block_delta', { index, delta });
    send('content_block_stop', { index });
  });
  send('message_delta', { delta: { stop_reason, stop_sequence }, usage: asObject(usage) ?? {} });
  send('message_stop', {});
  return events.join('');
}

/** A block as it starts, and the deltas that fill it. Blocks that no delta fills (results, redacted thinking) come whole. */
function cutBlock(block: JsonObject): { readonly start: JsonObject; readonly deltas: readonly JsonObject[] } {
  const { citations, text, thinking, signature, input, ...rest } = block;
  switch (block['type']) {
    case 'text':
      return {
        start: { ...rest, ...(citations !== undefined && { citations: citations === null ? null : [] }), text: '' },
        deltas: [
          { type: 'text_delta', text },
          ...objectsOf(citations).map((citation) => ({ type: 'citations_delta', citation })),
        ],
      };
    case 'thinking':
      return {
        start: { ...rest, thinking: '', signature: '' },
        deltas: [
          { type: 'thinking_delta', thinking },
          { type: 'signature_delta', signature },
        ],
      };
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return {
        start: { ...rest, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(input ?? {}) }],
      };
    default:
      return { start: block, deltas: [] };
  }
}
