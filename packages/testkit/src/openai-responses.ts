import { answerTo, cutTo, piecesOf, valueFor } from './answer.js';
import type { Exchange } from './exchange.js';
import { numberOf, textOf } from './openai-chat.js';
import { openAIError, sendEvents, sendJson, toolsToCall } from './reply.js';

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // read loosely: a client's request
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asObject) : []);

/** `POST /v1/responses`; the answer is kept in `stored` for `GET /v1/responses/{id}`. */
export async function createResponse(exchange: Exchange, stored: Map<string, unknown>): Promise<void> {
  const { json, script, tokens, options } = exchange;
  if (typeof json['model'] !== 'string')
    return sendJson(exchange, openAIError("Missing required parameter: 'model'."), 400);
  const items = typeof json['input'] === 'string' ? [{ role: 'user', content: json['input'] }] : asList(json['input']);
  const prompts = [
    textOf(json['instructions'] ?? ''),
    ...items.map((item) => textOf(asObject(item)['content'] ?? asObject(item)['output'] ?? '')),
  ];
  const limit = numberOf(json['max_output_tokens']);
  const reasoning = /^(o\d|gpt-5)/.test(json['model']) ? Math.min(64, Math.floor((limit ?? 1000) / 2)) : 0;
  const { output, said, cut } = makeOutput(
    exchange,
    prompts.at(-1) ?? '',
    items,
    limit === undefined ? undefined : limit - reasoning,
    reasoning,
  );
  const input =
    4 +
    prompts.reduce((sum, prompt) => sum + 4 + tokens(prompt), 0) +
    (json['tools'] ? tokens(JSON.stringify(json['tools'])) : 0);
  const usage = script?.usage ?? {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: Math.min(
        input,
        exchange.caches.openai(`responses ${json['model']}`, prompts, json['prompt_cache_key']),
      ),
    },
    output_tokens: said + reasoning,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + said + reasoning,
  };
  const background = json['background'] === true;
  const response = {
    id: exchange.id('resp'),
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status: cut ? 'incomplete' : 'completed',
    background,
    error: null,
    incomplete_details: cut ? { reason: 'max_output_tokens' } : null,
    instructions: json['instructions'] ?? null,
    max_output_tokens: limit ?? null,
    model: script?.model ?? json['model'],
    output,
    parallel_tool_calls: true,
    previous_response_id: json['previous_response_id'] ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: script?.serviceTier ?? 'default',
    store: json['store'] ?? true,
    temperature: 1,
    text: json['text'] ?? { format: { type: 'text' } },
    tool_choice: json['tool_choice'] ?? 'auto',
    tools: json['tools'] ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage,
    user: null,
    metadata: {},
  };
  stored.set(response.id, response);
  exchange.bill({ api: 'responses', model: String(response.model), usage });
  if (background && json['stream'] !== true)
    return sendJson(exchange, { ...response, status: 'queued', output: [], usage: null });
  if (json['stream'] !== true) return sendJson(exchange, response);
  await sendEvents(exchange, streamOf(response, options.wordsPerChunk));
}

function makeOutput(
  exchange: Exchange,
  prompt: string,
  items: readonly unknown[],
  maxTokens: number | undefined,
  reasoning: number,
): { readonly output: readonly Json[]; readonly said: number; readonly cut: boolean } {
  const { json, script, tokens } = exchange;
  const thought = reasoning > 0 ? [{ id: exchange.id('rs'), type: 'reasoning', summary: [] }] : [];
  const answered = asObject(items.at(-1))['type'] === 'function_call_output';
  const choice = json['tool_choice'];
  const forced = answered
    ? false
    : choice === 'required'
      ? true
      : typeof choice === 'object'
        ? String(asObject(choice)['name'])
        : false;
  const calls = toolsToCall(
    exchange,
    asList(json['tools']).map((tool) => ({ name: String(tool['name']), schema: tool['parameters'] })),
    forced,
    valueFor,
  ).map((call) => ({
    id: exchange.id('fc'),
    type: 'function_call',
    status: 'completed',
    call_id: exchange.id('call'),
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  }));
  if (calls.length > 0) return { output: [...thought, ...calls], said: tokens(JSON.stringify(calls)), cut: false };
  const format = asObject(asObject(json['text'])['format']);
  const whole =
    script?.text ??
    (format['type'] === 'json_schema'
      ? JSON.stringify(valueFor(format['schema'], prompt))
      : answerTo({ prompt, seed: 'responses', maxTokens }));
  const { text, cut } = cutTo(whole, maxTokens, tokens);
  return {
    output: [
      ...thought,
      {
        id: exchange.id('msg'),
        type: 'message',
        status: cut ? 'incomplete' : 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
      },
    ],
    said: tokens(text),
    cut,
  };
}

function streamOf(response: Json, wordsPerChunk: number): readonly string[] {
  let sequence = 0;
  const event = (type: string, fields: Json): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`;
  const started = { ...response, status: 'in_progress', output: [], usage: null };
  const events = [
    event('response.created', { response: started }),
    event('response.in_progress', { response: started }),
  ];
  asList(response['output']).forEach((item, output_index) => {
    const place = { item_id: item['id'], output_index };
    events.push(
      event('response.output_item.added', {
        output_index,
        item: {
          ...item,
          ...(item['status'] !== undefined && { status: 'in_progress' }),
          ...(item['type'] === 'message' && { content: [] }),
          ...(item['type'] === 'function_call' && { arguments: '' }),
        },
      }),
    );
    if (item['type'] === 'function_call') {
      events.push(
        event('response.function_call_arguments.delta', { ...place, delta: item['arguments'] }),
        event('response.function_call_arguments.done', { ...place, name: item['name'], arguments: item['arguments'] }),
      );
    }
    for (const [content_index, part] of (item['type'] === 'message' ? asList(item['content']) : []).entries()) {
      const at = { ...place, content_index };
      events.push(event('response.content_part.added', { ...at, part: { ...part, text: '' } }));
      for (const delta of piecesOf(String(part['text']), wordsPerChunk))
        events.push(event('response.output_text.delta', { ...at, delta, logprobs: [] }));
      events.push(
        event('response.output_text.done', { ...at, text: part['text'], logprobs: [] }),
        event('response.content_part.done', { ...at, part }),
      );
    }
    events.push(event('response.output_item.done', { output_index, item }));
  });
  return [
    ...events,
    event(response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed', { response }),
  ];
}
