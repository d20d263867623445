import type { JsonObject } from './dialect.js';
import { asObject, asText, isGiven, objectsOf } from './json.js';
import { type JsonPath, spanIn, withField, withReplaced } from './json-text.js';
import type { CacheTtl, Mark, Prompt, PromptBlock, PromptCaching } from './prompt-caching.js';

/**
 * Anthropic's prompt cache: what stands before a `cache_control` is kept. Rules as published at
 * platform.claude.com/docs/en/build-with-claude/prompt-caching, read in November 2026.
 */
export const marksOfAnthropicMessages: PromptCaching = {
  acceptedAt: (provider) => provider === 'anthropic',
  read,
  isSteered,
  leastTokens,
  mark: (body, bodyText, marks) => {
    const changes = marks.map((mark) => changeFor(body, bodyText, mark));
    if (!changes.every((change) => change !== undefined)) return undefined;
    return {
      body: marks.reduce<JsonObject>((marked, mark) => withMark(marked, mark), body),
      bodyText: withReplaced(bodyText, changes),
    };
  },
};

/** The shortest prefix that is cached, in tokens. Under it nothing is kept, and nothing is charged for it. */
function leastTokens(model: string): number {
  if (/(opus|fable|mythos)-5/.test(model)) return 512;
  if (/haiku-4-5|opus-4-[56](?!\d)/.test(model)) return 4096;
  if (/opus-4-7|3-5-haiku|3-haiku/.test(model)) return 2048;
  return 1024;
}

/**
 * What files take at the most, or nearly: what writing them may cost is risked by it, and the bill corrects it. A picture
 * as large as a model takes it, a page of a PDF, and a file whose size the request does not tell.
 */
const imageTokens = 4800;
const pageTokens = 3000;
const unseenFileTokens = 100_000;
const longestPrompt = 1_000_000;

function read(body: JsonObject): Prompt | undefined {
  const { messages, system } = body;
  if (!Array.isArray(messages)) return undefined;
  const turns = messages.map(asObject);
  const blocks: PromptBlock[] = [
    ...(Array.isArray(body['tools']) ? body['tools'] : []).map((tool, index) => toolBlock(tool, index)),
    ...contentBlocks('system', ['system'], system ?? [], ''),
  ];
  let lastTurn: number | undefined;
  for (const [index, message] of turns.entries()) {
    const role = asText(message?.['role']) ?? '';
    const own = contentBlocks('messages', ['messages', index, 'content'], message?.['content'] ?? [], role);
    const end = own.findLastIndex(({ canEnd }) => canEnd);
    // What the model shall go on from is put in the answer's place: the next turn does not begin with it.
    if (role === 'user') lastTurn = end < 0 ? undefined : blocks.length + end;
    blocks.push(...own);
  }
  const opening = blocks.find(({ section }) => section === 'messages')?.content ?? '';
  return {
    blocks,
    seed: JSON.stringify([body['model'], body['speed'], body['inference_geo'], body['mcp_servers']]),
    messagesSeed: JSON.stringify([body['tool_choice'], body['thinking'], body['output_config'], body['output_format']]),
    lastTurn,
    turns: turns.length,
    opening,
    hasFiles: blocks.some(({ moreTokens }) => moreTokens > aroundText),
  };
}

function toolBlock(tool: unknown, index: number): PromptBlock {
  const type = asText(asObject(tool)?.['type']);
  const text = JSON.stringify(tool);
  return {
    section: 'tools',
    path: ['tools', index],
    content: text,
    text,
    moreTokens: 0,
    // A tool that is looked up when it is needed is no part of the prefix, and takes no mark.
    canEnd: isMarkable(tool) && (type === undefined || type === 'custom') && tool['defer_loading'] !== true,
  };
}

function contentBlocks(
  section: PromptBlock['section'],
  path: JsonPath,
  content: unknown,
  role: string,
): readonly PromptBlock[] {
  if (!Array.isArray(content)) return [contentBlock(section, path, content, role)];
  return content.map((block, index) => contentBlock(section, [...path, index], block, role));
}

/** What stands around a text. */
const aroundText = 4;
const markableTypes: ReadonlySet<unknown> = new Set(['text', 'image', 'document', 'tool_use', 'tool_result']);

function contentBlock(section: PromptBlock['section'], path: JsonPath, content: unknown, role: string): PromptBlock {
  const block = asObject(content);
  const text = asText(content) ?? (block?.['type'] === 'text' ? asText(block['text']) : undefined);
  if (text !== undefined) {
    const { cache_control: _, ...rest } = block ?? {};
    const isPlain = !block || Object.keys(rest).length === 2;
    return {
      section,
      path,
      content: `${role}:text:${text}${isPlain ? '' : JSON.stringify(rest)}`,
      text,
      moreTokens: aroundText,
      // Neither empty text nor text of blanks takes a mark, nor a string in a list, which is no block.
      canEnd: text.trim() !== '' && (block ? isMarkable(block) : typeof path.at(-1) === 'string'),
    };
  }
  const written = JSON.stringify(content) ?? '';
  const files = filesIn(block);
  return {
    section,
    path,
    content: `${role}:${written}`,
    // What a file holds as bytes is no text to be counted.
    text: files?.text ?? written,
    moreTokens: files?.tokens ?? 0,
    canEnd: isMarkable(block) && markableTypes.has(block['type']),
  };
}

