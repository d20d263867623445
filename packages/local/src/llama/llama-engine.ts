import { setTimeout as sleep } from 'node:timers/promises';
import type { Embeddings, Engine, EngineFacts, Piece } from '../engine.js';
import { LocalError } from '../local-error.js';
import { type ChildLink, openChildLink } from './child-link.js';
import type { ChildSettings, FromChild, ToChild } from './messages.js';
import { createPieceQueue, type PieceQueue } from './piece-queue.js';

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

type Answer = Extract<FromChild, { kind: 'embeddings' | 'count' }>;
type Waiting =
  | { readonly kind: 'pieces'; readonly queue: PieceQueue }
  | { readonly kind: 'answer'; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };

/** A process and not a thread: a crash in native code takes nothing else down, and all memory returns when it ends. */
export function createLlamaEngine({ prepare, onWarning, nowMs }: LlamaEngineOptions): Engine {
  const waiting = new Map<number, Waiting>();
  let link: ChildLink | undefined;
  let loading: { readonly facts: Promise<EngineFacts>; readonly stop: AbortController } | undefined;
  let serial = 0;
  let failures = 0;
  let notBefore = 0;
  let lastFailure: LocalError | undefined;

  const hold = (): void => link?.hold(waiting.size > 0 || loading !== undefined);

  const onMessage = (message: FromChild): void => {
    if (message.kind === 'pieces') {
      for (const [id, piece] of message.pieces) {
        const to = waiting.get(id);
        if (to?.kind !== 'pieces') continue;
        if (piece.kind === 'end') failures = 0;
        to.queue.put(piece);
      }
      return;
    }
    if (!('id' in message)) return;
    const to = waiting.get(message.id);
    if (message.kind === 'failed') {
      const failure = new LocalError(
        message.code,
        message.message,
        message.param === undefined ? {} : { param: message.param },
      );
      if (to?.kind === 'pieces') to.queue.fail(failure);
      else to?.reject(failure);
    } else if (to?.kind === 'answer') to.resolve(message);
  };

  const start = async (stop: AbortController): Promise<EngineFacts> => {
    const pause = notBefore - nowMs();
    if (pause > patienceMs && lastFailure) throw again(lastFailure, pause);
    if (pause > 0) await sleep(pause, undefined, { signal: stop.signal });
    try {
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
      for (const warning of warnings) onWarning(warning);
      return facts;
    } catch (error) {
      if (!stop.signal.aborted && error instanceof LocalError && error.code !== 'engine_crashed') fell(error);
      throw stop.signal.aborted ? stop.signal.reason : error;
    }
  };

  function fell(failure: LocalError): void {
    failures += 1;
    lastFailure = failure;
    notBefore = nowMs() + Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  }

  const load = async (): Promise<EngineFacts> => {
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

  /** One request: `abort` tells the process when nobody wants the answer any more. */
  const open = async (
    to: Waiting,
    message: (id: number) => ToChild,
  ): Promise<{ readonly close: (done: boolean) => void }> => {
    await load();
    if (!link)
      throw new LocalError('engine_crashed', 'Expected the model to be loaded, but its process ended. Ask again.', {
        retryAfterSeconds: 1,
      });
    const to_ = link;
    const id = ++serial;
    waiting.set(id, to);
    hold();
    to_.send(message(id));
    return {
      close: (done) => {
        waiting.delete(id);
        if (!done) to_.send({ kind: 'abort', id });
        hold();
      },
    };
  };

  const ask = async (message: (id: number) => ToChild, signal: AbortSignal): Promise<Answer> => {
    signal.throwIfAborted();
    let close: ((done: boolean) => void) | undefined;
    let done = false;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        open(
          {
            kind: 'answer',
            resolve: (answer) => {
              done = true;
              resolve(answer);
            },
            reject,
          },
          message,
        ).then((opened) => {
          close = opened.close;
          if (signal.aborted) close(false);
        }, reject);
      });
    } finally {
      if (onAbort) signal.removeEventListener('abort', onAbort);
      close?.(done);
    }
  };

  return {
    load,
    async *generate(request, signal): AsyncGenerator<Piece, void, undefined> {
      signal.throwIfAborted();
      const queue = createPieceQueue();
      const onAbort = (): void => queue.fail(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      let done = false;
      let opened: Awaited<ReturnType<typeof open>> | undefined;
      try {
        opened = await open({ kind: 'pieces', queue }, (id) => ({ kind: 'generate', id, request }));
        for (;;) {
          signal.throwIfAborted();
          const piece = await queue.take();
          if (piece === undefined) return;
          if (piece.kind === 'end') done = true;
          yield piece;
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        opened?.close(done);
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
    unload: async () => {
      loading?.stop.abort(
        new LocalError(
          'shutting_down',
          'Expected the model to be loaded, but it was unloaded while it loaded. Ask again.',
        ),
      );
      await loading?.facts.catch(() => {});
      await link?.close();
    },
  };
}

function again(failure: LocalError, pauseMs: number): LocalError {
  return new LocalError(failure.code, failure.message, { retryAfterSeconds: Math.ceil(pauseMs / 1000) });
}

function strange(): LocalError {
  return new LocalError('engine_failed', 'Expected the answer to what was asked, got another.');
}
