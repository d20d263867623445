import { z } from 'zod';
import { LocalError } from '../local-error.js';
import { printable } from '../printable.js';
import { askForJson, type HttpServer, placeOf } from './http-exchange.js';

const size = z.number().int().positive().nullish().catch(undefined);

const listSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      /** llama-server's. */
      aliases: z.array(z.string()).nullish().catch(undefined),
      meta: z.looseObject({ n_ctx: size, n_ctx_train: size }).nullish().catch(undefined),
      /** vLLM's. */
      max_model_len: size,
      /** farthing-local's and others'. */
      context_length: size,
    }),
  ),
});

const namesInMessage = 10;
/** A list of thousands of models. */
const mostCharacters = 4 * 1024 * 1024;

/**
 * How much context the server gives the model, as far as it says so.
 * @throws LocalError where it has no such model, or the signal's reason
 */
export async function contextOfModel(server: HttpServer, signal: AbortSignal): Promise<number | undefined> {
  const url = `${server.baseURL}/models`;
  const answer = listSchema.safeParse(await askForJson(server, url, undefined, signal, mostCharacters));
  if (!answer.success)
    throw new LocalError('engine_failed', `Expected a list of models from ${placeOf(url)}, got something else.`);
  const { data } = answer.data;
  const found =
    data.find(({ id, aliases }) => id === server.model || aliases?.includes(server.model)) ??
    // Ollama takes a name without its tag for the latest.
    data.find(({ id }) => id === `${server.model}:latest`);
  if (found)
    // llama-server knows what a request may take (`n_ctx`), and what the model was made for.
    return found.max_model_len ?? found.meta?.n_ctx ?? found.context_length ?? found.meta?.n_ctx_train ?? undefined;
  const names = data.slice(0, namesInMessage).map(({ id }) => printable(id, 128));
  const more = data.length > names.length ? `, and ${data.length - names.length} more` : '';
  throw new LocalError(
    'model_not_found',
    `The server has no model "${server.model}". It has ${names.length === 0 ? 'none' : names.join(', ')}${more}.`,
    { param: 'model' },
  );
}
