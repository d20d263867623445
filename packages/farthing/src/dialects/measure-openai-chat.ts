import type { JsonObject, PromptMeasure } from './dialect.js';
import { audioTokens, openAIImageTokens } from './image-bound.js';
import { asCount, asObject, asText, objectsOf } from './json.js';
import { boundedOutput, type MeasureLimits, measured, openAISafety } from './measure.js';
import { PromptTally } from './text-bound.js';

/** Bounds a chat completion. */
export function measureOpenAIChat(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const model = asText(body['model']) ?? '';
  for (const message of objectsOf(body['messages'])) addMessage(tally, message, model);
  for (const tool of objectsOf(body['tools'])) {
    if (tool['type'] === 'function' || tool['type'] === 'custom') tally.json(tool, 8);
    else tally.unbounded(`hosted tool ${asText(tool['type']) ?? ''}`);
  }
  tally.json(body['functions']);
  tally.json(body['response_format'], 8);
  // A prediction that fails is billed as output.
  const prediction = asObject(body['prediction']);
  if (body['web_search_options'] !== undefined || /-search(-|$)/.test(model)) tally.unbounded('web search');
  const audio = Array.isArray(body['modalities']) && body['modalities'].includes('audio');
  const predicted = new PromptTally(limits.count);
  predicted.json(prediction?.['content']);
  return measured(tally, openAISafety, {
    outputTokens:
      boundedOutput(asCount(body['max_completion_tokens']) ?? asCount(body['max_tokens']), asCount(body['n']), limits) +
      Math.ceil(predicted.textTokens * openAISafety.factor),
    cacheWrite: '5m',
    audioOutput: audio,
  });
}

function addMessage(tally: PromptTally, message: JsonObject, model: string): void {
  tally.text(message['name'], 5);
  if (typeof message['content'] === 'string') tally.text(message['content']);
  for (const part of objectsOf(message['content'])) addPart(tally, part, model);
  tally.text(message['refusal']);
  tally.text(message['reasoning_content'] ?? message['reasoning']);
  tally.json(message['tool_calls'], 4);
  tally.json(message['function_call'], 4);
  if (asObject(message['audio'])) tally.unbounded('earlier audio by reference');
}

function addPart(tally: PromptTally, part: JsonObject, model: string): void {
  switch (part['type']) {
    case 'text':
      tally.text(part['text'], 1);
      break;
    case 'refusal':
      tally.text(part['refusal'], 1);
      break;
    case 'image_url':
      tally.imageTokens += openAIImageTokens(model, asObject(part['image_url'])?.['detail']);
      break;
    case 'input_audio':
      tally.audioTokens += audioTokens(asObject(part['input_audio'])?.['data']);
      break;
    default:
      tally.unbounded(part['type'] === 'file' ? 'file' : `content of type ${asText(part['type']) ?? 'unknown'}`);
  }
}
