import type { Call } from '../call.js';
import { type CallReader, dialectOf, type ReadRequest, readCall, readRequest } from '../read-call.js';
import type { Scoped } from '../scope.js';

/** Makes the call that a request of a job would be, were it sent by itself: same URL, headers, tenant and cache key. */
export interface LineCalls {
  /** @throws TypeError where its endpoint or its body is none that the gate reads; what the client throws (no key) */
  readonly callOf: (line: Line) => Promise<Call>;
}

/** What a call is made of. */
export interface Line {
  readonly id: string;
  readonly model: string;
  readonly bodyText: string;
  readonly scoped: Scoped;
  /** When it was submitted. Epoch milliseconds. */
  readonly atMs: number;
}

/** A client that sends by its own hand. */
type Posting = { readonly post: (path: string, options: { body: object }) => PromiseLike<unknown> };

/** What making calls takes. */
export interface LineCallsOptions {
  readonly reader: Omit<CallReader, 'purpose'>;
  /** A copy of the user's client that sends by another fetch. */
  readonly clientWith: (fetch: typeof globalThis.fetch) => unknown;
  /** What the client puts behind its base URL. */
  readonly path: string;
  /** Sends for real, where an answer from the cache is audited. */
  readonly send: typeof globalThis.fetch;
}

/** Makes calls to one endpoint through one client. */
export function createLineCalls({ reader, clientWith, path, send }: LineCallsOptions): LineCalls {
  const heads = new Map<string, Promise<ReadRequest>>();
  /** Some clients put the model into the URL. */
  const headFor = (model: string): Promise<ReadRequest> => {
    const known = heads.get(model);
    if (known) return known;
    const head = headOf(clientWith, path, model);
    heads.set(model, head);
    head.catch(() => heads.delete(model));
    return head;
  };
  return {
    callOf: async ({ id, model, bodyText, scoped, atMs }) => {
      const request = await headFor(model);
      const dialect = dialectOf(reader.dialects, 'POST', request.url);
      const reading: CallReader = {
        ...reader,
        purpose: 'call',
        defaults: {},
        scopes: { ...reader.scopes, current: () => scoped },
        nextId: () => id,
        now: () => atMs,
      };
      const call = dialect && readCall(reading, dialect, { ...request, token: undefined }, bodyText, send);
      if (!call)
        throw new TypeError(
          `Batch job: expected requests to an endpoint that the gate can meter (chat completions, responses, embeddings, messages), got '${path}'.`,
        );
      return { ...call, doorTier: 'batch' };
    },
  };
}

/** What a client would send, seen by a fetch that sends nothing. */
async function headOf(clientWith: LineCallsOptions['clientWith'], path: string, model: string): Promise<ReadRequest> {
  let seen: ReadRequest | undefined;
  const copy = clientWith(async (input, init) => {
    seen = readRequest(input, init);
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  }) as Posting; // the door has seen that it is an SDK's client, which has it
  await copy.post(path, { body: { model } });
  if (!seen)
    throw new TypeError('gate.batch: expected a client that sends by the fetch it is given, got one that does not.');
  return seen;
}
