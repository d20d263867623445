import type { ChatMessage, Generation, Tool, ToolChoice } from '../engine.js';

/** A request as OpenAI's API spells it. */
export interface HttpRequest {
  readonly path: '/chat/completions' | '/completions';
  readonly body: Readonly<Record<string, unknown>>;
}

/** Spells a request in OpenAI's fields; `top_k` and `min_p` are extensions that vLLM, llama-server and LM Studio read. */
export function httpRequestOf(request: Generation, model: string): HttpRequest {
  const { prompt, logprobs } = request;
  const common = {
    model,
    stream: true,
    stream_options: { include_usage: true },
    ...settingsOf(request),
  };
  // Without a limit this door writes 16 tokens; `null` is what is left of the context.
  if (prompt.kind === 'text') {
    const body = { ...common, prompt: prompt.text, max_tokens: request.maxTokens ?? null };
    return { path: '/completions', body: { ...body, ...(logprobs !== undefined && { logprobs }) } };
  }
  const tools = prompt.tools ?? [];
  return {
    path: '/chat/completions',
    body: {
      ...common,
      messages: prompt.messages.map(messageOf),
      // Ollama knows the older name alone, and all others know it too.
      ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
      ...(logprobs !== undefined && { logprobs: true, top_logprobs: logprobs }),
      ...(tools.length > 0 && { tools: tools.map(toolOf) }),
      ...(tools.length > 0 && request.toolChoice !== undefined && { tool_choice: choiceOf(request.toolChoice) }),
    },
  };
}

/** A turn as OpenAI's API spells it. */
export function messageOf(message: ChatMessage): Readonly<Record<string, unknown>> {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  if (message.role !== 'assistant' || !message.toolCalls || message.toolCalls.length === 0)
    return { role: message.role, content: message.content };
  return {
    role: 'assistant',
    content: message.content === '' ? null : message.content,
    tool_calls: message.toolCalls.map(({ id, name, arguments: text }) => ({
      id,
      type: 'function',
      function: { name, arguments: text },
    })),
  };
}

/** A tool as OpenAI's API spells it. */
export function toolOf({ name, description, parameters }: Tool): Readonly<Record<string, unknown>> {
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: parameters ?? { type: 'object', properties: {} },
    },
  };
}

function choiceOf(choice: ToolChoice): unknown {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function settingsOf(request: Generation): Readonly<Record<string, unknown>> {
  const { format, stop } = request;
  return {
    // Servers have defaults of their own: 1, or what the model's file says.
    temperature: request.temperature ?? 0.8,
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.topK !== undefined && { top_k: request.topK }),
    ...(request.minP !== undefined && { min_p: request.minP }),
    ...(request.seed !== undefined && { seed: request.seed }),
    ...(stop !== undefined && stop.length > 0 && { stop }),
    ...(request.frequencyPenalty !== undefined && { frequency_penalty: request.frequencyPenalty }),
    ...(request.presencePenalty !== undefined && { presence_penalty: request.presencePenalty }),
    ...(request.logitBias !== undefined && { logit_bias: request.logitBias }),
    ...(format?.kind === 'json' && { response_format: { type: 'json_object' } }),
    ...(format?.kind === 'schema' && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: format.schema, strict: true },
      },
    }),
  };
}
