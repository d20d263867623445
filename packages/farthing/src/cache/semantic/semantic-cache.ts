import type { BoundReport } from '../../audit/bound-report.js';
import { type Controller, createController } from '../../audit/controller.js';
import { embeddingJudge } from '../../audit/embedding-judge.js';
import type { Judge } from '../../audit/judge.js';
import { inOrder } from '../../audit/judge-order.js';
import type { Call, Completion } from '../../call.js';
import { defined } from '../../defined.js';
import type { CacheOptions, Mode, SemanticCacheOptions } from '../../options.js';
import type { Stage } from '../../pipeline.js';
import type { Warn } from '../../warnings.js';
import type { Entry } from '../store.js';
import { type Asked, askedIn } from './asked.js';
import { createAudits } from './audits.js';
import { openBoundFile } from './bound-file.js';
import { createEmbeddings } from './embeddings.js';
import { createEntryStore } from './entry-store.js';
import { createSearch, type Found } from './search.js';
import { semanticStage } from './semantic-stage.js';
import { strictScore } from './weigh.js';

/** The semantic cache as the gate holds it: a stage, and what can be asked of it. */
export interface SemanticCache {
  readonly stage: Stage;
  /** What is known about the share of wrong answers. */
  readonly bound: () => BoundReport;
  /** The stored questions that come nearest to what a call asks, the best first; nothing where it asks nothing. */
  readonly candidates: (call: Call) => Promise<readonly NonNullable<Found['best']>[]>;
  readonly inForce: Controller['inForce'];
  /** Removes entries, from the disk too; answers how many. */
  readonly remove: (matches: (entry: Entry) => boolean) => Promise<number>;
  readonly evict: (entry: string) => Promise<boolean>;
  /** Resolves when every audit so far has its verdict. */
  readonly idle: () => Promise<void>;
  readonly close: () => Promise<void>;
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
}

const defaultMaxEntries = 50_000;
const defaultMaxBytes = 256 * 1024 * 1024;
/** Longer than any embedder in process takes, shorter than a reader notices. */
const defaultEmbedTimeoutMs = 500;
/** How long closing waits for audits that were sent, so that their bills are booked. */
const closeMs = 3000;
/** Changes whenever the guard may judge otherwise than before: evidence about it is then worth nothing. */
const guardVersion = 1;

/** Puts the semantic cache together. */
export function createSemanticCache(parts: SemanticCacheParts): SemanticCache {
  const { options, cache, mode, now, warn } = parts;
  const embedder = options.embedder.through?.(parts.fetch) ?? options.embedder;
  const embeddings = createEmbeddings(embedder, options.embedTimeoutMs ?? defaultEmbedTimeoutMs);
  const store = createEntryStore({
    dimensions: embedder.dimensions,
    maxEntries: options.maxEntries ?? defaultMaxEntries,
    maxBytes: options.maxBytes ?? defaultMaxBytes,
    now,
    warn,
    persist: options.persist && { dir: options.persist.dir, embedder: embedder.id },
  });
  const controller = createController({
    maxErrorRate: options.maxErrorRate,
    assurance: options.assurance,
    judge: defined(options.judgeErrors ?? {}),
    auditRates: defined(options.auditRates ?? {}),
    strictThreshold: strictScore,
    fingerprint: JSON.stringify([embedder.id, guardVersion, options.judge ? 'own judge' : 'answers alike']),
    random: options.random ?? Math.random,
    now,
    onRevoked: parts.onRevoked,
  });
  const bound = options.persist && openBoundFile(options.persist.dir, controller, warn);
  const audits = createAudits({
    controller,
    judge: options.judge ?? answersAlike(embedder),
    ask: parts.askAgain,
    evict: (entry) => void store.evict(entry).catch(() => {}),
    now,
    warn,
  });
  const context = { shareModels: options.shareModels ?? false, rewriteSystem: options.rewriteSystem };
  /** A call without the tag that keeps answers apart belongs to nobody in particular. */
  const askable = (call: Call): Asked | undefined =>
    cache.by !== undefined && call.options.tags?.[cache.by] === undefined ? undefined : askedIn(call, context);
  const search = createSearch(store, embeddings, embedder);
  return {
    stage: semanticStage({
      store,
      search,
      controller,
      audits,
      askedIn: askable,
      ttlMs: options.ttlMs ?? cache.ttlMs ?? parts.defaults.ttlMs,
      allow: cache.allow ?? [],
      mode,
      erasures: parts.erasures,
      changed: () => bound?.changed(),
      now,
      warn,
    }),
    bound: controller.report,
    candidates: async (call) => {
      const asked = askable(call);
      return asked ? search.all(asked) : [];
    },
    inForce: controller.inForce,
    remove: store.remove,
    evict: store.evict,
    idle: audits.idle,
    close: async () => {
      audits.close();
      await within(closeMs, audits.idle());
      await bound?.close();
      await store.close();
    },
  };
}

/** Resolves when the work is done, or after so many milliseconds: a provider that hangs must not hold up the end. */
async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** The judge where the user gives none: answers that are equal, or that the embedder takes for alike. */
function answersAlike(embedder: SemanticCacheOptions['embedder']): Judge {
  return inOrder(embeddingJudge(embedder, embedder.scale?.neutral ?? embedder.threshold));
}
