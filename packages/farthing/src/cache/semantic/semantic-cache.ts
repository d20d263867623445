import type { BoundReport } from '../../audit/bound-report.js';
import { type Controller, createController } from '../../audit/controller.js';
import { embeddingJudge } from '../../audit/embedding-judge.js';
import { type EvidenceSource, fingerprintOf } from '../../audit/evidence-source.js';
import type { Judge } from '../../audit/judge.js';
import { inOrder } from '../../audit/judge-order.js';
import { type ReplaySummary, replayLog } from '../../audit/log-replay.js';
import type { PausedTenant } from '../../audit/tenant-detectors.js';
import { type AuditRecord, auditRecord } from '../../audit-record.js';
import type { Call, Completion } from '../../call.js';
import { defined } from '../../defined.js';
import type { CacheOptions, Mode, SemanticCacheOptions } from '../../options.js';
import type { Stage } from '../../pipeline.js';
import { sha256 } from '../../platform.js';
import type { Warn } from '../../warnings.js';
import { within } from '../../within.js';
import type { Entry } from '../store.js';
import { type Asked, askedIn } from './asked.js';
import { createAudits } from './audits.js';
import { createBoundFile } from './bound-file.js';
import { createEmbeddings } from './embeddings.js';
import { createEntryStore } from './entry-store.js';
import { type Candidate, createSearch } from './search.js';
import { semanticBarOf, semanticStage } from './semantic-stage.js';
import { createTroubles } from './troubles.js';
import { strictScore } from './weigh.js';

