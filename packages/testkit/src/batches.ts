import type { Exchange } from './exchange.js';
import { anthropicError, openAIError, sendJson } from './reply.js';

type Json = Record<string, unknown>;

const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {}); // read loosely: a client's request
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asObject) : []);

const atOnce = 32;

/** What becomes of a batch. */
export interface BatchFate {
  /** Only so many of its requests are run; the others expire. @default all */
  readonly runs?: number;
  /** It ends, counts its answers, and gives none of them. */
  readonly losesResults?: boolean;
  /** It is refused when it is looked at (OpenAI), and nothing is run. */
  readonly rejected?: { readonly code: string; readonly message: string };
}

/** What batch jobs need of the provider: its files, and its own endpoints to run each line. */
export interface BatchHost {
  readonly files: Map<string, { readonly name: string; readonly purpose: string; readonly data: Buffer }>;
  /** Of the batches that are created next, first to last. */
  readonly fates: BatchFate[];
  /** Runs one request against the endpoints, without a connection. */
  readonly call: (path: string, body: Json) => Promise<{ readonly status: number; readonly body: unknown }>;
}

/** A batch that was created. */
interface Running {
  readonly job: Json;
  step: number;
  readonly run: () => Promise<void>;
  readonly cancel: () => void;
}

/** Batch jobs, of both kinds. Each look at a job brings it one step further: validating, in progress, ended. */
export function createBatches({
  files,
  fates,
  call,
}: BatchHost): (exchange: Exchange, path: string, method: string) => Promise<boolean> {
  const jobs = new Map<string, Running>();

  return async (exchange, path, method) => {
    if (path === '/v1/batches' && method === 'POST') return startOpenAI(exchange);
    if (path === '/v1/messages/batches' && method === 'POST') return startAnthropic(exchange);
    if ((path === '/v1/batches' || path === '/v1/messages/batches') && method === 'GET') return list(exchange, path);
    const [, id = '', action] = /^\/v1\/(?:messages\/)?batches\/([^/]+)(?:\/(cancel|results))?$/.exec(path) ?? [];
    const entry = jobs.get(id);
    if (!entry) return false;
    if (action === 'results') return results(exchange, entry.job);
    if (method === 'DELETE') {
      jobs.delete(id);
      await sendJson(exchange, { id, type: 'message_batch_deleted' });
      return true;
    }
    if (action === 'cancel') entry.cancel();
    else await advance(entry);
    await sendJson(exchange, withoutResults(entry.job));
    return true;
  };

  async function advance(entry: Running): Promise<void> {
    if (++entry.step < 2) {
      if (entry.job['status'] === 'validating') entry.job['status'] = 'in_progress';
    } else if (entry.step === 2 && entry.job['status'] !== 'cancelled' && entry.job['processing_status'] !== 'ended')
      await entry.run();
  }

  async function startOpenAI(exchange: Exchange): Promise<boolean> {
    const input = files.get(String(exchange.json['input_file_id']));
    if (!input) {
      await sendJson(exchange, openAIError('Invalid input_file_id.'), 400);
      return true;
    }
    const { runs = Number.POSITIVE_INFINITY, rejected, losesResults = false } = fates.shift() ?? {};
    const lines = input.data
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => asObject(JSON.parse(line)));
    const job: Json = {
      id: exchange.id('batch'),
      object: 'batch',
      endpoint: exchange.json['endpoint'],
      input_file_id: exchange.json['input_file_id'],
      completion_window: exchange.json['completion_window'],
      status: 'validating',
      output_file_id: null,
      error_file_id: null,
      created_at: Math.floor(Date.now() / 1000),
      metadata: exchange.json['metadata'] ?? null,
      request_counts: { total: lines.length, completed: 0, failed: 0 },
    };
    jobs.set(String(job['id']), {
      job,
      step: 0,
      cancel: () => void Object.assign(job, { status: 'cancelled' }),
      run: async () => {
        if (rejected) {
          Object.assign(job, { status: 'failed', errors: { object: 'list', data: [{ ...rejected, line: null }] } });
          return;
        }
        const answers = await few(lines.slice(0, runs), async (line) => ({
          id: exchange.id('batch_req'),
          custom_id: line['custom_id'],
          response: await call(String(line['url']), asObject(line['body'])).then(({ status, body }) => ({
            status_code: status,
            request_id: exchange.id('req'),
            body,
          })),
          error: null,
        }));
        const [good, bad] = [
          answers.filter((answer) => answer.response.status_code === 200),
          [
            ...answers.filter((answer) => answer.response.status_code !== 200),
            ...lines.slice(runs).map((line) => ({
              id: exchange.id('batch_req'),
              custom_id: line['custom_id'],
              response: null,
              error: { code: 'batch_expired', message: 'This request could not be executed before the batch expired.' },
            })),
          ],
        ];
        // Results come in no order: a client must match them by id.
        const save = (rows: readonly unknown[]): string | null => {
          if (rows.length === 0) return null;
          const id = exchange.id('file');
          files.set(id, {
            name: `${id}.jsonl`,
            purpose: 'batch_output',
            data: Buffer.from(
              rows
                .toReversed()
                .map((row) => `${JSON.stringify(row)}\n`)
                .join(''),
            ),
          });
          return id;
        };
        Object.assign(job, {
          status: lines.length > runs ? 'expired' : 'completed',
          output_file_id: losesResults ? null : save(good),
          error_file_id: save(bad),
          request_counts: { total: lines.length, completed: good.length, failed: bad.length },
        });
      },
    });
    await sendJson(exchange, job);
    return true;
  }

  async function startAnthropic(exchange: Exchange): Promise<boolean> {
    const requests = asList(exchange.json['requests']);
    if (requests.length === 0) {
      await sendJson(exchange, anthropicError('requests: at least one is required'), 400);
      return true;
    }
    const { runs = Number.POSITIVE_INFINITY, losesResults = false } = fates.shift() ?? {};
    const id = exchange.id('msgbatch');
    const job: Json = {
      id,
      type: 'message_batch',
      processing_status: 'in_progress',
      request_counts: { processing: requests.length, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
      created_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      ended_at: null,
      results_url: null,
    };
    const end = (
      rows: readonly { readonly custom_id: unknown; readonly result: { readonly type: string } }[],
    ): void => {
      const count = (type: string): number => rows.filter((row) => row.result.type === type).length;
      Object.assign(job, {
        processing_status: 'ended',
        ended_at: new Date().toISOString(),
        results_url: losesResults
          ? null
          : `${exchange.request.headers['x-forwarded-proto'] ?? 'http'}://${String(exchange.request.headers.host)}/v1/messages/batches/${id}/results`,
        request_counts: {
          processing: 0,
          succeeded: count('succeeded'),
          errored: count('errored'),
          canceled: count('canceled'),
          expired: count('expired'),
        },
        results: rows.toReversed(),
      });
    };
    const all = (type: string, from: readonly Json[]) =>
      from.map((request) => ({ custom_id: request['custom_id'], result: { type } }));
    jobs.set(id, {
      job,
      step: 0,
      cancel: () => end(all('canceled', requests)),
      run: async () => {
        const rows = await few(requests.slice(0, runs), async (request) => {
          const { status, body } = await call('/v1/messages', asObject(request['params']));
          return {
            custom_id: request['custom_id'],
            result: status === 200 ? { type: 'succeeded', message: body } : { type: 'errored', error: body },
          };
        });
        end([...rows, ...all('expired', requests.slice(runs))]);
      },
    });
    await sendJson(exchange, job);
    return true;
  }

  /** Newest first, on one page. */
  async function list(exchange: Exchange, path: string): Promise<boolean> {
    const isAnthropic = path === '/v1/messages/batches';
    const all = [...jobs.values()].map(({ job }) => job).filter((job) => 'processing_status' in job === isAnthropic);
    await sendJson(exchange, { object: 'list', data: all.toReversed().map(withoutResults), has_more: false });
    return true;
  }

  async function results(exchange: Exchange, job: Json): Promise<boolean> {
    exchange.response.setHeader('content-type', 'application/x-jsonl');
    exchange.response.end(
      asList(job['results'])
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    );
    return true;
  }
}

/** Runs some at a time, as a provider with many does too; answers come in order. */
async function few<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += atOnce)
    results.push(...(await Promise.all(items.slice(from, from + atOnce).map(run))));
  return results;
}

function withoutResults({ results: _, ...job }: Json): Json {
  return job;
}
