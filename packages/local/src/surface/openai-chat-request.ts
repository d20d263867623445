import { z } from 'zod';
import type { ChatMessage, Generation, Tool, ToolChoice } from '../engine.js';
import { LocalError } from '../local-error.js';
import { checkToolChoice } from './check-tool-choice.js';
import { given } from './given.js';
import { jsonSchemaField } from './json-schema-field.js';
import { mostMessages, mostTools, never, only, samplingFields, samplingOf } from './sampling-fields.js';

const textPart = z.object({
  type: z.literal('text', 'only parts of text can be read: images, audio and files are refused'),
  text: z.string(),
});
const refusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });
const text = z.union([z.string(), z.array(textPart).min(1)], 'expected a text or parts of text');

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function', 'only calls of functions are known'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion(
  'role',
  [
    z.object({ role: z.enum(['system', 'developer', 'user']), content: text }),
    z.object({
      role: z.literal('assistant'),
      content: z.union([z.string(), z.array(z.union([textPart, refusalPart]))]).nullish(),
      tool_calls: z.array(toolCall).nullish(),
      audio: never('audio can not be read'),
      function_call: never('use tool_calls'),
    }),
    z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: text }),
  ],
  'expected the role system, developer, user, assistant or tool',
);

const tool = z.object({
  type: z.literal('function', 'only functions can be called'),
  function: z.object({
    name: z.string().min(1),
    description: z.string().nullish(),
    parameters: jsonSchemaField.nullish(),
  }),
});

const toolChoice = z.union(
  [
    z.enum(['auto', 'none', 'required']),
    z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
  ],
  'expected auto, none, required or a function by name',
);

const responseFormat = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.literal('text') }),
    z.object({ type: z.literal('json_object') }),
    z.object({ type: z.literal('json_schema'), json_schema: z.object({ schema: jsonSchemaField.nullish() }) }),
  ],
  'expected the type text, json_object or json_schema',
);

/**
 * A request to `/chat/completions`. What changes what an answer is, and can't be done, is refused by name; the rest is ignored, as are
 * wishes about effort and length (`reasoning_effort`, `verbosity`), which a routed call carries along.
 */
export const openaiChatRequest = z.object({
  ...samplingFields,
  messages: z.array(message).min(1).max(mostMessages),
  max_completion_tokens: z.int().min(1).nullish(),
  tools: z.array(tool).max(mostTools).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  modalities: z.array(z.literal('text', 'only text can be given')).nullish(),
  audio: never('audio can not be given'),
  functions: never('use tools'),
  function_call: never('use tool_choice'),
  web_search_options: never('there is no web search here'),
  moderation: never('nothing is moderated here'),
  store: only(false, 'answers are not stored'),
});

export type OpenaiChatRequest = z.output<typeof openaiChatRequest>;

/** What the engine is asked to do. @throws LocalError where two fields do not go together */
export function chatGeneration(body: OpenaiChatRequest): Generation {
  const tools = body.tools?.map(readTool) ?? [];
  return given<Generation>({
    ...samplingOf(body),
    prompt: { kind: 'chat', messages: body.messages.map(readMessage), ...(tools.length > 0 && { tools }) },
    maxTokens: body.max_completion_tokens ?? body.max_tokens,
    logprobs: readLogprobs(body),
    format: readFormat(body),
    toolChoice: readToolChoice(body, tools),
    maxToolCalls: body.parallel_tool_calls === false ? 1 : undefined,
  });
}

function readMessage(one: OpenaiChatRequest['messages'][number]): ChatMessage {
  if (one.role === 'tool') return { role: 'tool', toolCallId: one.tool_call_id, content: textOf(one.content) };
  if (one.role !== 'assistant') {
    return { role: one.role === 'user' ? 'user' : 'system', content: textOf(one.content) };
  }
  const toolCalls = (one.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function }));
  const content = textOf(one.content ?? '');
  return toolCalls.length === 0 ? { role: 'assistant', content } : { role: 'assistant', content, toolCalls };
}

type Part = z.output<typeof textPart> | z.output<typeof refusalPart>;

/** Parts are lines of one text: that is what chat templates for text are given by other servers, too. */
function textOf(content: string | readonly Part[]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : part.refusal)).join('\n');
}

function readTool({ function: { name, description, parameters } }: z.output<typeof tool>): Tool {
  return given<Tool>({ name, description, parameters });
}

function readLogprobs(body: OpenaiChatRequest): number | undefined {
  if (body.logprobs === true) return body.top_logprobs ?? 0;
  if (body.top_logprobs === null || body.top_logprobs === undefined) return undefined;
  throw new LocalError('invalid_request', 'top_logprobs: needs logprobs: true.', { param: 'top_logprobs' });
}

function readFormat({ response_format: format }: OpenaiChatRequest): Generation['format'] {
  if (format?.type === 'json_object') return { kind: 'json' };
  if (format?.type !== 'json_schema') return undefined;
  const asked = format.json_schema.schema;
  return asked === null || asked === undefined ? { kind: 'json' } : { kind: 'schema', schema: asked };
}

function readToolChoice({ tool_choice: choice }: OpenaiChatRequest, tools: readonly Tool[]): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  const read = typeof choice === 'string' ? choice : { name: choice.function.name };
  return checkToolChoice(read, tools);
}
