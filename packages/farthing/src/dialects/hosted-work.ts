import type { JsonObject } from './dialect.js';
import { asObject, asText, isGiven } from './json.js';

/**
 * What a server does for a request beyond running the model that it names, in the field's words: searches, documents
 * that it fetches, plugins. Each costs what the request does not tell, and answers from what nobody here has seen.
 */
export function hostedWorkOf(body: JsonObject): readonly string[] {
  const work: string[] = [];
  const model = asText(body['model']) ?? '';
  // OpenAI's and Perplexity's models that search each time; OpenRouter's suffix for it; Groq's systems of models.
  if (isGiven(body['web_search_options']) || /-search(-|$)|(^|\/)sonar|:online$/.test(model)) work.push('web search');
  if (/(^|\/)compound(-|$)/.test(model)) work.push('hosted tools of the model');
  if (isGiven(body['plugins']) && !isEmptyList(body['plugins'])) work.push('plugins');
  // Azure's own data, under both of its names.
  if (isGiven(body['data_sources']) || isGiven(body['dataSources'])) work.push('data sources');
  // xAI's live search and Qwen's.
  const search = asObject(body['search_parameters']);
  if (search && search['mode'] !== 'off') work.push('live search');
  if (body['enable_search'] === true) work.push('web search');
  return work;
}

/** OpenRouter's list of models to fall back on: the answer may come from any of them, at its price. */
export function hasFallbackModels(body: JsonObject): boolean {
  return isGiven(body['models']) && !isEmptyList(body['models']);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
