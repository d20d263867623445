import type { Call, Purpose } from './call.js';
import type { Dialect, JsonObject } from './dialects/dialect.js';
import { modelOf } from './model-of.js';
import type { CallOptions } from './options.js';
import { residenciesOf, worthOf } from './placement.js';
import type { PriceBook } from './pricing/price.js';
import type { RuleOptions } from './routing/route-options.js';
import { envelopesOf, headerPrefix, mergeOptions, type Scopes } from './scope.js';
import { scopeHeaders } from './scope-headers.js';

/** What `fetch` takes first. */
export type FetchInput = Parameters<typeof globalThis.fetch>[0];

/** A request as `fetch` was given it, its own `x-farthing*` headers taken out and read. */
export interface ReadRequest {
  readonly url: string;
  readonly method: string;
  /** What to pass to the real fetch when this is no model call: untouched but for the gate's own headers. */
  readonly untouched: readonly [FetchInput, RequestInit | undefined];
  readonly headers: Headers;
  readonly token: string | undefined;
  readonly init: RequestInit;
  readonly signal: AbortSignal | undefined;
  /** The body as text; `undefined` for streams, forms, compressed and other bytes. */
  readonly bodyText: () => Promise<string | undefined>;
}

/** Reads what `fetch` was called with: a string, a URL or a Request, and an init. */
export function readRequest(input: FetchInput, init: RequestInit | undefined): ReadRequest {
  const request = typeof input === 'string' || input instanceof URL ? undefined : input;
  const given = init?.headers ?? request?.headers;
  let headers = given instanceof Headers ? given : new Headers(given);
  let token: string | undefined;
  const own = [...headers.keys()].filter((name) => name.startsWith(headerPrefix));
  if (own.length > 0) {
    token = headers.get(headerPrefix) ?? undefined;
    // A copy: the caller's own headers are not ours to change.
    headers = new Headers(headers);
    for (const name of own) headers.delete(name);
  }
  const signal = init?.signal ?? request?.signal ?? undefined;
  return {
    url: request ? request.url : String(input),
    method: (init?.method ?? request?.method ?? 'GET').toUpperCase(),
    untouched: [input, sendable(own.length > 0 ? { ...init, headers } : init)],
    headers,
    token,
    init: request ? { ...fieldsOf(request), ...init } : (init ?? {}),
    signal,
    bodyText: async () => (headers.has('content-encoding') ? undefined : readBodyText(request, init)),
  };
}

/** A body that is read as it is sent needs `duplex`; clients that were made for another fetch (openai 4) don't say so. */
function sendable(init: RequestInit | undefined): RequestInit | undefined {
  const body: unknown = init?.body;
  const streams = typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
  return streams && init?.duplex === undefined ? { ...init, duplex: 'half' } : init;
}

/** The fields of a Request that an init may carry; body, headers and signal are handled apart. */
function fieldsOf(request: Request): RequestInit {
  const { method, redirect, referrerPolicy, credentials, mode, keepalive, integrity } = request;
  return { method, redirect, referrerPolicy, credentials, mode, keepalive, integrity };
}

async function readBodyText(request: Request | undefined, init: RequestInit | undefined): Promise<string | undefined> {
  const body = init?.body;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array || body instanceof ArrayBuffer) return textOf(body);
  // A Request is read from a clone, so that the original can still go out untouched.
  if (body === undefined && request && request.body !== null && !request.bodyUsed) return request.clone().text();
  return undefined;
}

/** Bytes as the JSON text that they are; anything else (compressed, UTF-16) is no text that can be read here. */
function textOf(bytes: Uint8Array | ArrayBuffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return parseObject(text) && text;
  } catch {
    return undefined;
  }
}

/** What reading a call takes from the gate. */
export interface CallReader {
  readonly dialects: readonly Dialect[];
  readonly scopes: Scopes;
  readonly defaults: CallOptions;
  /** Tags whose values never share an answer. */
  readonly cacheTags: readonly string[];
  readonly placeOf: PriceBook['placeOf'];
  /** Where a URL's host stands; the geography of its URL where nothing else is known. */
  readonly regionOf: (url: string, geo: string | undefined) => string | undefined;
  readonly rules: readonly RuleOptions[];
  /** What the user says identifies the account behind a request. */
  readonly credentialScope: (headers: Headers) => string | undefined;
  readonly now: () => number;
  /** A new id for a call. */
  readonly nextId: () => string;
  /** Hashes what keeps entries apart. */
  readonly hashScope: (scope: string) => string;
  readonly purpose: Purpose;
  readonly unaskedTier: string | undefined;
  readonly onForeignToken: () => void;
}

