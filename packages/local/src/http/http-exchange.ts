import { LocalError } from '../local-error.js';
import { connectionFailure, failureOf, parsed } from './http-failure.js';

/** How a server is reached. */
export interface HttpServer {
  /** OpenAI's base URL without a slash at its end, mostly `…/v1`. */
  readonly baseURL: string;
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly fetch: typeof globalThis.fetch;
  /** The longest silence, in milliseconds. */
  readonly timeoutMs: number | undefined;
  readonly now: () => number;
}

/** Two thousand long vectors in decimals; more is no answer, and has to end somewhere. */
const mostCharacters = 256 * 1024 * 1024;

/** Asks a server for JSON, of at most `most` characters. @throws LocalError, or the signal's reason */
export async function askForJson(
  server: HttpServer,
  url: string,
  body: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal,
  most = mostCharacters,
): Promise<unknown> {
  let text = '';
  for await (const part of exchange(server, url, body, signal)) {
    text += part;
    if (text.length > most)
      throw new LocalError('engine_failed', `Expected at most ${most} characters from ${placeOf(url)}, got more.`);
  }
  const value = parsed(text);
  if (value === undefined)
    throw new LocalError(
      'engine_failed',
      `Expected JSON from ${placeOf(url)}, got something else. Does \`baseURL\` name an OpenAI-compatible server's /v1?`,
    );
  return value;
}

/**
 * Asks a server, and gives the text of its answer as it comes. Leaving the loop early closes the connection.
 * @throws LocalError, or the signal's reason
 */
export async function* exchange(
  server: HttpServer,
  url: string,
  body: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  signal.throwIfAborted();
  const patience = watch(signal, server.timeoutMs);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let during: 'connecting' | 'reading' = 'connecting';
  try {
    const response = await patience.hold(server.fetch(url, requestOf(server, body, patience.signal)));
    if (!response.ok) throw await patience.hold(failureOf(response, server.model, server.now));
    during = 'reading';
    const decoder = new TextDecoder();
    reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await patience.hold(reader.read());
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    if (patience.signal.aborted) throw patience.signal.reason;
    throw error instanceof LocalError ? error : connectionFailure(error, during, placeOf(url));
  } finally {
    patience.end();
    // A connection whose answer was read to its end is kept; all others are closed.
    reader?.cancel().catch(() => {});
  }
}

function requestOf(
  { apiKey }: HttpServer,
  body: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal,
): RequestInit {
  return {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    // A redirect could carry prompt and key to somebody else.
    redirect: 'error',
    signal,
  };
}

interface Patience {
  /** Aborted by the caller, or by silence. */
  readonly signal: AbortSignal;
  /** Waits for a step, and no longer than patience lasts, also where the other side ignores the signal. */
  readonly hold: <Value>(step: Promise<Value>) => Promise<Value>;
  readonly end: () => void;
}

function watch(outer: AbortSignal, timeoutMs: number | undefined): Patience {
  const own = new AbortController();
  const give = (): void => own.abort(outer.reason);
  outer.addEventListener('abort', give);
  return {
    signal: own.signal,
    hold: (step) =>
      new Promise((resolve, reject) => {
        const stop = (): void => reject(own.signal.reason);
        const timer =
          timeoutMs === undefined
            ? undefined
            : setTimeout(
                () => own.abort(new LocalError('engine_failed', `The server was silent for ${timeoutMs} ms.`)),
                timeoutMs,
              );
        own.signal.addEventListener('abort', stop);
        if (own.signal.aborted) stop();
        step.then(resolve, reject).finally(() => {
          clearTimeout(timer);
          own.signal.removeEventListener('abort', stop);
        });
      }),
    end: () => {
      outer.removeEventListener('abort', give);
      own.abort(new LocalError('shutting_down', 'The request is over.'));
    },
  };
}

/** Where it was asked, without a query or a name and password. */
export function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
