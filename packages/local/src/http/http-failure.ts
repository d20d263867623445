import { LocalError } from '../local-error.js';

/** What a server's error says beside its text, which may hold the prompt and is never passed on. */
export interface ServerError {
  /** `type` and `code`, where they look like names. */
  readonly names: readonly string[];
  /** It says that prompt and answer do not fit into the context. */
  readonly tooLong: boolean;
}

/** vLLM, llama-server, Ollama and LM Studio in their own words. */
const tooLongText =
  /context[ _](?:length|size|window)|maximum (?:model|context|sequence) length|max_model_len|longer than the maximum/i;
const tooLongNames = new Set(['context_length_exceeded', 'exceed_context_size_error']);
/** As much of an error as is read. */
const mostErrorBytes = 64 * 1024;
const nameLike = /^[A-Za-z][\w.-]{0,63}$/;

/** Reads an error in the forms of OpenAI, vLLM (also without an `error` around it), llama-server and Ollama. */
export function readServerError(value: unknown): ServerError {
  const outer = asRecord(value);
  const inner = outer['error'];
  const error = typeof inner === 'object' && inner !== null ? asRecord(inner) : outer;
  const names = [error['type'], error['code']].filter(
    (name): name is string => typeof name === 'string' && nameLike.test(name),
  );
  const text = typeof inner === 'string' ? inner : error['message'];
  return {
    names,
    tooLong:
      names.some((name) => tooLongNames.has(name)) ||
      // Only the beginning: farther on the text may repeat what was asked.
      (typeof text === 'string' && tooLongText.test(text.slice(0, 400))),
  };
}

/** An answer that is no success, as an error. Reads its body. */
export async function failureOf(response: Response, model: string, now: () => number): Promise<LocalError> {
  const { status } = response;
  const { names, tooLong } = readServerError(parsed(await beginningOf(response).catch(() => '')));
  const said = `The server answered ${status}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
  if ((status === 400 || status === 413 || status === 422 || status === 500) && tooLong) return contextExceeded();
  if (status === 401 || status === 403)
    return new LocalError('engine_failed', `${said}: the server refuses our key. Check \`apiKey\`.`);
  if (status === 404)
    return new LocalError(
      'model_not_found',
      `${said}: it has no model "${model}", or no such path. Check \`model\`, and that \`baseURL\` ends in /v1.`,
    );
  if (status === 413) return new LocalError('request_too_large', `${said}: the request is too large for it.`);
  if (status === 429 || status === 503) {
    const retryAfterSeconds = retryAfter(response.headers, now);
    return new LocalError('overloaded', `${said}: it is busy or still loading. Try again later.`, {
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  if (status >= 400 && status < 500 && status !== 408)
    return new LocalError('invalid_request', `${said}: it does not take this request.`);
  return new LocalError('engine_failed', `${said}. Its own log says why.`);
}

/** What comes first of a body, which may have no end. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  while (reader && bytes < mostErrorBytes) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

/** Prompt and answer do not fit. */
export function contextExceeded(): LocalError {
  return new LocalError(
    'context_length_exceeded',
    "Prompt and answer do not fit into the context of the server's model. Shorten the prompt or lower the limit of tokens.",
  );
}

/** The server could not be reached, or the connection broke. The cause's text is left out: it may name more than a code. */
export function connectionFailure(error: unknown, during: 'connecting' | 'reading', where: string): LocalError {
  const code = codeOf(error);
  const why = code === undefined ? '' : ` (${code})`;
  return during === 'connecting'
    ? new LocalError('model_unavailable', `No server answers at ${where}${why}. Is it running?`)
    : new LocalError('engine_failed', `The answer of the server at ${where} ended in the middle${why}.`);
}

/** The value if it is JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  const own = asRecord(error);
  return [own['code'], asRecord(own['cause'])['code']].find(
    (code): code is string => typeof code === 'string' && nameLike.test(code),
  );
}

function retryAfter(headers: Headers, now: () => number): number | undefined {
  const milliseconds = headers.get('retry-after-ms');
  if (milliseconds !== null && Number.isFinite(Number(milliseconds))) return Math.max(0, Number(milliseconds) / 1000);
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now()) / 1000));
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}; // any object has properties
}
