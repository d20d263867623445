import type { JsonObject } from './dialect.js';
import { asText, objectsOf, parseObject } from './json.js';
import { formatEvent } from './sse.js';

/** The events by which a whole response would have been streamed. */
export function streamResponse(json: string): string | undefined {
  const response = parseObject(json);
  if (!response || !Array.isArray(response['output'])) return undefined;
  let sequence = 0;
  const events: string[] = [];
  const send = (type: string, fields: JsonObject): void => {
    events.push(formatEvent(JSON.stringify({ type, sequence_number: sequence++, ...fields }), type));
  };
  const started = { ...response, status: 'in_progress', output: [], usage: null };
  send('response.created', { response: started });
  send('response.in_progress', { response: started });
  objectsOf(response['output']).forEach((item, index) => {
    streamItem(item, index, send);
  });
  send(`response.${asText(response['status']) === 'incomplete' ? 'incomplete' : 'completed'}`, { response });
  return events.join('');
}

type Send = (type: string, fields: JsonObject) => void;

function streamItem(item: JsonObject, index: number, send: Send): void {
  const place = { item_id: item['id'], output_index: index };
  const empty = {
    ...item,
    ...(item['status'] !== undefined && { status: 'in_progress' }),
    ...('content' in item && { content: [] }),
    ...('summary' in item && { summary: [] }),
    ...('arguments' in item && { arguments: '' }),
    ...('input' in item && { input: '' }),
  };
  send('response.output_item.added', { output_index: index, item: empty });
  if (item['type'] === 'message') {
    for (const [position, part] of objectsOf(item['content']).entries())
      streamPart(part, { ...place, content_index: position }, send);
  }
  if (item['type'] === 'reasoning') {
    objectsOf(item['summary']).forEach((part, position) => {
      const at = { ...place, summary_index: position };
      send('response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } });
      send('response.reasoning_summary_text.delta', { ...at, delta: part['text'] });
      send('response.reasoning_summary_text.done', { ...at, text: part['text'] });
      send('response.reasoning_summary_part.done', { ...at, part });
    });
  }
  if (item['type'] === 'function_call') {
    send('response.function_call_arguments.delta', { ...place, delta: item['arguments'] });
    send('response.function_call_arguments.done', { ...place, name: item['name'], arguments: item['arguments'] });
  }
  if (item['type'] === 'custom_tool_call') {
    send('response.custom_tool_call_input.delta', { ...place, delta: item['input'] });
    send('response.custom_tool_call_input.done', { ...place, input: item['input'] });
  }
  send('response.output_item.done', { output_index: index, item });
}

function streamPart(part: JsonObject, place: JsonObject, send: Send): void {
  if (part['type'] === 'refusal') {
    send('response.content_part.added', { ...place, part: { ...part, refusal: '' } });
    send('response.refusal.delta', { ...place, delta: part['refusal'] });
    send('response.refusal.done', { ...place, refusal: part['refusal'] });
  } else {
    const logprobs = Array.isArray(part['logprobs']) ? part['logprobs'] : [];
    send('response.content_part.added', { ...place, part: { ...part, text: '', annotations: [] } });
    send('response.output_text.delta', { ...place, delta: part['text'], logprobs });
    for (const [position, annotation] of objectsOf(part['annotations']).entries()) {
      send('response.output_text.annotation.added', { ...place, annotation_index: position, annotation });
    }
    send('response.output_text.done', { ...place, text: part['text'], logprobs });
  }
  send('response.content_part.done', { ...place, part });
}
