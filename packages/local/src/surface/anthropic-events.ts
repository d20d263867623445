import type { ToolCall } from '../engine.js';
import { stopOf } from './anthropic-stop.js';
import { failureText } from './errors.js';
import type { EventWriter } from './sse.js';
import { anthropicUsageText } from './usage-text.js';

/** What of an answer is shown. */
export interface MessageShape {
  readonly withThinking: boolean;
  readonly oneCall: boolean;
}

/**
 * The events of a message. What the prompt took is known at its end alone, so `message_start` says 0 and `message_delta`
 * says all; Anthropic's clients take the later one.
 */
export function messageEvents(model: string, id: string, shape: MessageShape): EventWriter {
  const blocks = blockEvents();
  let calls = 0;
  return {
    start: () => {
      const usage = { input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 0 };
      const head = { id, type: 'message', role: 'assistant', model, content: [] };
      const message = { ...head, stop_reason: null, stop_sequence: null, usage };
      return event('message_start', JSON.stringify({ type: 'message_start', message }));
    },
    piece: (one) => {
      if (one.kind === 'text') return one.text === '' ? '' : blocks.text(one.text);
      if (one.kind === 'reasoning') return shape.withThinking && one.text !== '' ? blocks.thinking(one.text) : '';
      if (one.kind === 'tool-call') return calls++ > 0 && shape.oneCall ? '' : blocks.toolUse(one.call);
      const delta = `{"type":"message_delta","delta":${JSON.stringify(stopOf(one))},"usage":${anthropicUsageText(one)}}`;
      return `${blocks.close()}${event('message_delta', delta)}${event('message_stop', '{"type":"message_stop"}')}`;
    },
    failure: (failure) => event('error', failureText(failure, 'anthropic')),
  };
}

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** Blocks one after the other: a block of another kind closes the one before it. */
function blockEvents() {
  let index = -1;
  let open: 'text' | 'thinking' | 'tool_use' | undefined;
  const close = (): string => {
    if (open === undefined) return '';
    open = undefined;
    return event('content_block_stop', `{"type":"content_block_stop","index":${index}}`);
  };
  const start = (kind: 'text' | 'thinking' | 'tool_use', block: object): string => {
    const before = close();
    index += 1;
    open = kind;
    const data = JSON.stringify({ type: 'content_block_start', index, content_block: { type: kind, ...block } });
    return before + event('content_block_start', data);
  };
  const delta = (type: string, field: string, text: string): string =>
    `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":${JSON.stringify(text)}}}\n\n`;
  return {
    close,
    text: (text: string) => (open === 'text' ? '' : start('text', { text: '' })) + delta('text_delta', 'text', text),
    thinking: (text: string) =>
      (open === 'thinking' ? '' : start('thinking', { thinking: '', signature: '' })) +
      delta('thinking_delta', 'thinking', text),
    toolUse: ({ id, name, arguments: input }: ToolCall) =>
      start('tool_use', { id, name, input: {} }) + delta('input_json_delta', 'partial_json', input) + close(),
  };
}