/** The dialect of a request, by method and path. */
export function dialectOf(dialects: readonly Dialect[], method: string, url: string): Dialect | undefined {
  if (method !== 'POST') return undefined;
  const path = pathOf(url);
  const plain = dialects.find((dialect) => dialect.matches(path));
  if (plain) return plain;
  // What servers redirect or take in another spelling is the same call.
  const usual = usualPath(url);
  return usual === path ? undefined : dialects.find((dialect) => dialect.matches(usual));
}

/** The path in its usual spelling: decoded, lower case, no doubled or trailing slashes. */
export function usualPath(url: string): string {
  let path = pathOf(url);
  try {
    path = new URL(url).pathname;
    path = decodeURIComponent(path);
  } catch {
    // Not a URL, or badly encoded: as it stands.
  }
  return path
    .trim()
    .toLowerCase()
    .replace(/[\\/]+/g, '/')
    .replace(/\/$/, '');
}

/** The path of an absolute URL, without query or fragment. */
export function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return start < 0 ? '/' : url.slice(start).replace(/[?#].*$/s, '');
}

/**
 * The call that a request makes, or `undefined` when its body is not one a dialect can read: it then goes on untouched.
 */
export function readCall(
  reader: CallReader,
  dialect: Dialect,
  request: ReadRequest,
  bodyText: string,
  send: typeof globalThis.fetch,
): Call | undefined {
  const body = parseObject(bodyText);
  const model = body && modelOf({ dialect, body, url: request.url });
  if (!body || model === undefined) return undefined;
  const { options, envelopes } = scopedOptions(reader, request.token);
  const tenants = reader.cacheTags.map((tag) => options.tags?.[tag] ?? '');
  const account = scopeHeaders(request.headers, reader.credentialScope(request.headers));
  const place = reader.placeOf(request.url);
  const residencies = residenciesOf(options, reader.rules);
  // What may go to one place only is not answered from another's.
  const confined = options.pin === undefined && residencies.length === 0 ? [] : [options.pin ?? '', residencies];
  return {
    id: reader.nextId(),
    purpose: reader.purpose,
    dialect,
    url: request.url,
    provider: place?.provider ?? dialect.homeProvider,
    geo: place?.geo,
    region: reader.regionOf(request.url, place?.geo),
    residencies,
    value: worthOf(options, reader.rules),
    price: undefined,
    unaskedTier: reader.unaskedTier,
    body,
    bodyText,
    headers: request.headers,
    init: request.init,
    signal: request.signal,
    send,
    requested: { model, body, stream: dialect.wantsStream(body) },
    options,
    envelopes,
    scope: reader.hashScope(JSON.stringify([account, request.url, ...tenants, ...confined])),
    retry: Number(request.headers.get('x-stainless-retry-count')) || 0,
    startedAtMs: reader.now(),
    note: () => {},
  };
}

/** createGate < run < token, and the envelopes that hold for the result. */
export function scopedOptions(
  reader: Pick<CallReader, 'scopes' | 'defaults' | 'onForeignToken'>,
  token: string | undefined,
): Pick<Call, 'options' | 'envelopes'> {
  const around = reader.scopes.current();
  const signed = token === undefined ? undefined : reader.scopes.verify(token);
  if (token !== undefined && !signed) reader.onForeignToken();
  const options = mergeOptions(reader.defaults, around?.options, signed?.options);
  const envelopes = [...(around?.envelopes ?? []), ...(signed?.envelopes ?? [])];
  // Without a run or a token nothing ties attempts together, so a default cap holds for each attempt.
  return { options, envelopes: envelopes.length > 0 ? envelopes : envelopesOf(reader.defaults) };
}

/** The JSON object that a text is, as servers read it: with or without a byte order mark. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined; // checked: an object
  } catch {
    return undefined;
  }
}
