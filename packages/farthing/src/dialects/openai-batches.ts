import type {
  BatchDoor,
  BatchStanding,
  DoorRequest,
  LineResult,
  LostPart,
  Part,
  Search,
} from '../batch-jobs/batch-door.js';
import { asObject, linesOf, newestFirst, objectsIn, parsed, textOr, unlessGone } from './batch-values.js';

/** What is used of a client of OpenAI's SDK: its public resources. */
interface OpenAIClient {
  readonly files: {
    readonly create: (body: object, options?: object) => PromiseLike<unknown>;
    readonly list: (query: object) => AsyncIterable<unknown>;
    readonly content: (id: string) => PromiseLike<Response>;
    readonly delete: (id: string) => PromiseLike<unknown>;
  };
  readonly batches: {
    readonly create: (body: object, options: object) => PromiseLike<unknown>;
    readonly list: (query: object) => AsyncIterable<unknown>;
    readonly retrieve: (id: string) => PromiseLike<unknown>;
    readonly cancel: (id: string) => PromiseLike<unknown>;
  };
}

const partKey = 'farthing_part';
/** The newest files among which an upload that nobody heard of is looked for. */
const filesLookedAt = 100;
const ended = new Set(['completed', 'expired', 'cancelled']);

/** Batches through a client of OpenAI's SDK, or of Azure's; `undefined` for another client. */
export function openAIBatches(client: unknown): BatchDoor | undefined {
  const { files, batches, apiVersion } = asObject(client);
  if (!('create' in asObject(files)) || !('create' in asObject(batches))) return undefined;
  return doorOf(client as OpenAIClient, typeof apiVersion === 'string'); // it has both resources
}

function doorOf(client: OpenAIClient, isAzure: boolean): BatchDoor {
  return {
    provider: 'openai',
    defaultEndpoint: isAzure ? '/chat/completions' : '/v1/chat/completions',
    // The base URL ends with the version.
    pathOf: (endpoint) => endpoint.replace(/^\/v1(?=\/)/, ''),
    limits: { requests: 50_000, bytes: 200_000_000, embeddingInputs: 50_000 },
    oneModelPerPart: true,
    lineOf,
    prepare: (part) => prepare(client, part),
    create: async ({ token, endpoint }, prepared) => {
      const batch = await client.batches.create(
        { input_file_id: prepared, endpoint, completion_window: '24h', metadata: { [partKey]: token } },
        { maxRetries: 0 },
      );
      return textOr(asObject(batch)['id'], 'the id of a batch');
    },
    find: (part) => find(client, part),
    standing: async (batch) => standingOf(asObject(await client.batches.retrieve(batch))),
    results: (batch) => results(client, batch),
    cancel: async (batch) => {
      await client.batches.cancel(batch);
    },
    forget: async (batch, prepared) => {
      const { output_file_id: output, error_file_id: errors } =
        batch === undefined ? {} : asObject(await unlessGone(client.batches.retrieve(batch)));
      for (const file of [prepared, output, errors])
        if (typeof file === 'string') await unlessGone(client.files.delete(file));
    },
  };
}

/** Put together as text: the body's numbers keep their digits. */
function lineOf({ customId, endpoint, bodyText }: DoorRequest): string {
  return `{"custom_id":${JSON.stringify(customId)},"method":"POST","url":${JSON.stringify(endpoint)},"body":${bodyText}}`;
}

async function prepare(client: OpenAIClient, { token, lines }: Part): Promise<string> {
  const name = `farthing-${token}.jsonl`;
  const file = new File(
    lines.map((line) => `${line}\n`),
    name,
    { type: 'application/jsonl' },
  );
  let looked = 0;
  for await (const each of client.files.list({ purpose: 'batch', limit: filesLookedAt, order: 'desc' })) {
    const { id, filename, bytes } = asObject(each);
    if (filename === name && bytes === file.size && typeof id === 'string') return id;
    if (++looked >= filesLookedAt) break;
  }
  return textOr(asObject(await client.files.create({ file, purpose: 'batch' }))['id'], 'the id of a file');
}

async function find(client: OpenAIClient, { token, prepared, sinceMs }: LostPart): Promise<Search> {
  for await (const batch of newestFirst(client.batches.list({ limit: 100 }), sinceMs)) {
    const { id, input_file_id: input, metadata } = batch;
    const isOurs = asObject(metadata)[partKey] === token || (prepared !== undefined && input === prepared);
    if (isOurs && typeof id === 'string') return { outcome: 'found', batch: id };
  }
  return { outcome: 'absent' };
}

function standingOf({ status, request_counts: counts, errors }: Record<string, unknown>): BatchStanding {
  const { completed, failed } = asObject(counts);
  return {
    // A status that is new is no end: results that are read too early are sent again.
    status: ended.has(String(status)) ? 'ended' : status === 'failed' ? 'rejected' : 'running',
    succeeded: Number(completed) || 0,
    failed: Number(failed) || 0,
    errors: objectsIn(asObject(errors)['data']).map(({ code, message }) => ({
      code: String(code),
      message: String(message).slice(0, 300),
    })),
  };
}

async function* results(client: OpenAIClient, batch: string): AsyncGenerator<LineResult> {
  const { output_file_id: output, error_file_id: errors } = asObject(await client.batches.retrieve(batch));
  for (const file of [output, errors]) {
    if (typeof file !== 'string') continue;
    // A line that is no JSON is one result that is missing, and no reason to lose the others.
    for await (const line of linesOf(await client.files.content(file))) yield resultOf(asObject(parsed(line)));
  }
}

function resultOf({ custom_id: customId, response, error }: Record<string, unknown>): LineResult {
  const { status_code: status, request_id: requestId, body } = asObject(response);
  const result = {
    customId: String(customId),
    requestId: typeof requestId === 'string' && requestId !== '' ? requestId : undefined,
  };
  if (typeof status === 'number' && status > 0)
    return { ...result, outcome: status === 200 ? 'answered' : 'errored', status, body };
  const { code, message } = asObject(error);
  if (code === 'batch_expired') return { ...result, outcome: 'expired', status: 0, body: undefined };
  if (code === 'batch_cancelled') return { ...result, outcome: 'cancelled', status: 0, body: undefined };
  const told = {
    message: String(message ?? 'The request failed.'),
    type: 'batch_error',
    param: null,
    code: code ?? null,
  };
  return { ...result, outcome: 'errored', status: 500, body: { error: told } };
}
