/** Texts on their way to the one engine. */
export interface Queue<Result> {
  /** One result for each text, in order. */
  readonly add: (texts: readonly string[], signal?: AbortSignal) => Promise<readonly Result[]>;
  /** Other work for which the engine must live. */
  readonly during: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Rejects what waits, and all that comes later. */
  readonly close: () => void;
}

interface QueueOptions<Result> {
  readonly run: (texts: readonly string[]) => Promise<readonly Result[]>;
  readonly maxWaiting: number;
  /** Told when the first work comes and when the last is done. */
  readonly onBusy: (busy: boolean) => void;
}

interface Job<Result> {
  readonly texts: readonly string[];
  readonly results: Result[];
  /** The next text to be sent. */
  next: number;
  readonly end: (error?: unknown) => void;
}

interface Sent<Result> {
  readonly job: Job<Result>;
  readonly place: number;
}

/** A batch is ended by either: some 50 ms of work on one core, after which somebody else's question has its turn. */
const [textsInBatch, unitsInBatch] = [16, 2048];

/**
 * Batches what waits while the engine is busy. Calls take turns, a text each, so that a long import does not keep a
 * question waiting. Bounded: what would make too many texts wait is rejected at once.
 */
export function createQueue<Result>({ run, maxWaiting, onBusy }: QueueOptions<Result>): Queue<Result> {
  let jobs: Job<Result>[] = [];
  let waiting = 0;
  let users = 0;
  let running = false;
  let closed = false;

  const use = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (users++ === 0) onBusy(true);
    try {
      return await work();
    } finally {
      if (--users === 0) onBusy(false);
    }
  };

  const add = (texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly Result[]> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => job.end(signal?.reason);
      const job: Job<Result> = {
        texts,
        results: [],
        next: 0,
        end: (error) => {
          jobs = jobs.filter((each) => each !== job);
          waiting -= texts.length - job.next;
          job.next = texts.length;
          signal?.removeEventListener('abort', onAbort);
          if (error === undefined) resolve(job.results);
          else reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      jobs.push(job);
      waiting += texts.length;
      void pump();
    });

  const take = (): Sent<Result>[] => {
    const batch: Sent<Result>[] = [];
    let units = 0;
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const text = job.texts[job.next] ?? '';
      // Beyond that, the model does not read on.
      const length = Math.min(text.length, unitsInBatch / 2);
      if (batch.length > 0 && (batch.length === textsInBatch || units + length > unitsInBatch)) {
        jobs.unshift(job);
        break;
      }
      batch.push({ job, place: job.next++ });
      waiting--;
      units += length;
      if (job.next < job.texts.length) jobs.push(job);
    }
    return batch;
  };

  const pump = async (): Promise<void> => {
    if (running) return;
    running = true;
    // Calls of the same moment share the first batch, too.
    await Promise.resolve();
    for (let batch = take(); batch.length > 0; batch = take()) {
      try {
        const results = await run(batch.map(({ job, place }) => job.texts[place] ?? ''));
        batch.forEach(({ job, place }, at) => {
          const result = results[at];
          if (result !== undefined) job.results[place] = result;
        });
        for (const { job } of batch) if (isComplete(job)) job.end();
      } catch (error) {
        for (const { job } of batch) job.end(error);
      }
    }
    running = false;
  };

  return {
    during: async (work) => {
      if (closed) throw closedError();
      return use(work);
    },
    add: async (texts, signal) => {
      signal?.throwIfAborted();
      if (closed) throw closedError();
      if (texts.length === 0) return [];
      if (waiting + texts.length > maxWaiting) throw busyError(waiting, texts.length, maxWaiting);
      return use(() => add(texts, signal));
    },
    close: () => {
      closed = true;
      for (const job of [...jobs]) job.end(closedError());
    },
  };
}

/** All texts sent, and an answer for each: `results` has no holes. */
function isComplete<Result>({ texts, results }: Job<Result>): boolean {
  return results.length === texts.length && Object.keys(results).length === texts.length;
}

function busyError(waiting: number, more: number, most: number): Error {
  return Object.assign(
    new Error(`The embedder is busy: expected at most ${most} texts to wait, got ${more} more while ${waiting} wait.`),
    { code: 'ERR_FARTHING_EMBEDDER_BUSY' },
  );
}

function closedError(): Error {
  return new Error('The embedder is closed.');
}
