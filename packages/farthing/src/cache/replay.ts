import type { Body, Call } from '../call.js';
import { wholeResponse } from '../whole-response.js';

/** An answer kept for replay: what the provider sent, and the headers that make sense a second time. */
export interface StoredAnswer {
  readonly body: Body;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}

/** Headers that speak of one transfer, or of one client, and not of the answer. */
const dropped: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'set-cookie',
  'content-type',
]);

/** Keeps an answer with the headers that can be replayed: request ids stay, lengths, encodings and cookies go. */
export function storeAnswer(body: Body, response: Response): StoredAnswer {
  return { body, status: response.status, headers: [...response.headers].filter(([name]) => !dropped.has(name)) };
}

/**
 * A stored answer as this call asked for it: streamed or not, with or without the usage chunk. `undefined` where the
 * dialect can't tell it in the other form without loss.
 */
export function replay(stored: StoredAnswer, call: Call): Response | undefined {
  const text = textFor(stored.body, call);
  if (text === undefined) return undefined;
  const headers = new Headers(stored.headers.map(([name, value]): [string, string] => [name, value]));
  headers.set('content-type', call.requested.stream ? 'text/event-stream; charset=utf-8' : 'application/json');
  return wholeResponse(text, { status: stored.status, statusText: 'OK', headers, url: call.url, redirected: false });
}

function textFor({ kind, text }: Body, { dialect, requested }: Call): string | undefined {
  if (requested.stream)
    return kind === 'sse' ? dialect.replayStream(text, requested.body) : dialect.toStream(text, requested.body);
  return kind === 'json' ? text : dialect.toJson(text);
}
