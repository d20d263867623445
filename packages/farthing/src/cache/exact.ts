import type { Call, Completion, Reply } from '../call.js';
import type { CacheAllowance, Mode } from '../options.js';
import type { Stage } from '../pipeline.js';
import type { Warn } from '../warnings.js';
import { fingerprint } from './fingerprint.js';
import { replay } from './replay.js';
import { type CacheStore, entryOf } from './store.js';

/** What the exact cache is made of. */
export interface ExactCacheOptions {
  readonly store: CacheStore;
  readonly ttlMs: number;
  readonly allow: readonly CacheAllowance[];
  readonly mode: Mode;
  /** How often answers were erased so far: one that was asked for before an erasure is not kept after it. */
  readonly erasures: () => number;
  readonly warn: Warn;
}

/**
 * Answers a call that was answered before, word for word. Fails open: a store that throws costs a hit, never a call.
 *
 * Source of the rules on what is kept: an answer is stored only if it ended well, the gate did not cut it, and asking
 * again could have brought nothing else to do (no open tool calls, no state at the provider).
 */
export function exactCache({ store, ttlMs, allow, mode, erasures, warn }: ExactCacheOptions): Stage {
  return async (call, next) => {
    const bar = barOf(call, allow);
    if (bar) {
      call.note({ kind: 'cache', cache: 'exact', outcome: 'bypassed', reason: bar });
      return next(call);
    }
    const key = fingerprint(call);
    const { read = true, write = true } = call.options.cache ?? {};
    const hit = read ? await lookUp(key, call) : undefined;
    if (hit && mode === 'enforce') return hit;
    if (read && !hit) call.note({ kind: 'cache', cache: 'exact', outcome: 'miss' });
    const before = erasures();
    const reply = await next(call);
    if (!write) return reply;
    return {
      ...reply,
      completion: reply.completion.then((completion) =>
        erasures() === before ? keep(key, call, reply, completion) : completion,
      ),
    };
  };

  async function lookUp(key: string, call: Call): Promise<Reply | undefined> {
    try {
      const entry = await store.get(key);
      const response = entry && replay(entry, call);
      if (!response) return undefined;
      call.note({ kind: 'cache', cache: 'exact', outcome: mode === 'enforce' ? 'hit' : 'would_hit' });
      if (mode === 'enforce') call.note({ kind: 'saved', by: 'exact', cost: entry.cost, model: entry.model });
      return { response, completion: Promise.resolve(free(response.status)), source: 'exact', whole: true };
    } catch (error) {
      failOpen(call, error);
      return undefined;
    }
  }

  /** Stores before the completion goes on, so that a caller who has read an answer finds it in the cache. */
  async function keep(key: string, call: Call, reply: Reply, completion: Completion): Promise<Completion> {
    if (reply.source !== 'provider' || !completion.body || !isKeepable(completion, allow)) return completion;
    try {
      const entry = entryOf(call, reply.response, completion.body, completion);
      await store.set(key, entry, call.options.cache?.ttlMs ?? ttlMs);
      call.note({ kind: 'cache', cache: 'exact', outcome: 'stored' });
    } catch (error) {
      failOpen(call, error);
    }
    return completion;
  }

  function failOpen(call: Call, error: unknown): void {
    warn(
      'cache_error',
      `The cache failed and was passed by: ${error instanceof Error ? error.name : 'unknown error'}.`,
    );
    call.note({ kind: 'cache', cache: 'exact', outcome: 'error' });
  }
}

const allowanceOf = { hosted_tools: 'hosted_tools', stateful: 'stateful', background: undefined } as const;

/** Why a call is neither answered from a cache nor kept in one; `undefined` where it may be. */
export function barOf(call: Call, allow: readonly CacheAllowance[]): string | undefined {
  if (call.options.fresh) return 'fresh';
  if (call.options.cache?.read === false && call.options.cache.write === false) return 'skipped';
  const bar = call.dialect.cacheBar(call.requested.body);
  if (!bar) return undefined;
  const allowance = allowanceOf[bar];
  return allowance && allow.includes(allowance) ? undefined : bar;
}

/** Whether an answer may be given again. A length limit of the caller's own is part of the question; a clamp is not. */
export function isKeepable(
  { status, httpStatus, answer, altered }: Completion,
  allow: readonly CacheAllowance[],
): boolean {
  if (status !== 'complete' || httpStatus !== 200 || !answer || altered) return false;
  if (!answer.finished && !answer.truncated) return false;
  return !answer.openToolCalls || allow.includes('tool_calls');
}

/** The completion of an answer that cost nothing now. */
export function free(httpStatus: number): Completion {
  return {
    status: 'complete',
    httpStatus,
    body: undefined,
    answer: undefined,
    usage: undefined,
    cost: { totalPicoUsd: 0n, parts: {}, unpriced: [], basis: 'computed' },
    altered: false,
    firstChunkMs: undefined,
    error: undefined,
  };
}
