import type { JsonObject, PromptMeasure } from './dialect.js';
import { anthropicImageTokens } from './image-bound.js';
import { asObject, asText, isGiven, objectsOf } from './json.js';
import { addUnknownFields, boundedOutput, limitOf, type MeasureLimits, measured, type Safety } from './measure.js';
import { PromptTally } from './text-bound.js';

/** Measured over recorded requests: 1.5 × the estimate (with 500 for tools) + 100 was below none of 49 bills. */
const safety: Safety = { factor: 1.5, tokens: 100 };
/** Documented: about 30 % more tokens for the same text; 35 % is what the estimate is raised by. */
const newTokenizerFactor = 1.35;
/** The hidden instructions that come with tools; 327 to 696 were seen. */
const toolPromptTokens = 500;
/** Schemas of tools that Anthropic defines and the caller runs. */
const definedToolTokens = 1600;

/** Results hold text and images, and those hold nothing: deeper than this is no request that is answered. */
const maxDepth = 8;

/** Fields that are read below, or of which nothing comes before the model. */
const knownFields: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'metadata',
  'stop_sequences',
  'stream',
  'temperature',
  'top_k',
  'top_p',
  'thinking',
  'service_tier',
  'speed',
  'inference_geo',
  'output_config',
  'output_format',
  'mcp_servers',
  'container',
  'context_management',
  'cache_control',
]);

/** Bounds a message request. */
export function measureAnthropicMessages(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const newTokenizer = hasNewTokenizer(asText(body['model']) ?? '');
  addContent(tally, body['system'], newTokenizer);
  for (const each of Array.isArray(body['messages']) ? body['messages'] : [body['messages']]) {
    const message = asObject(each);
    if (message) {
      tally.text('', 5);
      addContent(tally, message['content'], newTokenizer);
    } else tally.json(each, 5);
  }
  addUnknownFields(tally, body, knownFields);
  const tools = objectsOf(body['tools']);
  if (tools.length > 0) tally.text('', toolPromptTokens);
  for (const tool of tools) addTool(tally, tool);
  if (!Array.isArray(body['tools']) || tools.length < body['tools'].length) tally.json(body['tools']);
  tally.json(asObject(body['output_config'])?.['format'] ?? body['output_format'], 200);
  if (objectsOf(body['mcp_servers']).length > 0) tally.unbounded('MCP servers');
  for (const field of ['container', 'context_management'] as const) if (isGiven(body[field])) tally.unbounded(field);
  return measured(tally, newTokenizer ? { ...safety, factor: safety.factor * newTokenizerFactor } : safety, {
    outputTokens: boundedOutput(limitOf(body, ['max_tokens']), 1, limits),
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

function addContent(tally: PromptTally, content: unknown, newTokenizer: boolean, depth = 0): void {
  if (typeof content === 'string') tally.text(content);
  else if (depth > maxDepth) tally.unbounded('content nested too deeply');
  else
    for (const each of Array.isArray(content) ? content : [content]) {
      const block = asObject(each);
      if (block) addBlock(tally, block, newTokenizer, depth);
      else tally.json(each, 3);
    }
}

function addBlock(tally: PromptTally, block: JsonObject, newTokenizer: boolean, depth: number): void {
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
      addContent(tally, block['content'], newTokenizer, depth + 1);
      break;
    case 'image':
      tally.imageTokens += anthropicImageTokens(newTokenizer);
      if (source?.['type'] === 'file') tally.unbounded('file');
      break;
    case 'document':
      if (source?.['type'] === 'text') tally.text(source['data'], 50);
      else if (source?.['type'] === 'content') addContent(tally, source['content'], newTokenizer, depth + 1);
      else tally.unbounded('document');
      tally.text(block['title']);
      tally.text(block['context']);
      break;
    case 'search_result':
      tally.text(block['title'], 20);
      tally.text(block['source']);
      addContent(tally, block['content'], newTokenizer, depth + 1);
      break;
    default:
      // Encrypted thinking, results of hosted tools, references: their size is not in the request.
      tally.unbounded(`content of type ${asText(block['type']) ?? 'unknown'}`);
  }
}

/** What the request asks to be written to a cache: its dearest marker. */
function cacheWriteOf(body: JsonObject): 'none' | '5m' | '1h' {
  const markers = [
    body['cache_control'],
    ...markersIn(body['system']),
    ...markersIn(body['tools']),
    ...objectsOf(body['messages']).flatMap((message) => markersIn(message['content'])),
  ].map(asObject);
  if (markers.some((marker) => marker?.['ttl'] === '1h')) return '1h';
  return markers.some((marker) => marker?.['type'] === 'ephemeral') ? '5m' : 'none';
}

function markersIn(content: unknown, depth = 0): readonly unknown[] {
  if (depth > maxDepth) return [];
  return objectsOf(content).flatMap((block) => [
    block['cache_control'],
    ...markersIn(block['content'], depth + 1),
    // A document may be a list of blocks itself.
    ...markersIn(asObject(block['source'])?.['content'], depth + 1),
  ]);
}
