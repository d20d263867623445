import type { JsonObject, PromptMeasure } from './dialect.js';
import { hasFallbackModels, hostedWorkOf } from './hosted-work.js';
import { audioTokens, openAIImageTokens } from './image-bound.js';
import { asObject, asText } from './json.js';
import {
  addTools,
  addUnknownFields,
  boundedOutput,
  choicesOf,
  limitOf,
  type MeasureLimits,
  measured,
  openAISafety,
} from './measure.js';
import { PromptTally } from './text-bound.js';

/** The two names of the limit on output; servers differ in which of them they go by. */
export const chatLimits = ['max_completion_tokens', 'max_tokens'] as const;

/** Fields that are read below, or of which nothing comes before the model. */
const knownFields: ReadonlySet<string> = new Set([
  ...chatLimits,
  'model',
  'messages',
  'tools',
  'functions',
  'response_format',
  'prediction',
  'modalities',
  'audio',
  'n',
  'best_of',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'stop',
  'seed',
  'store',
  'user',
  'metadata',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'parallel_tool_calls',
  'tool_choice',
  'function_call',
  'reasoning_effort',
  'reasoning',
  'verbosity',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
]);

/** Fields of a message that are read below, or that stand for no text of their own. */
const knownMessageFields: ReadonlySet<string> = new Set([
  'role',
  'name',
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'tool_calls',
  'tool_call_id',
  'function_call',
  'audio',
]);

/** Bounds a chat completion. */
export function measureOpenAIChat(body: JsonObject, limits: MeasureLimits): PromptMeasure {
  const tally = new PromptTally(limits.count);
  const model = asText(body['model']) ?? '';
  for (const message of Array.isArray(body['messages']) ? body['messages'] : [body['messages']]) {
    const object = asObject(message);
    if (object) addMessage(tally, object, model);
    else tally.json(message, 5);
  }
  addUnknownFields(tally, body, knownFields);
  addTools(tally, body['tools']);
  tally.json(body['functions']);
  tally.json(body['response_format'], 8);
  // A prediction that fails is billed as output.
  const prediction = asObject(body['prediction']);
  for (const work of hostedWorkOf(body)) tally.unbounded(work);
  if (hasFallbackModels(body)) tally.unbounded('fallback models');
  const modalities = Array.isArray(body['modalities']) ? body['modalities'] : [];
  const predicted = new PromptTally(limits.count);
  predicted.json(prediction?.['content']);
  return measured(tally, openAISafety, {
    outputTokens:
      boundedOutput(limitOf(body, chatLimits), choicesOf(body), limits) +
      Math.ceil(predicted.textTokens * openAISafety.factor),
    cacheWrite: '5m',
    audioOutput: modalities.includes('audio') || modalities.includes('image'),
  });
}

function addMessage(tally: PromptTally, message: JsonObject, model: string): void {
  tally.text(message['name'], 5);
  const content = message['content'];
  if (typeof content === 'string') tally.text(content);
  else
    for (const part of Array.isArray(content) ? content : [content]) {
      const object = asObject(part);
      if (object) addPart(tally, object, model);
      else tally.json(part, 1);
    }
  addUnknownFields(tally, message, knownMessageFields);
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
