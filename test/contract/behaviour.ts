import type { Provider, ProviderOptions, RecordedRequest } from '@farthing/testkit';
import type { Base, Client, Stack } from './stack.js';

/** What a behaviour is observed on: one stack, and a provider of its own. */
export interface Scene {
  readonly client: Client;
  readonly provider: Provider;
  readonly stack: Stack;
  /** How the fetch underneath was called, where a behaviour asks to watch it. */
  readonly fetched: readonly Fetched[];
}

/** One call of the fetch underneath a client or a gate. */
export interface Fetched {
  /** What it was called on. */
  readonly on: unknown;
  readonly init: Readonly<Record<string, unknown>>;
}

/** One way in which clients behave, as a plain value that must be the same with and without the gate. */
export interface Behaviour {
  /** Of the 24 that a drop-in must preserve. */
  readonly number: number;
  readonly title: string;
  readonly appliesTo: (stack: Stack) => boolean;
  readonly base?: Partial<Base>;
  readonly provider?: ProviderOptions;
  readonly observe: (scene: Scene) => Promise<unknown>;
  /** Look at the fetch underneath, instead of leaving the client its own. */
  readonly watchFetch?: true;
  /** How it ends without the gate, whatever the stack. @default 'well' */
  readonly ends?: 'well' | 'badly' | 'either way';
  /** Why a second look at the same gate would see something else: an answer from the cache reaches no provider. */
  readonly once?: string;
}

/** A prompt whose answer is a few sentences. */
export const prompt = 'My chain slips under load, what can I do?';

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What work comes to: its value, or its error by what a program can tell of it. */
export async function outcome(work: Promise<unknown> | (() => Promise<unknown>)): Promise<unknown> {
  try {
    return { value: await (typeof work === 'function' ? work() : work) };
  } catch (error) {
    return { error: told(error) };
  }
}

function told(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, status, statusCode, code, type, param, isRetryable, cause } = error as Record<string, unknown>; // read as unknown
  return {
    class: Object.getPrototypeOf(error)?.constructor.name,
    name,
    message: String(message),
    status: status ?? statusCode,
    code,
    type,
    param,
    isRetryable,
    // What went wrong underneath; which of its two codes a reset has is a matter of chance.
    cause:
      cause === undefined
        ? undefined
        : String(Reflect.get(Object(cause), 'code')).replace('UND_ERR_SOCKET', 'ECONNRESET'),
  };
}

const varying = new Set([
  'id',
  'created',
  'created_at',
  'item_id',
  'call_id',
  'callId',
  'tool_call_id',
  'toolCallId',
  'previous_response_id',
  'responseId',
  'requestId',
  '_request_id',
  'timestamp',
]);

/** Ids and times differ from call to call; nothing else may. */
export function normal(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, each: unknown) => {
      if (varying.has(key)) return '';
      if (typeof each === 'bigint') return String(each);
      return typeof each === 'string' ? normalText(each) : each;
    }),
  );
}

/** Ids inside of texts: in chunks kept as JSON, and in messages of errors. */
function normalText(text: string): string {
  return text
    .replace(/\b(req|chatcmpl|resp|msg|call|file|batch|toolu|rs|fc)_[0-9a-z]{8}\b/g, '$1')
    .replace(/"(created(?:_at)?)":\d+/g, '"$1":0')
    .replace(/127\.0\.0\.1:\d+/g, 'provider');
}

const ownToAConnection = new Set(['host', 'connection', 'content-length']);

/** The requests of a client as the provider received them, but for what the gate asks for on its own account. */
export function received(requests: readonly RecordedRequest[]): unknown {
  return requests.map(({ method, path, headers, json, body }) => ({
    method,
    path: normalText(path),
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !ownToAConnection.has(name))
        .map(([name, value]) => [name, String(value).replace(/(boundary=).*/, '$1')]),
    ),
    body: json ? withoutUsageRequest(normal(json)) : body.length,
  }));
}

function withoutUsageRequest(json: unknown): unknown {
  const { stream_options, ...rest } = json as { stream_options?: Record<string, unknown> }; // a request's body is an object
  const { include_usage, ...others } = stream_options ?? {};
  return Object.keys(others).length > 0 ? { ...rest, stream_options: others } : rest;
}

/** Response headers as an application sees them: all but the gate's own and what differs from call to call. */
export function responseHeaders(headers: Headers | Readonly<Record<string, string>>): Record<string, string> {
  const all = [...(headers instanceof Headers ? headers.entries() : Object.entries(headers))];
  return Object.fromEntries(
    all.filter(([name]) => !/^(x-farthing.*|date|connection|keep-alive|transfer-encoding|(x-)?request-id)$/.test(name)),
  );
}
