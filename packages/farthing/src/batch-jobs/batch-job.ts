import type { BatchDoor } from './batch-door.js';
import type { BatchJob, BatchProgress, BatchResult, ResultsOptions } from './batch-job-options.js';
import type { Collect } from './collect.js';
import type { Dispatch } from './dispatch.js';
import type { JobFiles } from './job-files.js';
import type { Landing } from './landing.js';
import { isForbidden, isTemporary } from './weigh-failure.js';

/** What a job is made of. */
export interface JobMachine {
  readonly name: string;
  readonly files: JobFiles;
  readonly door: BatchDoor;
  readonly landing: Landing;
  readonly dispatch: Dispatch;
  readonly collect: Collect;
  /** One thing at a time: of two that send, each would send all. */
  readonly exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly callIdOf: (index: number) => string;
  readonly pollMs: number;
  /** An earlier reader may have been handed the first result that was not acknowledged. */
  readonly reopened: boolean;
  /** Called when the job lets go of its files. */
  readonly onClosed: () => void;
}

/** A job as its user sees it. Nothing runs in the background: whoever reads the results drives it. */
export function createBatchJob(machine: JobMachine): BatchJob {
  const { name, files, door, landing, dispatch, collect, exclusively, pollMs } = machine;
  const { state } = files;
  let closed = false;
  let reading = false;
  /** Where a result stands that may have been handed out before, and was not acknowledged. */
  let again = machine.reopened && state.delivered < state.answers.length ? state.delivered : -1;
  const stopped = new Set<string>();
  const closing = new AbortController();

  const open = (): void => {
    if (closed) throw new TypeError(`Batch job: expected job '${name}' to be open, got one that was closed.`);
  };
  const isDone = (): boolean => state.answers.length >= state.entries.length;

  /** One turn: sends what waits, looks at what runs. Answers what speaks against the rest, once nothing else goes on. */
  async function turn(): Promise<{ readonly error: unknown } | undefined> {
    const refusals: { readonly error: unknown }[] = [];
    const attempt = <Result>(work: () => Promise<Result>): Promise<Result | undefined> =>
      work().catch((error: unknown) => {
        refusals.push({ error });
        return undefined;
      });
    await landing.catchUp();
    await attempt(dispatch.send);
    if (state.cancelled) await attempt(stopAll);
    const goesOn = await attempt(collect.look);
    return goesOn ? undefined : refusals[0];
  }

  /** @throws what the client threw where its key may not cancel */
  async function stopAll(): Promise<void> {
    await dispatch.withdraw();
    for (const { stage, batch } of state.parts) {
      if (stage !== 'created' || batch === undefined || stopped.has(batch)) continue;
      try {
        await door.cancel(batch);
        stopped.add(batch);
      } catch (error) {
        if (isForbidden(error)) throw error;
        // One that has ended can't be cancelled: the next look tells. What passes is tried again then.
        if (!isTemporary(error)) stopped.add(batch);
      }
    }
  }

  async function* results<Answer>({
    from,
    signal,
    onProgress,
  }: ResultsOptions = {}): AsyncGenerator<BatchResult<Answer>> {
    open();
    if (reading) throw new TypeError(`Batch job: expected one reader of job '${name}' at a time, got a second one.`);
    reading = true;
    const acknowledges = from !== 'start';
    try {
      for (let at = acknowledges ? state.delivered : 0; ; ) {
        for (; at < state.answers.length; at++) {
          signal?.throwIfAborted();
          const redelivered = acknowledges ? at === again : at < state.delivered;
          if (acknowledges) again = at;
          yield resultAt(at, redelivered) as BatchResult<Answer>; // the caller says what its answers are
          open();
          if (!acknowledges) continue;
          files.tell({ type: 'delivered', count: at + 1 });
          again = -1;
        }
        if (isDone()) return;
        signal?.throwIfAborted();
        const refusal = await exclusively(turn);
        onProgress?.(progress());
        if (at < state.answers.length) continue;
        if (refusal) throw refusal.error;
        if (!isDone()) await pause(pollMs, [closing.signal, ...(signal ? [signal] : [])]);
        open();
      }
    } finally {
      reading = false;
    }
  }

  function resultAt(at: number, redelivered: boolean): BatchResult {
    const place = state.answers[at];
    if (!place) throw new Error(`Batch job: expected an answer at ${at}, got ${state.answers.length} answers.`);
    const { index, outcome, status, body, source, costNanoUsd, attempts } = files.answer(place);
    return {
      id: state.entries[index]?.id ?? String(index),
      index,
      ok: outcome === 'answered',
      outcome,
      status,
      body: body === undefined ? undefined : parse(body),
      source,
      costNanoUsd,
      attempts,
      callId: machine.callIdOf(index),
      redelivered,
    };
  }

  function progress(): BatchProgress {
    const stands = { waiting: 0, away: 0, done: 0 };
    for (const entry of state.entries) stands[entry.stands]++;
    const done = isDone();
    return {
      state: done ? 'done' : state.cancelled ? 'cancelling' : 'running',
      total: state.entries.length,
      waiting: stands.waiting,
      running: stands.away,
      ...state.counts,
      cached: state.cached,
      shared: state.shared,
      delivered: state.delivered,
      costNanoUsd: state.costNanoUsd,
      batches: state.parts.map(({ index, batch, requests, stage }) => ({
        batch,
        requests: requests.length,
        succeeded: collect.standings.get(index)?.succeeded ?? 0,
        failed: collect.standings.get(index)?.failed ?? 0,
        state: stage === 'over' ? 'over' : stage === 'created' ? 'running' : 'sending',
      })),
      trouble: done ? undefined : dispatch.trouble(),
    };
  }

  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    files.close();
    closing.abort(new TypeError(`Batch job: job '${name}' was closed while its results were read. Open it again.`));
    machine.onClosed();
  };

  /** @throws what the client threw where the provider does not delete it: the disk is then as it was */
  const forget = async (): Promise<void> => {
    open();
    if (!isDone())
      throw new TypeError(
        `Batch job: expected a job whose requests all have a result, got '${name}' with ${state.entries.length - state.answers.length} to come. Cancel it, and read its results.`,
      );
    for (const { batch, prepared } of state.parts) await door.forget(batch, prepared);
    closed = true;
    files.remove();
    machine.onClosed();
  };

  return {
    name,
    progress,
    results,
    cancel: async () => {
      open();
      if (isDone() || state.cancelled) return;
      files.tell({ type: 'cancelled' });
      await exclusively(stopAll);
    },
    forget: () => exclusively(forget),
    close,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a denial and an answer are JSON; an error of something in between need not be
  }
}

/** Waits; an abort ends it at once. */
function pause(ms: number, signals: readonly AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any([...signals]);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
