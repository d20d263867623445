import { setTimeout as sleep } from 'node:timers/promises';
import type { Embeddings, Engine, EngineFacts, Piece } from '../engine.js';
import { isLocalError, LocalError } from '../local-error.js';
import { unlessAborted } from '../unless-aborted.js';
import { type ChildLink, openChildLink } from './child-link.js';
import type { ChildSettings, FromChild, ToChild } from './messages.js';
import { createPieceQueue, type PieceQueue } from './piece-queue.js';
import { settledLater } from './settled-later.js';

/** How a model is run by llama.cpp in a process of its own. */
export interface LlamaEngineOptions {
  /** Looks at the file before each start. @throws LocalError */
  readonly prepare: (signal: AbortSignal) => Promise<{
    readonly settings: ChildSettings;
    /** Throws if the file that was opened is not the one that was looked at. */
    readonly checkAgain: () => Promise<void>;
  }>;
  readonly onWarning: (message: string) => void;
  readonly nowMs: () => number;
}

/** After so many failures in a row the pause before the next start is doubled each time, up to the second. */
const [firstPauseMs, longestPauseMs] = [250, 30_000];
/** A pause this short is waited for; a longer one is told. */
const patienceMs = 1000;

interface Opened {
  /** Lets go of it, which stops it where it is not done. */
  readonly close: (done: boolean) => void;
}

type Answer = Extract<FromChild, { kind: 'embeddings' | 'count' }>;
type Waiting =
  | { readonly kind: 'pieces'; readonly queue: PieceQueue }
  | { readonly kind: 'answer'; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };

