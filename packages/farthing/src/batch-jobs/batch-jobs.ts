import { checkCallOptions } from '../option-checks.js';
import { fileSystem, paths, randomId } from '../platform.js';
import { envelopesOf, mergeOptions, type Scoped } from '../scope.js';
import type { BatchDoor } from './batch-door.js';
import { batchDoorOf } from './batch-door-of.js';
import { createBatchJob } from './batch-job.js';
import type { Batches, BatchJob, BatchRequest, SubmitOptions } from './batch-job-options.js';
import type { BatchJobParts } from './batch-job-parts.js';
import { createBatchStages } from './batch-stages.js';
import { createCollect } from './collect.js';
import { createDispatch, type Dispatch } from './dispatch.js';
import { takeIn } from './intake.js';
import { type JobFiles, openJobFiles } from './job-files.js';
import { createLanding } from './landing.js';
import { createLineCalls, type LineCalls } from './line-calls.js';
import { limitsOf } from './plan-parts.js';

/** The batch jobs of a gate. */
export interface BatchJobs {
  readonly through: (client: unknown) => Batches;
  /** Lets go of every job: each goes on at its provider. */
  readonly close: () => Promise<void>;
}

/** A job whose files are open. */
interface OpenJob {
  readonly client: unknown;
  readonly door: BatchDoor;
  readonly exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly job: BatchJob;
  readonly files: JobFiles;
  readonly dispatch: Dispatch;
  readonly calls: LineCalls;
  readonly callIdOf: (index: number) => string;
}

/** Clients hold an upload in memory several times over: many small batches come to the same as few large ones. */
const defaultBytes = 2 * 1024 * 1024;
const defaults = { pollMs: 30_000, maxAttempts: 3, lostAfterMs: 60_000 } as const;

/** Batch jobs, kept in one directory. */
export function createBatchJobs(parts: BatchJobParts): BatchJobs {
  const { options, reader, now, warn } = parts;
  const stages = createBatchStages(parts.stages);
  const fs = fileSystem();
  const { pollMs = defaults.pollMs, maxAttempts = defaults.maxAttempts, lostAfterMs = defaults.lostAfterMs } = options;
  const open = new Map<string, Promise<OpenJob>>();
  const dirOf = (name: string): string => paths().join(options.dir, name);
  const exists = (name: string): boolean => fs.existsSync(dirOf(name));

  function names(): readonly string[] {
    if (!fs.existsSync(options.dir)) return [];
    return fs
      .readdirSync(options.dir, { withFileTypes: true })
      .filter((each) => each.isDirectory() && isName(each.name))
      .map((each) => each.name);
  }

  /** Opens a job, or answers the one that is open; `opened` tells which. */
  async function use(
    client: unknown,
    name: string,
    endpoint: string | undefined,
    scoped: Scoped,
  ): Promise<OpenJob & { readonly opened: boolean }> {
    const known = open.get(name);
    if (known) {
      const job = await known;
      if (!isSameAccount(job.client, client))
        throw new TypeError(
          `gate.batch: expected the client that job '${name}' is open with, got one of another account.`,
        );
      return { ...job, opened: false };
    }
    const opening = start(client, name, endpoint, scoped);
    open.set(name, opening);
    opening.catch(() => open.delete(name));
    return { ...(await opening), opened: true };
  }

  async function start(
    client: unknown,
    name: string,
    endpoint: string | undefined,
    { envelopes }: Scoped,
  ): Promise<OpenJob> {
    const door = batchDoorOf(parts.clientWith(client));
    const files = await openJobFiles(dirOf(name));
    try {
      const reopened = files.state.opened !== undefined;
      if (!reopened) {
        const token = randomId().slice(0, 16);
        const { provider, defaultEndpoint } = door;
        const event = { type: 'opened', version: 1, token, provider, envelopes, atMs: now() } as const;
        files.tell({ ...event, endpoint: endpoint ?? defaultEndpoint });
      }
      return assemble(client, name, door, files, reopened, checkOpened(name, door, files, endpoint));
    } catch (error) {
      files.close();
      throw error;
    }
  }

  function assemble(
    client: unknown,
    name: string,
    door: BatchDoor,
    files: JobFiles,
    reopened: boolean,
    opened: NonNullable<JobFiles['state']['opened']>,
  ): OpenJob {
    const callIdOf = (index: number): string => `batch_${opened.token}_${index.toString(36)}`;
    const calls = createLineCalls({
      reader,
      clientWith: (fetch) => parts.clientWith(client, fetch),
      path: door.pathOf(opened.endpoint),
      send: parts.sendOf(client),
    });
    const landing = createLanding({ stages, now, files, calls, job: name, callIdOf });
    const { maxRequests: requests, maxBytes: bytes = defaultBytes } = options;
    const limits = limitsOf(door, { ...(requests && { requests }), bytes });
    const isKnown = (batch: string): boolean => isOfOther(batch, name);
    const dispatch = createDispatch({ files, door, landing, limits, lostAfterMs, pollMs, isKnown, now, warn });
    const collect = createCollect({ files, door, landing, dispatch, maxAttempts, lostAfterMs, now, warn });
    const onClosed = (): void => void open.delete(name);
    const exclusively = createQueue();
    const moving = { landing, dispatch, collect, exclusively };
    const job = createBatchJob({ name, files, door, ...moving, callIdOf, pollMs, reopened, onClosed });
    return { client, door, exclusively, job, files, dispatch, calls, callIdOf };
  }

  /** Whether another job on the disk has a batch. */
  function isOfOther(batch: string, name: string): boolean {
    return names().some((other) => {
      const path = paths().join(dirOf(other), 'events.jsonl');
      return other !== name && fs.existsSync(path) && fs.readFileSync(path, 'utf8').includes(`"batch":"${batch}"`);
    });
  }

  async function submit(
    client: unknown,
    requests: Iterable<BatchRequest> | AsyncIterable<BatchRequest>,
    given: SubmitOptions = {},
  ): Promise<BatchJob> {
    const { name = randomId().slice(0, 16), endpoint, ...call } = given;
    checkName(name);
    const scoped = scopedNow(checkCallOptions(call));
    const used = await use(client, name, endpoint, scoped);
    return used.exclusively(() => takeAndSend(used, requests, scoped));
  }

  async function takeAndSend(
    used: OpenJob & { readonly opened: boolean },
    requests: Iterable<BatchRequest> | AsyncIterable<BatchRequest>,
    scoped: Scoped,
  ): Promise<BatchJob> {
    const { job, files, dispatch, calls, callIdOf, opened } = used;
    const { state } = files;
    const fresh = state.entries.length === 0;
    const giveUp = async (error: unknown): Promise<never> => {
      // A job that others have open is theirs.
      if (opened && fresh) await abandon(used);
      else if (opened) await job.close();
      throw error;
    };
    // A `maxCost` for all is one amount, also where the job is gone on with.
    const common = { ...scoped, envelopes: state.opened?.envelopes ?? scoped.envelopes };
    await takeIn(requests, {
      ask: stages.ask,
      now,
      files,
      calls,
      scoped: common,
      callIdOf,
      checkOptions: checkOwn,
    }).catch(giveUp);
    if (state.total === undefined) files.tell({ type: 'accepted', total: state.entries.length });
    await dispatch.send().catch(async (error: unknown) => {
      // What its provider says against the rest is told to who reads the results.
      if (state.parts.every(({ stage }) => stage === 'planned' || stage === 'prepared')) await giveUp(error);
    });
    return job;
  }

  /** Nothing was sent: as if it had never been. */
  async function abandon({ job, door, files, callIdOf }: OpenJob): Promise<void> {
    for (const [index, { sameAs, stands }] of files.state.entries.entries())
      if (sameAs === undefined && stands !== 'done') await stages.release(callIdOf(index));
    for (const { prepared } of files.state.parts)
      if (prepared !== undefined) await door.forget(undefined, prepared).catch(() => {}); // its key is refused, perhaps
    files.remove();
    await job.close();
  }

  /** createGate < run < submit, as for any call; without an envelope around it, a default one is the job's. */
  function scopedNow(own: SubmitOptions): Scoped {
    const around = reader.scopes.current();
    const envelopes = [...(around?.envelopes ?? []), ...envelopesOf(own)];
    return {
      options: mergeOptions(reader.defaults, around?.options, own),
      envelopes: envelopes.length > 0 ? envelopes : envelopesOf(reader.defaults),
    };
  }

  return {
    through: (client) => ({
      submit: (requests, given) => submit(client, requests, given),
      open: async (name) => {
        checkName(name);
        if (!exists(name))
          throw new TypeError(
            `gate.batch: expected the name of a job in ${options.dir}, got '${name}'. There are: ${names().join(', ') || 'none'}.`,
          );
        const { job, files, exclusively, opened } = await use(client, name, undefined, { options: {}, envelopes: [] });
        // It may be submitted at this moment, in this process.
        await exclusively(async () => {});
        if (files.state.total !== undefined) return job;
        if (opened) await job.close();
        throw new TypeError(
          `gate.batch: expected a job that was submitted to its end, got '${name}', whose process died over it. Submit the same requests under this name.`,
        );
      },
      names: async () => names(),
    }),
    close: async () => {
      for (const opening of [...open.values()]) await opening.then(({ job }) => job.close()).catch(() => {});
    },
  };
}

