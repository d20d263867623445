import { answerTo, cutTo, piecesOf, valueFor } from './answer.js';
import type { Exchange } from './exchange.js';
import { numberOf, textOf } from './openai-chat.js';
import type { CachedPrompt } from './prompt-caches.js';
import { anthropicError, sendEvents, sendJson, toolsToCall } from './reply.js';

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // read loosely: a client's request
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asObject) : []);

/** `POST /v1/messages`. */
export async function createMessage(exchange: Exchange): Promise<void> {
  const { json, script } = exchange;
  const wrong = refusal(json);
  if (wrong) return sendJson(exchange, anthropicError(wrong), 400);
  const prompts = [
    textOf(json['system'] ?? ''),
    ...asList(json['messages']).map((message) => textOf(message['content'])),
  ];
  const total = inputTokens(exchange, prompts);
  const cached = exchange.caches.anthropic(json, total);
  if (cached.refusal !== undefined) return sendJson(exchange, anthropicError(cached.refusal), 400);
  const { content, stop, said } = makeContent(exchange, prompts.at(-1) ?? '');
  const usage = script?.usage ?? {
    ...inputUsage(total, cached),
    output_tokens: said,
    service_tier: script?.serviceTier ?? 'standard',
    inference_geo: json['inference_geo'] ?? 'not_available',
  };
  const message = {
    id: exchange.id('msg'),
    type: 'message',
    role: 'assistant',
    model: script?.model ?? json['model'],
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage,
  };
  exchange.bill({ api: 'messages', model: String(message.model), usage });
  if (json['stream'] !== true) return sendJson(exchange, message);
  await sendEvents(exchange, streamOf(message, exchange.options.wordsPerChunk));
}

/** `POST /v1/messages/count_tokens`. */
export async function countTokens(exchange: Exchange): Promise<void> {
  const prompts = [
    textOf(exchange.json['system'] ?? ''),
    ...asList(exchange.json['messages']).map((message) => textOf(message['content'])),
  ];
  await sendJson(exchange, { input_tokens: inputTokens(exchange, prompts) });
}

function refusal(json: Json): string | undefined {
  if (typeof json['model'] !== 'string') return 'model: Field required';
  if (numberOf(json['max_tokens']) === undefined) return 'max_tokens: Field required';
  if (!Array.isArray(json['messages']) || json['messages'].length === 0)
    return 'messages: at least one message is required';
  const thinking = asObject(json['thinking']);
  const budget = numberOf(thinking['budget_tokens']);
  if (budget !== undefined && budget < 1024)
    return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
  if (budget !== undefined && budget >= Number(json['max_tokens']))
    return '`max_tokens` must be greater than `thinking.budget_tokens`';
  return undefined;
}

function inputTokens(exchange: Exchange, prompts: readonly string[]): number {
  const { json, tokens } = exchange;
  return (
    3 +
    prompts.reduce((sum, prompt) => sum + 4 + tokens(prompt), 0) +
    (Array.isArray(json['tools']) && json['tools'].length > 0 ? 346 + tokens(JSON.stringify(json['tools'])) : 0)
  );
}

/** Writes and reads of the prompt cache come on top of `input_tokens`. */
function inputUsage(total: number, { read, written5m, written1h }: CachedPrompt): Json {
  return {
    input_tokens: total - read - written5m - written1h,
    cache_creation_input_tokens: written5m + written1h,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
  };
}

function makeContent(
  exchange: Exchange,
  prompt: string,
): { readonly content: readonly Json[]; readonly stop: string; readonly said: number } {
  const { json, script, tokens } = exchange;
  const thinks = asObject(json['thinking'])['type'] === 'enabled' || script?.thinking !== undefined;
  const thought = thinks
    ? [
        {
          type: 'thinking',
          thinking: script?.thinking ?? 'The user wants help; a short answer will do.',
          signature: 'c2lnbmF0dXJl',
        },
      ]
    : [];
  const spent = thinks ? tokens(String(asObject(thought[0])['thinking'])) : 0;
  const choice = asObject(json['tool_choice']);
  const answered = asList(asList(json['messages']).at(-1)?.['content']).some(
    (block) => block['type'] === 'tool_result',
  );
  const forced = answered
    ? false
    : choice['type'] === 'any'
      ? true
      : choice['type'] === 'tool'
        ? String(choice['name'])
        : false;
  const calls = toolsToCall(
    exchange,
    asList(json['tools']).map((tool) => ({ name: String(tool['name']), schema: tool['input_schema'] })),
    forced,
    valueFor,
  ).map((call) => ({ type: 'tool_use', id: exchange.id('toolu'), name: call.name, input: call.arguments }));
  if (calls.length > 0)
    return { content: [...thought, ...calls], stop: 'tool_use', said: spent + tokens(JSON.stringify(calls)) };
  const format = asObject(asObject(json['output_config'])['format'] ?? json['output_format']);
  const { text, cut } = cutTo(
    script?.text ??
      (format['type'] === 'json_schema' ? JSON.stringify(valueFor(format['schema'], prompt)) : undefined) ??
      answerTo({ prompt, seed: 'messages', maxTokens: undefined }),
    Math.max(0, Number(json['max_tokens']) - spent),
    tokens,
  );
  return {
    content: [...thought, { type: 'text', text }],
    stop: cut ? 'max_tokens' : 'end_turn',
    said: spent + tokens(text),
  };
}

function streamOf(message: Json, wordsPerChunk: number): readonly string[] {
  const event = (type: string, fields: Json): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const { content, stop_reason, usage, ...head } = message;
  const events = [
    event('message_start', {
      message: { ...head, content: [], stop_reason: null, usage: { ...asObject(usage), output_tokens: 1 } },
    }),
    event('ping', {}),
  ];
  asList(content).forEach((block, index) => {
    const deltas = deltasOf(block, wordsPerChunk);
    events.push(
      event('content_block_start', {
        index,
        content_block: {
          ...block,
          ...(block['type'] === 'text' && { text: '' }),
          ...(block['type'] === 'thinking' && { thinking: '', signature: '' }),
          ...(block['type'] === 'tool_use' && { input: {} }),
        },
      }),
    );
    for (const delta of deltas) events.push(event('content_block_delta', { index, delta }));
    events.push(event('content_block_stop', { index }));
  });
  return [
    ...events,
    event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage: asObject(usage) }),
    event('message_stop', {}),
  ];
}

function deltasOf(block: Json, wordsPerChunk: number): readonly Json[] {
  if (block['type'] === 'thinking')
    return [
      ...piecesOf(String(block['thinking']), wordsPerChunk).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block['signature'] },
    ];
  if (block['type'] === 'text')
    return piecesOf(String(block['text']), wordsPerChunk).map((text) => ({ type: 'text_delta', text }));
  const input = JSON.stringify(block['input']);
  const half = Math.ceil(input.length / 2);
  return [
    { type: 'input_json_delta', partial_json: input.slice(0, half) },
    { type: 'input_json_delta', partial_json: input.slice(half) },
  ];
}
