import { answerTo, cutTo, piecesOf, valueFor } from './answer.js';
import type { Exchange } from './exchange.js';
import { openAIError, sendEvents, sendJson, toolsToCall } from './reply.js';

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // read loosely: a client's request
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asObject) : []);

/** The text of a message's content, whatever its form. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return asList(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join(' ');
}

/** `POST /v1/chat/completions`. */
export async function chatCompletion(exchange: Exchange): Promise<void> {
  const { json, script, tokens, options } = exchange;
  if (typeof json['model'] !== 'string')
    return sendJson(exchange, openAIError('you must provide a model parameter'), 400);
  if (!Array.isArray(json['messages']) || json['messages'].length === 0)
    return sendJson(exchange, openAIError("Missing required parameter: 'messages'."), 400);
  const messages = asList(json['messages']);
  const prompts = messages.map((message) => textOf(message['content']));
  const reasons = /^(o\d|gpt-5)/.test(json['model']);
  const limit = numberOf(json['max_completion_tokens'] ?? json['max_tokens']);
  const reasoning = reasons ? Math.min(64, Math.floor((limit ?? 1000) / 2)) : 0;
  const choices = Array.from({ length: numberOf(json['n']) ?? 1 }, (_, index) =>
    makeChoice(exchange, index, prompts.at(-1) ?? '', limit === undefined ? undefined : limit - reasoning),
  );
  const promptTokens =
    3 +
    messages.reduce(
      (sum, message, index) =>
        sum +
        4 +
        tokens(prompts[index] ?? '') +
        (message['tool_calls'] ? tokens(JSON.stringify(message['tool_calls'])) : 0),
      0,
    ) +
    (json['tools'] ? tokens(JSON.stringify(json['tools'])) : 0);
  const completionTokens = choices.reduce((sum, choice) => sum + choice.tokens, 0) + reasoning * choices.length;
  const cached = exchange.caches.openai(
    `chat ${json['model']} ${JSON.stringify(json['tools'] ?? [])}`,
    prompts,
    json['prompt_cache_key'],
  );
  const usage = script?.usage ?? {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: Math.min(cached, promptTokens), audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning * choices.length,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
  const model = script?.model ?? json['model'];
  const tier =
    script?.serviceTier ??
    (json['service_tier'] === undefined || json['service_tier'] === 'auto' ? 'default' : json['service_tier']);
  const head = {
    id: exchange.id('chatcmpl'),
    created: Math.floor(Date.now() / 1000),
    model,
    service_tier: tier,
    system_fingerprint: 'fp_loopback',
  };
  if (json['stream'] !== true) {
    exchange.bill({ api: 'chat', model: String(model), usage });
    return sendJson(exchange, {
      ...head,
      object: 'chat.completion',
      choices: choices.map(({ index, message, finish_reason, logprobs }) => ({
        index,
        message: { role: 'assistant', ...message, refusal: null, annotations: [] },
        logprobs,
        finish_reason,
      })),
      usage,
    });
  }
  const events = streamOf(
    head,
    choices,
    usage,
    asObject(json['stream_options'])['include_usage'] === true,
    options.wordsPerChunk,
  );
  exchange.bill({ api: 'chat', model: String(model), usage });
  await sendEvents(exchange, events);
}

interface Choice {
  readonly index: number;
  readonly message: Json;
  readonly finish_reason: string;
  readonly logprobs: Json | null;
  readonly tokens: number;
}

function makeChoice(exchange: Exchange, index: number, prompt: string, maxTokens: number | undefined): Choice {
  const { json, script, tokens } = exchange;
  const offered = asList(json['tools']).map((tool) => ({
    name: String(asObject(tool['function'])['name']),
    schema: asObject(tool['function'])['parameters'],
  }));
  const choice = json['tool_choice'];
  const answered = asList(json['messages']).at(-1)?.['role'] === 'tool';
  const forced = answered
    ? false
    : choice === 'required'
      ? true
      : typeof choice === 'object'
        ? String(asObject(asObject(choice)['function'])['name'])
        : false;
  const calls = toolsToCall(exchange, offered, forced, valueFor).map((call) => ({
    id: exchange.id('call'),
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
  if (calls.length > 0)
    return {
      index,
      message: { content: null, tool_calls: calls },
      finish_reason: 'tool_calls',
      logprobs: null,
      tokens: tokens(JSON.stringify(calls)),
    };
  const format = asObject(json['response_format']);
  const whole =
    script?.text ??
    (format['type'] === 'json_schema'
      ? JSON.stringify(valueFor(asObject(format['json_schema'])['schema'], prompt))
      : format['type'] === 'json_object'
        ? '{"ok":true}'
        : answerTo({ prompt, seed: `${index}${String(json['seed'] ?? '')}`, maxTokens }));
  const { text, cut } = cutTo(whole, maxTokens, tokens);
  const logprobs =
    json['logprobs'] === true
      ? {
          content: piecesOf(text, 1).map((token) => ({
            token,
            logprob: -0.1,
            bytes: [...Buffer.from(token)],
            top_logprobs: [],
          })),
          refusal: null,
        }
      : null;
  return { index, message: { content: text }, finish_reason: cut ? 'length' : 'stop', logprobs, tokens: tokens(text) };
}

/** Chunks as OpenAI sends them: with `include_usage`, a `usage` in each, and one more chunk that has no choices. */
function streamOf(
  head: Json,
  choices: readonly Choice[],
  usage: Json,
  includeUsage: boolean,
  wordsPerChunk: number,
): readonly string[] {
  const chunk = (fields: Json): string =>
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...fields, ...(includeUsage && !('usage' in fields) && { usage: null }) })}\n\n`;
  const delta = (index: number, fields: Json, finish: string | null = null, logprobs: unknown = null): string =>
    chunk({ choices: [{ index, delta: fields, logprobs, finish_reason: finish }] });
  const events = choices.flatMap(({ index, message, finish_reason, logprobs }) => {
    const calls = asList(message['tool_calls']);
    const opened = delta(index, { role: 'assistant', content: calls.length > 0 ? null : '', refusal: null });
    const called = calls.flatMap((call, position) => {
      const { name, arguments: args } = asObject(call['function']);
      const text = String(args);
      const half = Math.ceil(text.length / 2);
      return [
        delta(index, {
          tool_calls: [{ index: position, id: call['id'], type: 'function', function: { name, arguments: '' } }],
        }),
        delta(index, { tool_calls: [{ index: position, function: { arguments: text.slice(0, half) } }] }),
        delta(index, { tool_calls: [{ index: position, function: { arguments: text.slice(half) } }] }),
      ];
    });
    const tokens = asList(logprobs?.['content']);
    const said =
      typeof message['content'] === 'string' ? piecesOf(message['content'], tokens.length > 0 ? 1 : wordsPerChunk) : [];
    return [
      opened,
      ...called,
      ...said.map((content, at) =>
        delta(index, { content }, null, tokens[at] ? { content: [tokens[at]], refusal: null } : null),
      ),
      delta(index, {}, finish_reason),
    ];
  });
  return [...events, ...(includeUsage ? [chunk({ choices: [], usage })] : []), 'data: [DONE]\n\n'];
}

/** The value if it is a number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
