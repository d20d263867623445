import type { BatchDoor, BatchStanding, DoorRequest, LineResult, LostPart, Search } from '../batch-jobs/batch-door.js';
import { asObject, newestFirst, textOr, unlessGone } from './batch-values.js';

/** What is used of a client of Anthropic's SDK: one public resource. */
interface AnthropicBatches {
  readonly create: (body: object, options: object) => PromiseLike<unknown>;
  readonly list: (query: object) => AsyncIterable<unknown>;
  readonly retrieve: (id: string) => PromiseLike<unknown>;
  readonly results: (id: string) => PromiseLike<AsyncIterable<unknown>>;
  readonly cancel: (id: string) => PromiseLike<unknown>;
  readonly delete: (id: string) => PromiseLike<unknown>;
}

/** Statuses of errors by their type, as the provider publishes them. */
const statusOf: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Batches through a client of Anthropic's SDK; `undefined` for another client. */
export function anthropicBatches(client: unknown): BatchDoor | undefined {
  const { batches } = asObject(asObject(client)['messages']);
  return 'create' in asObject(batches) ? doorOf(batches as AnthropicBatches) : undefined; // it has the resource
}

function doorOf(batches: AnthropicBatches): BatchDoor {
  return {
    provider: 'anthropic',
    defaultEndpoint: '/v1/messages',
    pathOf: (endpoint) => endpoint,
    limits: { requests: 100_000, bytes: 256_000_000, embeddingInputs: Number.POSITIVE_INFINITY },
    oneModelPerPart: false,
    lineOf,
    prepare: async () => undefined,
    create: async ({ lines }) => {
      const requests: unknown[] = lines.map((line) => JSON.parse(line));
      return textOr(asObject(await batches.create({ requests }, { maxRetries: 0 }))['id'], 'the id of a batch');
    },
    find: (part) => find(batches, part),
    standing: async (batch) => standingOf(asObject(await batches.retrieve(batch))),
    results: (batch) => results(batches, batch),
    cancel: async (batch) => {
      await batches.cancel(batch);
    },
    forget: async (batch) => {
      if (batch !== undefined) await unlessGone(batches.delete(batch));
    },
  };
}

function lineOf({ customId, bodyText }: DoorRequest): string {
  return `{"custom_id":${JSON.stringify(customId)},"params":${bodyText}}`;
}

/** Batches have no name here: whose one is, only its results tell, by the ids in them. */
async function find(batches: AnthropicBatches, { token, requests, sinceMs, isKnown }: LostPart): Promise<Search> {
  let unsure = false;
  for await (const batch of newestFirst(batches.list({ limit: 100 }), sinceMs)) {
    const { id } = batch;
    if (typeof id !== 'string' || isKnown(id) || sizeOf(batch) !== requests) continue;
    const { processing_status: status, results_url: url } = asObject(await batches.retrieve(id));
    if (status !== 'ended') unsure = true;
    else if (typeof url === 'string' && (await begins(batches, id, token))) return { outcome: 'found', batch: id };
  }
  return { outcome: unsure ? 'unsure' : 'absent' };
}

async function begins(batches: AnthropicBatches, batch: string, token: string): Promise<boolean> {
  for await (const { customId } of results(batches, batch)) return customId.startsWith(`${token}-`);
  return false;
}

function sizeOf({ request_counts: counts }: Record<string, unknown>): number {
  return Object.values(asObject(counts)).reduce<number>((sum, count) => sum + (Number(count) || 0), 0);
}

function standingOf({ processing_status: status, request_counts: counts }: Record<string, unknown>): BatchStanding {
  const { succeeded, errored } = asObject(counts);
  return {
    status: status === 'ended' ? 'ended' : 'running',
    succeeded: Number(succeeded) || 0,
    failed: Number(errored) || 0,
    errors: [],
  };
}

async function* results(batches: AnthropicBatches, batch: string): AsyncGenerator<LineResult> {
  // Of one whose results are no longer kept there is no place to read them.
  const { results_url: url } = asObject(await batches.retrieve(batch));
  if (typeof url !== 'string') return;
  for await (const line of await batches.results(batch)) yield resultOf(asObject(line));
}

function resultOf({ custom_id: id, result }: Record<string, unknown>): LineResult {
  const { type, message, error } = asObject(result);
  const { error: inner, request_id: requestId } = asObject(error);
  const of = { customId: String(id), requestId: typeof requestId === 'string' ? requestId : undefined };
  if (type === 'succeeded') return { ...of, outcome: 'answered', status: 200, body: message };
  if (type === 'errored') {
    const status = statusOf[String(asObject(inner)['type'])] ?? 500;
    return { ...of, outcome: 'errored', status, body: error };
  }
  return { ...of, outcome: type === 'expired' ? 'expired' : 'cancelled', status: 0, body: undefined };
}
