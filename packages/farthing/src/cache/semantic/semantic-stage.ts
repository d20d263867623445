import { auditId } from '../../audit/audit-outcome.js';
import type { Consideration } from '../../audit/consideration.js';
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
import type { EntryStore, NewEntry } from './entry-store.js';
import type { Candidate, Found, Search } from './search.js';
import type { SemanticEntry } from './semantic-entry.js';

/** What the semantic cache is made of. */
export interface SemanticStageOptions {
  readonly store: EntryStore;
  readonly search: Search;
  /** Resolves when questions can be embedded; `undefined` once they can. */
  readonly loading: () => Promise<void> | undefined;
  readonly controller: Controller;
  readonly audits: Audits;
  /** What a call asks; `undefined` where no stored answer may serve it, whatever is stored. */
  readonly askedIn: (call: Call) => Asked | undefined;
  /** Whose call it is, where tenants are kept apart. */
  readonly tenantOf: (call: Call) => string | undefined;
  /** Names what gives scores their meaning. */
  readonly evidence: string;
  /** What went wrong off the callers' path since it was last asked. */
  readonly troubles: () => readonly string[];
  readonly ttlMs: number;
  readonly allow: readonly CacheAllowance[];
  readonly mode: Mode;
  /** The embedder is behind a URL: what must not leave its region is not embedded. */
  readonly isRemote: boolean;
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
  const { store, search, controller, audits, ttlMs, allow, mode, isRemote, now, warn } = options;
  return async (call, next) => {
    const { read = true, write = true } = call.options.cache ?? {};
    for (const reason of options.troubles()) call.note({ kind: 'cache', cache: 'semantic', outcome: 'error', reason });
    const bar = semanticBarOf(call, allow, isRemote);
    const asked = bar ? undefined : attempt(call, () => options.askedIn(call) ?? 'no_question');
    if (!asked || asked === 'no_question') {
      const reason = bar ?? asked;
      if (reason) call.note({ kind: 'cache', cache: 'semantic', outcome: 'bypassed', reason });
      return next(call);
    }
    const { found, loading } = await find(call, asked);
    const best = found?.best;
    const looked = read && best ? attempt(call, () => consider(call, asked, best, found)) : undefined;
    if (looked?.reply) return looked.reply;
    if (read && found) call.note({ kind: 'cache', cache: 'semantic', outcome: 'miss', ...looked });
    if (read && loading) call.note({ kind: 'cache', cache: 'semantic', outcome: 'miss', reason: 'loading' });
    const before = options.erasures();
    const reply = await next(call);
    if (reply.source === 'queued') {
      // There will be no answer to compare with here: the draw is taken back, whatever it would have shown.
      for (const compare of found?.unserved ?? []) compare(undefined);
      return reply;
    }
    const ended = (completion: Completion): Completion => {
      for (const compare of found?.unserved ?? []) compare(completion);
      const erased = options.erasures() !== before;
      if (found && write && !erased) keep(call, asked, found, reply, completion);
      if (loading && write && !erased)
        void loading.then(() => keepLater(call, asked, reply, completion, before)).catch(() => {});
      return completion;
    };
    return { ...reply, completion: reply.completion.then(ended) };
  };

  /** What is found; an embedder that is late since it is still `loading` has not failed. */
  async function find(
    call: Call,
    asked: Asked,
  ): Promise<{ readonly found?: Found | undefined; readonly loading?: Promise<void> | undefined }> {
    try {
      return { found: await search.nearest(asked) };
    } catch (error) {
      const loading = options.loading();
      return loading ? { loading } : { found: failOpen(call, error) };
    }
  }

  /** Keeps the answer to a question that could not be embedded in time; its record is out by then. */
  async function keepLater(
    call: Call,
    asked: Asked,
    reply: Reply,
    completion: Completion,
    before: number,
  ): Promise<void> {
    const found = await search.nearest(asked);
    if (options.erasures() === before) keep({ ...call, note: () => {} }, asked, found, reply, completion);
  }

