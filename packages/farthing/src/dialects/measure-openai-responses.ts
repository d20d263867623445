import type { JsonObject, PromptMeasure } from './dialect.js';
import { hasFallbackModels, hostedWorkOf } from './hosted-work.js';
import { audioTokens, openAIImageTokens } from './image-bound.js';
import { asObject, asText, objectsOf } from './json.js';
import {
  addTools,
  addUnknownFields,
  boundedOutput,
  limitOf,
  type MeasureLimits,
  measured,
  openAISafety,
} from './measure.js';
import { PromptTally } from './text-bound.js';

/** State at the provider whose size the request does not tell. */
const references = ['previous_response_id', 'conversation', 'prompt', 'background', 'context_management'] as const;

/** Fields that are read below, or of which nothing comes before the model. */
const knownFields: ReadonlySet<string> = new Set([
  ...references,
  'model',
  'models',
  'input',
  'instructions',
  'tools',
  'text',
  'max_output_tokens',
  'max_tool_calls',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'top_logprobs',
  'store',
  'user',
  'metadata',
  'include',
  'truncation',
  'reasoning',
  'parallel_tool_calls',
  'tool_choice',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
]);

/** Bounds a request to Responses. */
export function measureOpenAIResponses(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const model = asText(body['model']) ?? '';
  for (const field of references)
    if (body[field] !== undefined && body[field] !== null && body[field] !== false) tally.unbounded(field);
  tally.text(body['instructions'], 5);
  for (const work of hostedWorkOf(body)) tally.unbounded(work);
  if (hasFallbackModels(body)) tally.unbounded('fallback models');
  if (typeof body['input'] === 'string') tally.text(body['input'], 5);
  else
    for (const item of Array.isArray(body['input']) ? body['input'] : [body['input']]) {
      const object = asObject(item);
      if (object) addItem(tally, object, model);
      else tally.json(item, 5);
    }
  addUnknownFields(tally, body, knownFields);
  addTools(tally, body['tools']);
  tally.json(asObject(body['text'])?.['format'], 8);
  return measured(tally, openAISafety, {
    outputTokens: boundedOutput(limitOf(body, ['max_output_tokens']), 1, limits),
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
  for (const each of Array.isArray(content) ? content : [content]) {
    const part = asObject(each);
    if (!part) {
      tally.json(each, 1);
      continue;
    }
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
