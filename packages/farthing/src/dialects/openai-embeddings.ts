import { readOpenAIUsage } from '../pricing/read-openai-usage.js';
import type { Dialect } from './dialect.js';
import { asObject, asText, without } from './json.js';
import { measureOpenAIEmbeddings } from './measure-openai-embeddings.js';
import { openAIDenial, withOpenAIKey } from './openai-common.js';

/** OpenAI embeddings, and every server that speaks them. They have no streams and no output tokens. */
export const openAIEmbeddings: Dialect = {
  name: 'openai-embeddings',
  homeProvider: 'openai',
  operation: 'embeddings',
  matches: (path) => path.endsWith('/embeddings'),
  path: '/embeddings',
  withKey: withOpenAIKey,
  model: (body) => asText(body['model']),
  wantsStream: () => false,
  priceContext: () => ({}),
  choices: () => 1,
  maxOutputTokens: () => 0,
  leastOutput: () => 0,
  clampOutput: () => undefined,
  measure: measureOpenAIEmbeddings,
  question: (body) => without(body, ['user']),
  mayReason: () => false,
  cacheBar: () => undefined,
  // Vectors of other words are other vectors.
  lastTurn: () => undefined,
  needs: () => [],
  firstTurn: () => undefined,
  usageRequest: undefined,
  stripUsage: undefined,
  readAnswer: (json) => {
    const body = asObject(json);
    if (!body || !Array.isArray(body['data'])) return undefined;
    const usage = asObject(body['usage']);
    return {
      model: asText(body['model']),
      serviceTier: undefined,
      reading: usage && readOpenAIUsage(usage),
      outputText: () => '',
      finished: true,
      ended: true,
      truncated: false,
      openToolCalls: false,
      finishReasons: [],
      id: undefined,
    };
  },
  readStream: () => undefined,
  toStream: () => undefined,
  toJson: () => undefined,
  replayStream: (sse) => sse,
  denial: openAIDenial,
};