  /** Lets the bound decide about the best candidate: answers it where it may be served, else why not, if that is not plain. */
  function consider(
    call: Call,
    asked: Asked,
    best: Candidate,
    found: Found,
  ): { readonly reply?: Reply; readonly reason?: string } | undefined {
    const { entry, weighed } = best;
    const response = weighed.score > 0 ? replay(entry, call) : undefined;
    const tooFar = weighed.similarity < (call.options.cache?.minSimilarity ?? 0);
    if (!response || tooFar) {
      note(call, best, { serve: false, proved: false, audit: undefined });
      return weighed.score > 0 ? { reason: tooFar ? 'min_similarity' : 'other_form' } : undefined;
    }
    audits.refresh();
    const { serve, proved, paused, audit } = controller.consider(weighed.score, options.tenantOf(call));
    options.changed();
    const served = serve && mode === 'enforce';
    note(call, best, { serve: served, proved, audit });
    if (paused) return { reason: 'tenant_paused' };
    const check = audit && {
      call,
      question: asked.text,
      stored: answerText(call, entry),
      entry: entry.id,
      ticket: audit,
    };
    if (!served) {
      if (serve) call.note({ kind: 'cache', cache: 'semantic', outcome: 'would_hit' });
      if (check) found.unserved.push((fresh) => (fresh ? audits.compare(check, fresh) : controller.drop(check.ticket)));
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
    { entry, weighed }: Candidate,
    { serve, proved, audit }: Pick<Consideration, 'serve' | 'proved' | 'audit'>,
  ): void {
    const { similarity, comparison, score } = weighed;
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
      bound: controller.bound(),
      served: serve,
      audit: audit && auditId({ run: audit.run, number: audit.id }),
      evidence: options.evidence,
    };
    call.note({ kind: 'semantic', match });
  }

  function keep(call: Call, asked: Asked, found: Found, reply: Reply, completion: Completion): void {
    if (reply.source !== 'provider' || !completion.body || !isKeepable(completion, allow)) return;
    try {
      const createdAtMs = now();
      const entry: NewEntry = {
        ...entryOf(call, reply.response, completion.body, completion),
        // The same words in the same context take each other's place.
        id: sha256(`${asked.context}\n${asked.text}`),
        context: asked.context,
        question: asked.text,
        vector: found.embedding.vector,
        readLength: found.embedding.readLength,
        createdAtMs,
        expiresAtMs: createdAtMs + (call.options.cache?.ttlMs ?? ttlMs),
      };
      store.add(entry, found.read);
      call.note({ kind: 'cache', cache: 'semantic', outcome: 'stored' });
      replaceOld(call, found, entry.id);
    } catch (error) {
      failOpen(call, error);
    }
  }

  /** A call that asks anew puts its answer in the place of the one that it would have been given. */
  function replaceOld(call: Call, { best }: Found, id: string): void {
    if (call.options.cache?.read !== false || !best || best.entry.id === id) return;
    if (best.weighed.score < controller.inForce().servedFrom) return;
    void store.evict(best.entry.id).catch((error: unknown) => failOpen(call, error));
  }

  /** What the user brought may throw in the middle: a coin, a rewriting of prompts. */
  function attempt<Result>(call: Call, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      return failOpen(call, error);
    }
  }

  function failOpen(call: Call, error: unknown): undefined {
    const name = error instanceof Error ? error.name : typeof error;
    warn('cache_error', `The semantic cache failed and was passed by: ${name}.`, `semantic/${name}`);
    call.note({ kind: 'cache', cache: 'semantic', outcome: 'error', reason: name });
    return undefined;
  }
}

/** Why no answer in other words may be given to a call, whatever it asks. */
export function semanticBarOf(call: Call, allow: readonly CacheAllowance[], isRemote: boolean): string | undefined {
  if (isRemote && call.residencies.length > 0) return 'residency';
  return call.options.cache?.semantic === false ? 'skipped' : barOf(call, allow);
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
