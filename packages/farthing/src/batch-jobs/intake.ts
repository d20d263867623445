import { barOf } from '../cache/exact.js';
import { fingerprint } from '../cache/fingerprint.js';
import type { Call, Reply } from '../call.js';
import { roundToNanoUsd } from '../pricing/money.js';
import { envelopesOf, mergeOptions, type Scoped } from '../scope.js';
import type { BatchRequest } from './batch-job-options.js';
import type { BatchStages } from './batch-stages.js';
import type { JobFiles } from './job-files.js';
import type { LineCalls } from './line-calls.js';
import type { StoredAnswer } from './stored-answer.js';
import { digestOf, type StoredRequest } from './stored-request.js';

/** What taking requests in needs. */
export interface IntakeOptions {
  readonly ask: BatchStages['ask'];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly files: JobFiles;
  readonly calls: LineCalls;
  /** What holds for every request of the job. */
  readonly scoped: Scoped;
  readonly callIdOf: (index: number) => string;
  readonly checkOptions: (options: BatchRequest['options'], id: string) => NonNullable<BatchRequest['options']>;
}

/** A request that was read, and is not decided yet. */
interface Asked {
  readonly index: number;
  readonly id: string;
  readonly digest: string;
  readonly body: string;
  readonly scoped: Scoped;
  readonly call: Call;
  /** The key under which equal requests share an answer; `undefined` for one that must be asked by itself. */
  readonly key: string | undefined;
}

/** How many requests are asked about at once: caches that embed over a network answer many as fast as one. */
const atOnce = 32;

/**
 * Takes the requests of a job in: what a cache answers and a budget denies has its answer at once, the rest waits to be
 * sent. Where an earlier process died over it, the requests that it has taken in are left as they are.
 * @throws TypeError for a request that is none, or another one than was taken in before
 */
export async function takeIn(
  requests: Iterable<BatchRequest> | AsyncIterable<BatchRequest>,
  options: IntakeOptions,
): Promise<void> {
  const { files, ask, now } = options;
  const { state } = files;
  const ids = new Set<string>();
  /** Where an equal request waits to be sent. */
  const queued = new Map<string, number>();
  let window: Asked[] = [];
  let index = 0;

  const decideAll = async (): Promise<void> => {
    const leaders = new Map<string, Asked>();
    for (const asked of window) if (asked.key !== undefined && !leaders.has(asked.key)) leaders.set(asked.key, asked);
    const isLeader = (asked: Asked): boolean => asked.key === undefined || leaders.get(asked.key) === asked;
    const replies = await Promise.all(
      window.map((asked) => (isLeader(asked) && !queued.has(asked.key ?? '') ? ask(asked.call) : undefined)),
    );
    for (const [at, asked] of window.entries()) {
      const equal = asked.key === undefined ? undefined : queued.get(asked.key);
      if (equal !== undefined) keep(asked, equal);
      // Equal to one that was answered or denied just now: it is asked by itself.
      else await decide(asked, replies[at] ?? (await ask(asked.call)));
    }
    window = [];
  };
  const decide = async (asked: Asked, reply: Reply): Promise<void> => {
    const text = await reply.response.text();
    if (reply.source === 'queued') {
      // An answer that a budget cuts short is none for others.
      if (asked.key !== undefined && text === asked.body) queued.set(asked.key, asked.index);
      return keep(asked, 'queued', text);
    }
    const { cost } = await reply.completion;
    if (!state.answerOf.has(asked.index))
      files.addAnswer({
        index: asked.index,
        outcome: reply.source === 'denied' ? 'denied' : 'answered',
        status: reply.response.status,
        body: text,
        source: reply.source,
        costNanoUsd: cost ? roundToNanoUsd(cost.totalPicoUsd) : null,
        attempts: 0,
      } satisfies StoredAnswer);
    keep(asked, 'done');
  };
  const keep = (asked: Asked, fate: StoredRequest['fate'], sent = asked.body): void =>
    files.addRequest({
      id: asked.id,
      digest: asked.digest,
      body: asked.body,
      ...(sent !== asked.body && { sent }),
      model: asked.call.requested.model,
      ...inputsOf(asked.call),
      ...asked.scoped,
      atMs: asked.call.startedAtMs,
      fate,
    });

  for await (const request of requests) {
    const { id = String(index), body } = check(request, index);
    if (ids.has(id)) throw new TypeError(`Batch job: expected ids that are unique, got '${id}' twice.`);
    ids.add(id);
    const own = options.checkOptions(request.options, id);
    const digest = digestOf(id, body, request.options);
    const before = state.entries[index];
    if (before && before.digest !== digest)
      throw new TypeError(
        `Batch job: expected the requests that the job of this name has, got another one at place ${index}. Give other requests another name, or forget that job.`,
      );
    if (!before) {
      const scoped = scopedBy(options.scoped, own);
      const model = modelIn(request.body, id);
      const call = await options.calls.callOf({
        id: options.callIdOf(index),
        model,
        bodyText: body,
        scoped,
        atMs: now(),
      });
      if (call.requested.stream)
        throw new TypeError(`Batch job: expected requests without \`stream\`, got one in '${id}'. Results come whole.`);
      const key = barOf(call, []) === undefined ? fingerprint(call) : undefined;
      window.push({ index, id, digest, body, scoped, call, key });
      if (window.length >= atOnce) await decideAll();
    } else if (state.total === undefined && before.sameAs === undefined && before.stands === 'waiting') {
      const stored = files.request(index);
      const call = await options.calls.callOf({
        id: options.callIdOf(index),
        model: stored.model,
        bodyText: stored.body,
        scoped: stored,
        atMs: stored.atMs,
      });
      if (stored.sent === undefined && barOf(call, []) === undefined) queued.set(fingerprint(call), index);
    }
    index++;
  }
  await decideAll();
  if (index < state.entries.length)
    throw new TypeError(
      `Batch job: expected the ${state.entries.length} requests that the job of this name has, got ${index}. Give other requests another name.`,
    );
  if (index === 0) throw new TypeError('Batch job: expected at least one request, got none.');
}

function check(request: BatchRequest, index: number): { readonly id?: string | undefined; readonly body: string } {
  const { id, body } = (typeof request === 'object' && request !== null ? request : {}) as {
    id?: unknown;
    body?: unknown;
  }; // read as unknown
  if (id !== undefined && typeof id !== 'string')
    throw new TypeError(`Batch job: expected \`id\` of request ${index} to be a string, got ${typeof id}.`);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new TypeError(
      `Batch job: expected request ${index} to be { id?, body: { model, … }, options? }, got ${body === null ? 'null' : Array.isArray(body) ? 'an array' : typeof body} for its body.`,
    );
  return { id, body: JSON.stringify(body) };
}

function modelIn(body: object, id: string): string {
  const { model } = body as { model?: unknown }; // read as unknown
  if (typeof model !== 'string' || model === '')
    throw new TypeError(`Batch job: expected the body of request '${id}' to name its \`model\`, got ${typeof model}.`);
  return model;
}

/** Providers count the texts of a batch, too. A list of numbers is one text, in tokens. */
function inputsOf({ dialect, body }: Call): Pick<StoredRequest, 'inputs'> {
  const { input } = body as { input?: unknown }; // read as unknown
  const many = dialect.operation === 'embeddings' && Array.isArray(input) && typeof input[0] !== 'number';
  return many ? { inputs: input.length } : {};
}

function scopedBy(job: Scoped, own: NonNullable<BatchRequest['options']>): Scoped {
  return {
    options: mergeOptions(job.options, own),
    envelopes: [...job.envelopes, ...envelopesOf(own)],
  };
}