/** The semantic cache as the gate holds it: a stage, and what can be asked of it. */
export interface SemanticCache {
  readonly stage: Stage;
  /** Resolves when what was known before the start is known again: until then, nothing may be decided. Never rejects. */
  readonly ready: Promise<void>;
  /** What is known about the share of wrong answers. */
  readonly bound: () => BoundReport;
  /** What would be found for a call, for those who want to know why; it is asked for by nobody else. */
  readonly look: (call: Call) => Promise<Look>;
  readonly inForce: Controller['inForce'];
  /** The embedding of a text: of a question that was just looked for, the one that it was looked for by. */
  readonly embed: (text: string) => Promise<Float32Array>;
  /** Takes in the verdicts of a log. */
  readonly replay: (records: Iterable<unknown> | AsyncIterable<unknown>) => Promise<ReplaySummary>;
  /** Removes entries, from the disk too; answers how many. */
  readonly remove: (matches: (entry: Entry) => boolean) => Promise<number>;
  readonly evict: (entry: string) => Promise<boolean>;
  /** Resolves when every audit so far has its verdict. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What is stored for a call, and whether any of it may be given. */
export interface Look {
  /**
   * Why nothing may be, whatever is stored: `fresh`, `skipped`, `not_read`, `no_question`, `tenant_paused`, `loading` or
   * `error` (the embedder is not there yet, or failed), or what bars every cache.
   */
  readonly bar: string | undefined;
  /** The stored questions that come nearest to what is asked, the best first; none where nothing is. */
  readonly candidates: readonly Candidate[];
}

/** What the semantic cache takes from the gate. */
export interface SemanticCacheParts {
  readonly options: SemanticCacheOptions;
  readonly cache: CacheOptions;
  readonly defaults: { readonly ttlMs: number };
  readonly mode: Mode;
  /** The gate's own fetch, so that embeddings and audits are metered. */
  readonly fetch: typeof globalThis.fetch;
  readonly askAgain: (call: Call) => Promise<Completion>;
  readonly erasures: () => number;
  readonly now: () => number;
  readonly warn: Warn;
  readonly onRevoked: (last: BoundReport) => void;
  readonly onTenantPaused: (pause: PausedTenant) => void;
  readonly onAudit: (record: AuditRecord) => void;
}

const defaultMaxEntries = 50_000;
const defaultMaxBytes = 256 * 1024 * 1024;
/** Longer than any embedder in process takes, shorter than a reader notices. */
const defaultEmbedTimeoutMs = 500;
/** How long closing waits for audits that were sent, so that their bills are booked. */
const closeMs = 3000;
/** Changes whenever the guard may judge otherwise than before: evidence about it is then worth nothing. */
const guardVersion = 4;

/** Puts the semantic cache together. */
export function createSemanticCache(parts: SemanticCacheParts): SemanticCache {
  const { options, cache, mode, now, warn } = parts;
  const { warn: warnOfDisk, take: takeTroubles } = createTroubles(warn);
  const embedder = options.embedder.through?.(parts.fetch) ?? options.embedder;
  const isRemote = options.embedder.through !== undefined;
  const embeddings = createEmbeddings(embedder, options.embedTimeoutMs ?? defaultEmbedTimeoutMs);
  const source: EvidenceSource = {
    embedder: JSON.stringify([embedder.id, embedder.threshold, embedder.scale ?? null]),
    guard: guardVersion,
    judge: options.judge ? 'own' : 'default',
    scope: scopeOf(cache, options),
  };
  const fingerprint = fingerprintOf(source);
  const evidence = sha256(fingerprint).slice(0, 16);
  const controller = createController({
    maxErrorRate: options.maxErrorRate,
    assurance: options.assurance,
    judge: defined(options.judgeErrors ?? {}),
    auditRates: defined(options.auditRates ?? {}),
    strictThreshold: strictScore,
    fingerprint,
    random: options.random ?? Math.random,
    now,
    onRevoked: parts.onRevoked,
    onTenantPaused: parts.onTenantPaused,
    onAudit: (outcome) => parts.onAudit(auditRecord(outcome, source)),
  });
  const bound = options.persist && createBoundFile(options.persist.dir, controller, warnOfDisk);
  const store = createEntryStore({
    dimensions: embedder.dimensions,
    maxEntries: options.maxEntries ?? defaultMaxEntries,
    maxBytes: options.maxBytes ?? defaultMaxBytes,
    now,
    warn: warnOfDisk,
    persist: options.persist && { dir: options.persist.dir, embedder: embedder.id, guest: bound },
  });
  const audits = createAudits({
    controller,
    judge: options.judge ?? answersAlike(embedder),
    ask: parts.askAgain,
    evict: (entry) => void store.evict(entry).catch(() => {}),
    now,
    warn,
  });
  const context = { shareModels: options.shareModels ?? false, rewriteSystem: options.rewriteSystem };
  const tenantOf = (call: Call): string | undefined =>
    cache.by === undefined ? undefined : call.options.tags?.[cache.by];
  /** A call without the tag that keeps answers apart belongs to nobody in particular. */
  const askable = (call: Call): Asked | undefined =>
    cache.by !== undefined && tenantOf(call) === undefined ? undefined : askedIn(call, context);
  const allow = cache.allow ?? [];
  const search = createSearch(store, embeddings, embedder);
  return {
    stage: semanticStage({
      store,
      search,
      loading: embeddings.loading,
      controller,
      audits,
      askedIn: askable,
      tenantOf,
      evidence,
      troubles: takeTroubles,
      ttlMs: options.ttlMs ?? cache.ttlMs ?? parts.defaults.ttlMs,
      allow,
      mode,
      isRemote,
      erasures: parts.erasures,
      changed: () => bound?.changed(),
      now,
      warn,
    }),
    ready: store.locked,
    bound: controller.report,
    look: async (call) => {
      const bar = semanticBarOf(call, allow, isRemote);
      if (bar === 'residency') return { bar, candidates: [] };
      const tenant = tenantOf(call);
      try {
        const asked = askable(call);
        if (!asked) return { bar: bar ?? 'no_question', candidates: [] };
        const held = tenant !== undefined && controller.isPaused(tenant) ? 'tenant_paused' : undefined;
        const unread = call.options.cache?.read === false ? 'not_read' : undefined;
        return { bar: bar ?? unread ?? held, candidates: await search.all(asked) };
      } catch {
        return { bar: bar ?? (embeddings.loading() ? 'loading' : 'error'), candidates: [] };
      }
    },
    replay: async (records) => {
      const summary = await replayLog(records, { controller, source, evidence });
      bound?.changed();
      return summary;
    },
    inForce: controller.inForce,
    embed: async (text) => (await embeddings.of(text)).vector,
    remove: store.remove,
    evict: store.evict,
    idle: audits.idle,
    close: async () => {
      audits.close();
      await within(closeMs, audits.idle());
      await store.close();
    },
  };
}

/** Whose answers may meet, in words: with others, another mix is audited. */
function scopeOf({ by }: CacheOptions, { shareModels, rewriteSystem }: SemanticCacheOptions): string {
  const shared = [shareModels && 'models', rewriteSystem && 'system prompts'].filter(Boolean);
  return [by === undefined ? 'all' : `by ${by}`, ...shared].join(', ');
}

/** The judge where the user gives none: answers that are equal, or that the embedder takes for alike. */
function answersAlike(embedder: SemanticCacheOptions['embedder']): Judge {
  return inOrder(embeddingJudge(embedder, embedder.scale?.neutral ?? embedder.threshold));
}
