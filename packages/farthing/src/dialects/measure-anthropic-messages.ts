import type { JsonObject, PromptMeasure } from './dialect.js';
import { anthropicImageTokens } from './image-bound.js';
import { asCount, asObject, asText, objectsOf } from './json.js';
import { boundedOutput, type MeasureLimits, measured, type Safety } from './measure.js';
import { PromptTally } from './text-bound.js';

/** Measured over recorded requests: 1.5 × the estimate (with 500 for tools) + 100 was below none of 49 bills. */
const safety: Safety = { factor: 1.5, tokens: 100 };
/** Documented: about 30 % more tokens for the same text; 35 % is what the estimate is raised by. */
const newTokenizerFactor = 1.35;
/** The hidden instructions that come with tools; 327 to 696 were seen. */
const toolPromptTokens = 500;
/** Schemas of tools that Anthropic defines and the caller runs. */
const definedToolTokens = 1600;

/** Bounds a message request. */
export function measureAnthropicMessages(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const newTokenizer = hasNewTokenizer(asText(body['model']) ?? '');
  addContent(tally, body['system'], newTokenizer);
  for (const message of objectsOf(body['messages'])) {
    tally.text('', 5);
    addContent(tally, message['content'], newTokenizer);
  }
  const tools = objectsOf(body['tools']);
  if (tools.length > 0) tally.text('', toolPromptTokens);
  for (const tool of tools) addTool(tally, tool);
  tally.json(asObject(body['output_config'])?.['format'] ?? body['output_format'], 200);
  if (objectsOf(body['mcp_servers']).length > 0) tally.unbounded('MCP servers');
  for (const field of ['container', 'context_management'] as const)
    if (body[field] !== undefined && body[field] !== null) tally.unbounded(field);
  return measured(tally, newTokenizer ? { ...safety, factor: safety.factor * newTokenizerFactor } : safety, {
    outputTokens: boundedOutput(asCount(body['max_tokens']), 1, limits),
    cacheWrite: cacheWriteOf(body),
  });
}

/** Opus from 4.7 on, and every model of the fifth generation. */
function hasNewTokenizer(model: string): boolean {
  return /claude-(opus-(4-[7-9]|[5-9])|(sonnet|haiku|fable|mythos)-[5-9])/.test(model);
}

function addTool(tally: PromptTally, tool: JsonObject): void {
  const type = asText(tool['type']);
  if (type === undefined || type === 'custom') tally.json(tool, 20);
  else if (/^(bash|text_editor|computer|memory)_/.test(type)) tally.text('', definedToolTokens);
  else tally.unbounded(`hosted tool ${type}`);
}

function addContent(tally: PromptTally, content: unknown, newTokenizer: boolean): void {
  if (typeof content === 'string') tally.text(content);
  for (const block of objectsOf(content)) addBlock(tally, block, newTokenizer);
}

function addBlock(tally: PromptTally, block: JsonObject, newTokenizer: boolean): void {
  const source = asObject(block['source']);
  switch (block['type']) {
    case 'text':
      tally.text(block['text'], 3);
      break;
    case 'thinking':
      tally.text(block['thinking'], 3);
      break;
    case 'tool_use':
      tally.text(block['name'], 30);
      tally.json(block['input']);
      break;
    case 'tool_result':
      tally.text('', 30);
      addContent(tally, block['content'], newTokenizer);
      break;
    case 'image':
      tally.imageTokens += anthropicImageTokens(newTokenizer);
      if (source?.['type'] === 'file') tally.unbounded('file');
      break;
    case 'document':
      if (source?.['type'] === 'text') tally.text(source['data'], 50);
      else if (source?.['type'] === 'content') addContent(tally, source['content'], newTokenizer);
      else tally.unbounded('document');
      tally.text(block['title']);
      tally.text(block['context']);
      break;
    case 'search_result':
      tally.text(block['title'], 20);
      tally.text(block['source']);
      addContent(tally, block['content'], newTokenizer);
      break;
    default:
      // Encrypted thinking, results of hosted tools, references: their size is not in the request.
      tally.unbounded(`content of type ${asText(block['type']) ?? 'unknown'}`);
  }
}

/** What the request asks to be written to a cache: its dearest marker. */
function cacheWriteOf(body: JsonObject): 'none' | '5m' | '1h' {
  const text = JSON.stringify([
    body['cache_control'],
    markersIn(body['system']),
    markersIn(body['tools']),
    objectsOf(body['messages']).map((message) => markersIn(message['content'])),
  ]);
  if (!text.includes('"ephemeral"')) return 'none';
  return /"ttl":"1h"/.test(text) ? '1h' : '5m';
}

function markersIn(content: unknown): readonly unknown[] {
  return objectsOf(content).flatMap((block) => [block['cache_control'] ?? [], ...markersIn(block['content'])]);
}