/** A process and not a thread: a crash in native code takes nothing else down, and all memory returns when it ends. */
export function createLlamaEngine({ prepare, onWarning, nowMs }: LlamaEngineOptions): Engine {
  const waiting = new Map<number, Waiting>();
  let link: ChildLink | undefined;
  let loading: { readonly facts: Promise<EngineFacts>; readonly stop: AbortController } | undefined;
  let unloading: Promise<void> | undefined;
  let serial = 0;
  let failures = 0;
  let notBefore = 0;
  let lastFailure: LocalError | undefined;

  const hold = (): void => link?.hold(waiting.size > 0 || loading !== undefined);

  const onMessage = (message: FromChild): void => {
    if (message.kind === 'pieces') {
      for (const [id, said] of message.pieces) {
        const piece: Piece = typeof said === 'string' ? { kind: 'text', text: said } : said;
        const to = waiting.get(id);
        if (to?.kind !== 'pieces') continue;
        if (piece.kind === 'end') failures = 0;
        to.queue.put(piece);
      }
      return;
    }
    if (!('id' in message)) return;
    // Not for a count, which runs no step of the model.
    if (message.kind === 'embeddings') failures = 0;
    const to = waiting.get(message.id);
    if (message.kind === 'failed') {
      const failure = new LocalError(message.code, message.message, message);
      if (to?.kind === 'pieces') to.queue.fail(failure);
      else to?.reject(failure);
    } else if (to?.kind === 'answer') to.resolve(message);
  };

  const start = async (stop: AbortController): Promise<EngineFacts> => {
    const pause = notBefore - nowMs();
    if (pause > patienceMs && lastFailure) throw again(lastFailure, pause);
    try {
      if (pause > 0) await sleep(pause, undefined, { signal: stop.signal });
      const { settings, checkAgain } = await prepare(stop.signal);
      stop.signal.throwIfAborted();
      const started = openChildLink(settings, {
        onMessage,
        onEnd: (failure) => {
          if (link === started) link = undefined;
          if (failure.code === 'engine_crashed') fell(failure);
          for (const to of waiting.values()) {
            if (to.kind === 'pieces') to.queue.fail(failure);
            else to.reject(failure);
          }
        },
      });
      link = started;
      stop.signal.addEventListener('abort', () => void started.close(), { once: true });
      const { facts, warnings } = await started.loaded;
      try {
        await checkAgain();
      } catch (error) {
        await started.close();
        throw error;
      }
      stop.signal.throwIfAborted();
      if (link !== started) throw gone();
      for (const warning of warnings) onWarning(warning);
      return facts;
    } catch (error) {
      // A process that ended has told so itself; that memory is short can be over at once, since others make room.
      const counts = isLocalError(error) && error.code !== 'engine_crashed' && error.code !== 'insufficient_memory';
      if (counts && !stop.signal.aborted) fell(error);
      throw stop.signal.aborted ? stop.signal.reason : error;
    }
  };

  function fell(failure: LocalError): void {
    failures += 1;
    lastFailure = failure;
    notBefore = nowMs() + Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  }

  const load = async (): Promise<EngineFacts> => {
    // One model is in memory once: the next process starts when the last one has ended.
    while (unloading) await unloading;
    const facts = link?.facts();
    if (facts && !loading) return facts;
    if (!loading) {
      const stop = new AbortController();
      const begun = {
        stop,
        facts: start(stop).finally(() => {
          if (loading === begun) loading = undefined;
          hold();
        }),
      };
      begun.facts.catch(() => {});
      loading = begun;
    }
    hold();
    return loading.facts;
  };

  /** Sends one request, once the model is loaded. */
  const open = async (to: Waiting, message: (id: number) => ToChild, signal: AbortSignal): Promise<Opened> => {
    await unlessAborted(load(), signal);
    if (!link) throw gone();
    const through = link;
    const id = ++serial;
    waiting.set(id, to);
    hold();
    through.send(message(id));
    return {
      close: (done) => {
        if (!waiting.delete(id)) return;
        if (!done) through.send({ kind: 'abort', id });
        hold();
      },
    };
  };

  const ask = async (message: (id: number) => ToChild, signal: AbortSignal): Promise<Answer> => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = settledLater<Answer>();
    const opened = await open({ kind: 'answer', resolve, reject }, message, signal);
    let done = false;
    try {
      const answer = await unlessAborted(promise, signal);
      done = true;
      return answer;
    } finally {
      opened.close(done);
    }
  };

  return {
    load,
    async *generate(request, signal): AsyncGenerator<Piece, void, undefined> {
      signal.throwIfAborted();
      const queue = createPieceQueue();
      const onAbort = (): void => queue.fail(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      let opened: Opened | undefined;
      const leave = (done: boolean): void => {
        signal.removeEventListener('abort', onAbort);
        opened?.close(done);
      };
      try {
        opened = await open({ kind: 'pieces', queue }, (id) => ({ kind: 'generate', id, request }), signal);
        for (;;) {
          signal.throwIfAborted();
          const piece = await queue.take();
          if (piece === undefined) return;
          // Before the last piece goes out: its reader may not come back for more.
          if (piece.kind === 'end') leave(true);
          yield piece;
        }
      } finally {
        leave(false);
      }
    },
    embed: async (texts, signal): Promise<Embeddings> => {
      const answer = await ask((id) => ({ kind: 'embed', id, texts }), signal);
      if (answer.kind !== 'embeddings') throw strange();
      return { vectors: answer.vectors, promptTokens: answer.promptTokens, work: answer.work };
    },
    countTokens: async (prompt, signal) => {
      const answer = await ask((id) => ({ kind: 'count', id, prompt }), signal);
      if (answer.kind !== 'count') throw strange();
      return answer.tokens;
    },
    unload: () => {
      unloading ??= end().finally(() => {
        unloading = undefined;
      });
      return unloading;
    },
  };

  async function end(): Promise<void> {
    loading?.stop.abort(
      new LocalError(
        'shutting_down',
        'Expected the model to be loaded, but it was unloaded while it loaded. Ask again.',
      ),
    );
    await loading?.facts.catch(() => {});
    await link?.close();
  }
}

function again(failure: LocalError, pauseMs: number): LocalError {
  return new LocalError(failure.code, failure.message, { retryAfterSeconds: Math.ceil(pauseMs / 1000) });
}

/** Of a process that ended between two steps. */
function gone(): LocalError {
  return new LocalError('engine_crashed', 'Expected the model to be loaded, but its process ended. Ask again.', {
    retryAfterSeconds: 1,
  });
}

function strange(): LocalError {
  return new LocalError('engine_failed', 'Expected the answer to what was asked, got another.');
}