/** The text and the size of the files of a block, or of the result that it is; `undefined` where it has none. */
function filesIn(block: JsonObject | undefined): { readonly text: string; readonly tokens: number } | undefined {
  const parts = [...(block ? [block] : []), ...objectsOf(block?.['content'])];
  if (!parts.some(({ type }) => type === 'image' || type === 'document')) return undefined;
  const sources = parts.map((part) => ({ part, source: asObject(part['source']) }));
  return {
    text: sources.map(({ part, source }) => textOfPart(part, source)).join('\n'),
    tokens: sources.reduce((sum, { part, source }) => sum + fileTokens(part, source), 0),
  };
}

function textOfPart(part: JsonObject, source: JsonObject | undefined): string {
  const { type, text, title, context } = part;
  if (type !== 'document') return asText(text) ?? '';
  const content = source?.['content'];
  const inner = asText(content) ?? objectsOf(content).map((each) => asText(each['text']) ?? '');
  const whole = source?.['type'] === 'text' ? source['data'] : inner;
  return [title, context, ...[whole].flat()].map((each) => asText(each) ?? '').join('\n');
}

function fileTokens({ type }: JsonObject, source: JsonObject | undefined): number {
  if (type === 'image') return imageTokens;
  if (type !== 'document') return 0;
  const data = asText(source?.['data']);
  // No page is known to hold more tokens than its bytes take signs, in base 64.
  if (source?.['type'] === 'base64' && data !== undefined)
    return Math.min(longestPrompt, Math.max(pageTokens, data.length));
  const pictures = objectsOf(source?.['content']).filter((each) => each['type'] === 'image').length;
  return source?.['type'] === 'text' || source?.['type'] === 'content'
    ? aroundText + 1 + pictures * imageTokens
    : unseenFileTokens;
}

function isMarkable(block: unknown): block is JsonObject {
  const object = asObject(block);
  return object !== undefined && !('cache_control' in object);
}

/** Whether the caller set a mark anywhere, or asked for the automatic one. */
function isSteered(body: JsonObject): boolean {
  return (
    isGiven(body['cache_control']) ||
    [body['tools'], body['system']].some((list) => hasMark(list)) ||
    objectsOf(body['messages']).some((message) => hasMark(message['content']))
  );
}

/** Results hold blocks, and those hold none. */
const maxDepth = 8;

function hasMark(content: unknown, depth = 0): boolean {
  if (depth > maxDepth) return true;
  return objectsOf(content).some(
    (block) =>
      isGiven(block['cache_control']) ||
      hasMark(block['content'], depth + 1) ||
      // A document may be a list of blocks itself.
      hasMark(asObject(block['source'])?.['content'], depth + 1),
  );
}

function controlOf(ttl: CacheTtl): { readonly type: 'ephemeral'; readonly ttl?: '1h' } {
  return ttl === '1h' ? { type: 'ephemeral', ttl } : { type: 'ephemeral' };
}

function changeFor(body: JsonObject, bodyText: string, { path, ttl }: Mark) {
  const span = spanIn(bodyText, path);
  const value = valueAt(body, path);
  if (!span) return undefined;
  const own = bodyText.slice(span.start, span.end);
  const control = JSON.stringify(controlOf(ttl));
  // Text alone is short for a list of one block of text.
  if (typeof value === 'string') return { ...span, by: `[{"type":"text","text":${own},"cache_control":${control}}]` };
  return asObject(value) ? { ...span, by: withField(own, 'cache_control', control) } : undefined;
}

function withMark(body: JsonObject, { path, ttl }: Mark): JsonObject {
  const change = (value: unknown, [step, ...rest]: JsonPath): unknown => {
    if (step === undefined)
      return typeof value === 'string'
        ? [{ type: 'text', text: value, cache_control: controlOf(ttl) }]
        : { ...asObject(value), cache_control: controlOf(ttl) };
    if (Array.isArray(value)) return value.map((each, index) => (index === step ? change(each, rest) : each));
    const object = asObject(value);
    return object ? { ...object, [step]: change(object[step], rest) } : value;
  };
  return asObject(change(body, path)) ?? body;
}

function valueAt(body: JsonObject, path: JsonPath): unknown {
  return path.reduce<unknown>(
    (at, step) => (Array.isArray(at) ? at[Number(step)] : asObject(at)?.[String(step)]),
    body,
  );
}
