import { z } from 'zod';
import type { Prompt } from '../engine.js';
import { isLocalError, LocalError } from '../local-error.js';
import { messageOf, toolOf } from './chat-request.js';
import { askForJson, type HttpServer } from './http-exchange.js';

const tokenized = z.looseObject({
  /** vLLM's. */
  count: z.number().int().nonnegative().nullish(),
  /** vLLM's and llama-server's. */
  tokens: z.array(z.unknown()).nullish(),
});

const templated = z.looseObject({ prompt: z.string() });

/**
 * Counts a prompt's tokens at the server's `/tokenize`, which lies beside `/v1`: vLLM's takes conversations; llama-server's
 * takes text alone, into which `/apply-template` makes them.
 * @throws LocalError where it has none, or the signal's reason
 */
export async function countAtServer(server: HttpServer, prompt: Prompt, signal: AbortSignal): Promise<number> {
  const root = server.baseURL.replace(/\/v1$/, '');
  const ask = async (body: Readonly<Record<string, unknown>>): Promise<z.infer<typeof tokenized>> => {
    const answer = tokenized.safeParse(await askAt(server, `${root}/tokenize`, body, signal));
    if (!answer.success) throw unable();
    return answer.data;
  };
  const askForText = async (text: string): Promise<number> => {
    // vLLM reads `prompt` and `add_special_tokens`, llama-server the rest, each as it does for an answer.
    const { count, tokens } = await ask({
      model: server.model,
      prompt: text,
      add_special_tokens: true,
      content: text,
      add_special: true,
      parse_special: true,
    });
    const number = count ?? tokens?.length;
    if (number === undefined) throw unable();
    return number;
  };
  if (prompt.kind === 'text') return askForText(prompt.text);
  const conversation = {
    model: server.model,
    messages: prompt.messages.map(messageOf),
    ...(prompt.tools && prompt.tools.length > 0 && { tools: prompt.tools.map(toolOf) }),
    add_generation_prompt: true,
  };
  const { count } = await ask(conversation);
  if (typeof count === 'number') return count;
  const text = templated.safeParse(await askAt(server, `${root}/apply-template`, conversation, signal));
  if (!text.success) throw unable();
  return askForText(text.data.prompt);
}

async function askAt(
  server: HttpServer,
  url: string,
  body: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await askForJson(server, url, body, signal);
  } catch (error) {
    // No such path, or one of another server's with other manners.
    if (isLocalError(error) && (error.code === 'model_not_found' || error.code === 'invalid_request')) throw unable();
    throw error;
  }
}

function unable(): LocalError {
  return new LocalError(
    'engine_failed',
    "The server can't count tokens: it has no /tokenize beside its /v1 as vLLM and llama-server have.",
  );
}
