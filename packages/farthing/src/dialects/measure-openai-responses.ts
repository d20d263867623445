import type { JsonObject, PromptMeasure } from './dialect.js';
import { audioTokens, openAIImageTokens } from './image-bound.js';
import { asCount, asObject, asText, objectsOf } from './json.js';
import { boundedOutput, type MeasureLimits, measured, openAISafety } from './measure.js';
import { PromptTally } from './text-bound.js';

/** State at the provider whose size the request does not tell. */
const references = ['previous_response_id', 'conversation', 'prompt', 'background', 'context_management'] as const;

/** Bounds a request to Responses. */
export function measureOpenAIResponses(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const model = asText(body['model']) ?? '';
  for (const field of references)
    if (body[field] !== undefined && body[field] !== null && body[field] !== false) tally.unbounded(field);
  tally.text(body['instructions'], 5);
  if (typeof body['input'] === 'string') tally.text(body['input'], 5);
  for (const item of objectsOf(body['input'])) addItem(tally, item, model);
  for (const tool of objectsOf(body['tools'])) {
    if (tool['type'] === 'function' || tool['type'] === 'custom') tally.json(tool, 8);
    else tally.unbounded(`hosted tool ${asText(tool['type']) ?? ''}`);
  }
  tally.json(asObject(body['text'])?.['format'], 8);
  return measured(tally, openAISafety, {
    outputTokens: boundedOutput(asCount(body['max_output_tokens']), 1, limits),
    cacheWrite: '5m',
  });
}

function addItem(tally: PromptTally, item: JsonObject, model: string): void {
  switch (item['type']) {
    case undefined:
    case 'message':
      if (typeof item['content'] === 'string') tally.text(item['content'], 5);
      else addContent(tally, item['content'], model);
      break;
    case 'function_call':
    case 'custom_tool_call':
      tally.text(item['name'], 8);
      tally.text(item['arguments'] ?? item['input'], 4);
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
      if (typeof item['output'] === 'string') tally.text(item['output'], 8);
      else addContent(tally, item['output'], model);
      break;
    case 'reasoning':
      // Encrypted reasoning stands for tokens that nobody outside can count.
      if (asText(item['encrypted_content'])) tally.unbounded('encrypted reasoning');
      else if (objectsOf(item['summary']).length === 0 && asText(item['id'])) tally.unbounded('reasoning by reference');
      addContent(tally, item['summary'], model);
      break;
    default:
      tally.unbounded(`item of type ${asText(item['type']) ?? 'unknown'}`);
  }
}

function addContent(tally: PromptTally, content: unknown, model: string): void {
  tally.text('', 5);
  for (const part of objectsOf(content)) {
    switch (part['type']) {
      case 'input_text':
      case 'output_text':
      case 'summary_text':
      case 'text':
        tally.text(part['text'], 1);
        break;
      case 'refusal':
        tally.text(part['refusal'], 1);
        break;
      case 'input_image':
        tally.imageTokens += openAIImageTokens(model, part['detail']);
        break;
      case 'input_audio':
        tally.audioTokens += audioTokens(asObject(part['input_audio'])?.['data']);
        break;
      default:
        tally.unbounded(
          part['type'] === 'input_file' ? 'file' : `content of type ${asText(part['type']) ?? 'unknown'}`,
        );
    }
  }
}