/** Whether two clients have the same key at the same place: an application may make one for each request. */
function isSameAccount(one: unknown, other: unknown): boolean {
  type Account = { apiKey?: unknown; authToken?: unknown; baseURL?: unknown }; // read as unknown
  const [a, b] = [one as Account, other as Account];
  return a === b || (a.apiKey === b.apiKey && a.authToken === b.authToken && a.baseURL === b.baseURL);
}

/** Runs one thing after the other. */
function createQueue(): OpenJob['exclusively'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
}

function checkOpened(
  name: string,
  door: BatchDoor,
  { state: { opened } }: JobFiles,
  endpoint: string | undefined,
): NonNullable<JobFiles['state']['opened']> {
  if (!opened) throw new Error(`Batch job: expected job '${name}' to be opened.`);
  if (opened.provider !== door.provider)
    throw new TypeError(
      `gate.batch: expected a client for ${opened.provider}, where job '${name}' runs, got one for ${door.provider}.`,
    );
  if (endpoint !== undefined && endpoint !== opened.endpoint)
    throw new TypeError(`gate.batch: expected the endpoint of job '${name}', '${opened.endpoint}', got '${endpoint}'.`);
  return opened;
}

function checkOwn(options: BatchRequest['options'], id: string): NonNullable<BatchRequest['options']> {
  try {
    return options === undefined ? {} : checkCallOptions(options);
  } catch (error) {
    throw new TypeError(`Batch job: request '${id}': ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

function isName(name: string): boolean {
  return namePattern.test(name);
}

function checkName(name: unknown): void {
  if (typeof name !== 'string' || !isName(name))
    throw new TypeError(
      `gate.batch: expected \`name\` to be 1 to 64 letters, digits, dots, dashes and underscores, got ${JSON.stringify(name)}.`,
    );
}
