import type { HostedModel } from '../host.js';
import { jsonResponse, noSuchModel, type Surface } from './surface.js';

/** Answers `/models`, for both families of clients at once. */
export function listModels({ host }: Surface): Response {
  const data = host.models().map(describe);
  const anthropic = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: false };
  return jsonResponse(JSON.stringify({ object: 'list', data, ...anthropic }));
}

/** Answers `/models/NAME`. @throws LocalError */
export function showModel({ host }: Surface, name: string): Response {
  const model = host.models().find((one) => one.name === name);
  if (model === undefined) throw noSuchModel(host);
  return jsonResponse(JSON.stringify(describe(model)));
}

/** OpenAI's fields and Anthropic's, and what this machine knows besides. */
function describe({ name, createdMs, state, contextTokens }: HostedModel) {
  return {
    id: name,
    object: 'model',
    created: Math.floor(createdMs / 1000),
    owned_by: 'local',
    type: 'model',
    display_name: name,
    created_at: new Date(createdMs).toISOString(),
    state,
    ...(contextTokens !== undefined && { max_model_len: contextTokens }),
  };
}
