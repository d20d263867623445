import type { Controller } from '../../audit/controller.js';
import type { Call, Completion, Reply, SemanticMatch } from '../../call.js';
import type { CacheAllowance, Mode } from '../../options.js';
import type { Stage } from '../../pipeline.js';
import { sha256 } from '../../platform.js';
import type { Warn } from '../../warnings.js';
import { barOf, free, isKeepable } from '../exact.js';
import { replay } from '../replay.js';
import { entryOf } from '../store.js';
import type { Asked } from './asked.js';
import type { Audits } from './audits.js';
import type { EntryStore } from './entry-store.js';
import type { Found, Search } from './search.js';
import type { SemanticEntry } from './semantic-entry.js';

/** What the semantic cache is made of. */
export interface SemanticStageOptions {
  readonly store: EntryStore;
  readonly search: Search;
  readonly controller: Controller;
  readonly audits: Audits;
  /** What a call asks; `undefined` where no stored answer may serve it, whatever is stored. */
  readonly askedIn: (call: Call) => Asked | undefined;
  readonly ttlMs: number;
  readonly allow: readonly CacheAllowance[];
  readonly mode: Mode;
  /** How often answers were erased so far: one that was asked for before an erasure is not kept after it. */
  readonly erasures: () => number;
  /** The evidence about the error rate has changed. */
  readonly changed: () => void;
  readonly now: () => number;
  readonly warn: Warn;
}

/**
 * Answers a call that was asked before in other words, where the guard and the bound let it. Fails open: whatever goes
 * wrong here costs a hit, and the record says what it was.
 */
export function semanticStage(options: SemanticStageOptions): Stage {
  const { store, search, controller, audits, ttlMs, allow, mode, now, warn } = options;
  return async (call, next) => {
    const { read = true, write = true, semantic = true } = call.options.cache ?? {};
    const bar = semantic ? barOf(call, allow) : 'skipped';
    const asked = bar ? undefined : options.askedIn(call);
    if (!asked) {
      call.note({ kind: 'cache', cache: 'semantic', outcome: 'bypassed', reason: bar ?? 'no_question' });
      return next(call);
    }
    const found = await search.nearest(asked).catch((error: unknown) => failOpen(call, error));
    const hit = read && found?.best ? consider(call, asked, found.best, found) : undefined;
    if (hit) return hit.reply;
    if (read && found) call.note({ kind: 'cache', cache: 'semantic', outcome: 'miss' });
    const before = options.erasures();
    const reply = await next(call);
    return { ...reply, completion: reply.completion.then(ended) };

    function ended(completion: Completion): Completion {
      for (const compare of found?.unserved ?? []) compare(completion);
      const erased = options.erasures() !== before;
      if (found && write && !erased && asked) keep(call, asked, found, reply, completion);
      return completion;
    }
  };

  /** Lets the bound decide about the best candidate; answers it where it may be served. */
  function consider(
    call: Call,
    asked: Asked,
    best: NonNullable<Found['best']>,
    found: Found,
  ): { readonly reply: Reply } | undefined {
    const { entry, weighed } = best;
    const response = weighed.score > 0 ? replay(entry, call) : undefined;
    const allowed = response && weighed.similarity >= (call.options.cache?.minSimilarity ?? 0);
    if (!allowed) {
      note(call, entry, weighed, { serve: false, proved: false });
      return undefined;
    }
    audits.refresh();
    const { serve, proved, audit } = controller.consider(weighed.score);
    options.changed();
    const served = serve && mode === 'enforce';
    note(call, entry, weighed, { serve: served, proved });
    const check = audit && {
      call,
      question: asked.text,
      stored: answerText(call, entry),
      entry: entry.id,
      ticket: audit,
    };
    if (!served) {
      if (serve) call.note({ kind: 'cache', cache: 'semantic', outcome: 'would_hit' });
      if (check) found.unserved.push((completion) => audits.compare(check, completion));
      return undefined;
    }
    if (check) audits.askAgain(check);
    store.touch(entry.id);
    call.note({ kind: 'cache', cache: 'semantic', outcome: 'hit' });
    call.note({ kind: 'saved', by: 'semantic', cost: entry.cost, model: entry.model });
    return {
      reply: { response, completion: Promise.resolve(free(response.status)), source: 'semantic', whole: true },
    };
  }

  function note(
    call: Call,
    entry: SemanticEntry,
    { similarity, comparison, score }: NonNullable<Found['best']>['weighed'],
    { serve, proved }: { readonly serve: boolean; readonly proved: boolean },
  ): void {
    const { servedFrom } = controller.inForce();
    const match: SemanticMatch = {
      entry: entry.id,
      ageMs: now() - entry.createdAtMs,
      similarity,
      verdict: comparison.verdict,
      reasons: [...new Set(comparison.reasons.map((reason) => reason.code))],
      score,
      threshold: Number.isFinite(servedFrom) ? servedFrom : undefined,
      proved,
      served: serve,
    };
    call.note({ kind: 'semantic', match });
  }

  function keep(call: Call, asked: Asked, found: Found, reply: Reply, completion: Completion): void {
    if (reply.source !== 'provider' || !completion.body || !isKeepable(completion, allow)) return;
    try {
      const createdAtMs = now();
      store.add({
        ...entryOf(call, reply.response, completion.body, completion),
        // The same words in the same context take each other's place.
        id: sha256(`${asked.context}\n${asked.text}`),
        context: asked.context,
        question: asked.text,
        vector: found.embedding.vector,
        readLength: found.embedding.readLength,
        createdAtMs,
        expiresAtMs: createdAtMs + (call.options.cache?.ttlMs ?? ttlMs),
      });
      call.note({ kind: 'cache', cache: 'semantic', outcome: 'stored' });
    } catch (error) {
      failOpen(call, error);
    }
  }

  function failOpen(call: Call, error: unknown): undefined {
    const name = error instanceof Error ? error.name : typeof error;
    warn('cache_error', `The semantic cache failed and was passed by: ${name}.`, `semantic/${name}`);
    call.note({ kind: 'cache', cache: 'semantic', outcome: 'error', reason: name });
    return undefined;
  }
}

/** The text of a stored answer, as the judge compares it. */
function answerText({ dialect }: Call, { body }: SemanticEntry): string {
  if (body.kind === 'sse') return dialect.readStream(body.text)?.outputText() ?? '';
  try {
    return dialect.readAnswer(JSON.parse(body.text))?.outputText() ?? '';
  } catch {
    return ''; // it was JSON when it was stored
  }
}
