import { z } from 'zod';
import type { ChatMessage, Generation, Prompt, Tool, ToolCall, ToolChoice } from '../engine.js';
import { checkToolChoice } from './check-tool-choice.js';
import { given } from './given.js';
import { jsonSchemaField } from './json-schema-field.js';
import { mostMessages, mostTools, never } from './sampling-fields.js';

const onlyText = 'only text can be read here: images, documents and other blocks are refused';

const textBlock = z.object({ type: z.literal('text', onlyText), text: z.string() });
const text = z.union([z.string(), z.array(textBlock)], 'expected a text or blocks of text');

const block = z.discriminatedUnion(
  'type',
  [
    textBlock,
    z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown().optional() }),
    z.object({
      type: z.literal('tool_result'),
      tool_use_id: z.string(),
      content: text.nullish(),
      is_error: z.boolean().nullish(),
    }),
    // An earlier chain of thought is no part of the conversation, here as at Anthropic.
    z.object({ type: z.enum(['thinking', 'redacted_thinking']) }),
  ],
  onlyText,
);

const message = z.object({
  role: z.enum(['user', 'assistant', 'system'], 'expected the role user, assistant or system'),
  content: z.union([z.string(), z.array(block)], 'expected a text or blocks'),
});

const tool = z.object({
  type: z.literal('custom', 'only tools with an input_schema are known: there are none of the server').nullish(),
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: jsonSchemaField,
});

const toolChoice = z.discriminatedUnion(
  'type',
  [
    z.object({ type: z.enum(['auto', 'any']), disable_parallel_tool_use: z.boolean().nullish() }),
    z.object({ type: z.literal('tool'), name: z.string(), disable_parallel_tool_use: z.boolean().nullish() }),
    z.object({ type: z.literal('none') }),
  ],
  'expected the type auto, any, tool or none',
);

const format = z.object({ type: z.literal('json_schema'), schema: jsonSchemaField });

const promptFields = {
  model: z.string().min(1),
  messages: z.array(message).min(1).max(mostMessages),
  system: text.nullish(),
  tools: z.array(tool).max(mostTools).nullish(),
  /** A conversation that the server holds; refused so that clients send all of it instead. */
  thread: z.unknown().optional(),
};

/** A request to `/messages/count_tokens`. */
export const countTokensRequest = z.object(promptFields);

/** A request to `/messages`. What changes the answer and can't be done is refused by name; the rest is ignored. */
export const anthropicRequest = z.object({
  ...promptFields,
  max_tokens: z.int().min(1),
  tool_choice: toolChoice.nullish(),
  stop_sequences: z.array(z.string().min(1).max(1_000)).max(16).nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stream: z.boolean().nullish(),
  thinking: z
    .object({
      type: z.enum(['enabled', 'adaptive', 'between_tools', 'disabled']),
      display: z.enum(['summarized', 'omitted']).nullish(),
    })
    .nullish(),
  output_format: format.nullish(),
  output_config: z
    .object({
      format: format.nullish(),
      task_budget: never('use max_tokens'),
    })
    .nullish(),
  mcp_servers: z.array(z.never('there are no servers of tools here')).nullish(),
  container: never('there are no containers here'),
  context_management: never('the context is not edited here'),
  compaction: never('conversations are not made shorter here'),
});

export type AnthropicRequest = z.output<typeof anthropicRequest>;

/** What the engine is asked to do. @throws LocalError where two fields do not go together */
export function messagesGeneration(body: AnthropicRequest): Generation {
  const asked = body.output_config?.format ?? body.output_format;
  return given<Generation>({
    prompt: promptOf(body),
    maxTokens: body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    stop: body.stop_sequences,
    format: asked && { kind: 'schema', schema: asked.schema },
    toolChoice: readToolChoice(body),
    maxToolCalls: oneCallOnly(body) ? 1 : undefined,
  });
}

/** The conversation of a request. */
export function promptOf(body: z.output<typeof countTokensRequest>): Prompt {
  const tools = (body.tools ?? []).map(({ name, description, input_schema: parameters }) =>
    given<Tool>({ name, description, parameters }),
  );
  const system: ChatMessage[] = body.system ? [{ role: 'system', content: textOf(body.system) }] : [];
  const messages = joinTurns([...system, ...body.messages.flatMap(readMessage)]);
  return { kind: 'chat', messages, ...(tools.length > 0 && { tools }) };
}

/** Turns of one side that follow each other are one turn: many templates refuse two in a row. */
function joinTurns(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  // Joined once each: a conversation may have a hundred thousand turns.
  const runs: ChatMessage[][] = [];
  for (const turn of turns) {
    const run = runs.at(-1);
    if (run?.[0]?.role === turn.role && turn.role !== 'tool') run.push(turn);
    else runs.push([turn]);
  }
  return runs.map(oneTurn);
}

function oneTurn(run: readonly ChatMessage[]): ChatMessage {
  const [first] = run;
  if (run.length === 1 && first !== undefined) return first;
  const content = run.flatMap((turn) => (turn.content === '' ? [] : [turn.content])).join('\n');
  if (first?.role !== 'assistant') return { role: first?.role === 'system' ? 'system' : 'user', content };
  const toolCalls = run.flatMap((turn) => (turn.role === 'assistant' ? (turn.toolCalls ?? []) : []));
  return { role: 'assistant', content, ...(toolCalls.length > 0 && { toolCalls }) };
}

/** Whether at most one tool may be called. */
export function oneCallOnly({ tool_choice: choice }: AnthropicRequest): boolean {
  return choice?.type !== 'none' && choice?.disable_parallel_tool_use === true;
}

type Block = z.output<typeof block>;

function readMessage({ role, content }: AnthropicRequest['messages'][number]): readonly ChatMessage[] {
  if (typeof content === 'string') return [{ role, content }];
  return role === 'assistant' ? [readAssistant(content)] : content.flatMap((one) => readUser(role, one));
}

function readAssistant(blocks: readonly Block[]): ChatMessage {
  const toolCalls = blocks.flatMap((one): ToolCall[] =>
    one.type === 'tool_use' ? [{ id: one.id, name: one.name, arguments: JSON.stringify(one.input ?? {}) }] : [],
  );
  const content = textOf(blocks.filter((one) => one.type === 'text'));
  return toolCalls.length === 0 ? { role: 'assistant', content } : { role: 'assistant', content, toolCalls };
}

/** Results of tools are turns of their own; text before and after them stays where it is. */
function readUser(role: 'user' | 'system', one: Block): readonly ChatMessage[] {
  if (one.type === 'tool_result') return [readResult(one)];
  return one.type === 'text' ? [{ role, content: one.text }] : [];
}

function readResult(result: Extract<Block, { type: 'tool_result' }>): ChatMessage {
  const content = textOf(result.content ?? '');
  // A template has no place for the mark of a failure, and the model has to know of it.
  return { role: 'tool', toolCallId: result.tool_use_id, content: result.is_error ? `Error: ${content}` : content };
}

function textOf(content: string | readonly z.output<typeof textBlock>[]): string {
  return typeof content === 'string' ? content : content.map((one) => one.text).join('\n');
}

function readToolChoice({ tool_choice: choice, tools }: AnthropicRequest): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  const words = { auto: 'auto', any: 'required', none: 'none' } as const;
  return checkToolChoice(choice.type === 'tool' ? { name: choice.name } : words[choice.type], tools ?? []);
}
