import type { Dialect, JsonObject } from '../../dialects/dialect.js';
import type { TurnContext } from './dense.js';

/** What a request says about itself beside its turn: live and in training by the same rule. */
export function turnContextOf(dialect: Dialect, body: JsonObject): TurnContext {
  const needs = dialect.needs(body);
  return {
    tools: needs.includes('tools') ? 1 : 0,
    images: needs.includes('vision') ? 1 : 0,
    schema: needs.includes('jsonSchema'),
    maxTokens: dialect.maxOutputTokens(body),
  };
}
