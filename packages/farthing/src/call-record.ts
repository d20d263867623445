import type {
  BatchTravel,
  BudgetDecision,
  Call,
  Completion,
  DenialCode,
  Fact,
  Leg,
  Purpose,
  SemanticMatch,
  Source,
} from './call.js';
import type { Dialect } from './dialects/dialect.js';
import { type NanoUsd, roundToNanoUsd } from './pricing/money.js';
import type { Cost } from './pricing/price.js';
import type { ServerTimes } from './pricing/server-times.js';
import { sumUsage, type Usage } from './pricing/usage.js';
import type { PromptCacheDecision } from './prompt-cache/prompt-cache-decision.js';
import type { RouteDecision } from './routing/route-decision.js';

/** The fact table: all that a bill, a dashboard or a replay needs to know of one call. No text and no keys. */
export interface CallRecord {
  readonly id: string;
  /** Audits and embeddings are the gate's own calls: they are spend, and no call of the application. */
  readonly purpose: Purpose;
  /** When the call came in, ISO 8601. */
  readonly time: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly dialect: Dialect['name'] | 'unmetered';
  readonly operation: Dialect['operation'] | 'other';
  readonly provider: string;
  readonly host: string;
  readonly requestedModel: string;
  readonly servedModel: string | undefined;
  readonly serviceTier: string | undefined;
  readonly stream: boolean;
  readonly source: Source;
  readonly outcome: Completion['status'] | 'denied';
  readonly httpStatus: number;
  /** The name of the error that ended the call, never its message. */
  readonly error: string | undefined;
  readonly denial: { readonly code: DenialCode; readonly message: string } | undefined;
  /** Earlier attempts that the client counted. */
  readonly retry: number;
  /** What all legs used together; `undefined` where no provider told. */
  readonly usage: Usage | undefined;
  /** Numeric usage fields that no rule accounts for. */
  readonly unaccounted: readonly string[];
  readonly legs: readonly Leg[];
  /** What was booked, each leg rounded once; `null` where it is not known. */
  readonly costNanoUsd: NanoUsd | null;
  /** The same before rounding, in pico-dollars, by part. */
  readonly costParts: Cost['parts'];
  readonly costBasis: Cost['basis'] | undefined;
  /** What it would have cost without the gate; `null` where it is not known. */
  readonly listCostNanoUsd: NanoUsd | null;
  readonly savedNanoUsd: NanoUsd;
  readonly savedBy: 'exact' | 'coalesced' | 'semantic' | 'routed' | 'batch' | undefined;
  /** Where the call went, and why; `undefined` where no route is for its model, or none was asked (a hit). */
  readonly route: RouteDecision | undefined;
  /** What prompt caching did to each leg, and why; `undefined` where it is off. */
  readonly promptCache: readonly PromptCacheDecision[] | undefined;
  /** How it travelled, where it was part of a batch job. */
  readonly batch?: BatchTravel | undefined;
  readonly cache: readonly { readonly cache: string; readonly outcome: string; readonly reason?: string | undefined }[];
  /** The nearest question that was answered before, where the semantic cache looked. */
  readonly semantic: SemanticMatch | undefined;
  readonly budgets: readonly BudgetDecision[];
  readonly requestBytes: number;
  /** Milliseconds: the whole call, to the first byte of the body, waiting in a lane, and each stage by itself. */
  readonly durationMs: number;
  readonly firstChunkMs: number | undefined;
  readonly queueMs: number;
  readonly stageMs: Readonly<Record<string, number>>;
  /** What the last server that was asked says of its own time, if it does: output tokens over `outputMs` is its speed. */
  readonly serverTimes?: ServerTimes | undefined;
  readonly responseId: string | undefined;
  readonly finishReasons: readonly string[];
  /** Only where `recordText` is on. */
  readonly text?: { readonly request: string; readonly answer: string | undefined } | undefined;
}

/** How a call ended, as the record stage saw it. */
export interface Ending {
  readonly source: Source;
  readonly completion: Completion | undefined;
  readonly error: unknown;
  /** On a clock that never jumps. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly recordText: boolean;
}

/** Makes the record of a call out of what its stages told. Pure. */
export function assembleRecord(call: Call, facts: readonly Fact[], ending: Ending): CallRecord {
  const { completion, source } = ending;
  const { legs, denial, saved, cache, semantic, route, promptCache, batch, budgets, stageMs } = sortFacts(
    facts,
    ending.endedMs,
  );
  const cost = sumCosts(legs);
  const savedNanoUsd = savingOf(saved, cost.nanoUsd);
  const unknownSaving = saved !== undefined && saved.cost === undefined;
  const last = legs.at(-1);
  return {
    id: call.id,
    purpose: call.purpose,
    time: new Date(call.startedAtMs).toISOString(),
    tags: call.options.tags ?? {},
    dialect: call.dialect.name,
    operation: call.dialect.operation,
    provider: call.provider,
    host: hostOf(call.url),
    requestedModel: call.requested.model,
    // Of several legs, the last is not always the one whose answer the caller got.
    servedModel: completion?.answer?.model ?? last?.servedModel ?? saved?.model,
    serviceTier: completion?.answer?.serviceTier ?? last?.serviceTier,
    stream: call.requested.stream,
    source,
    outcome: source === 'denied' ? 'denied' : (completion?.status ?? (call.signal?.aborted ? 'cancelled' : 'failed')),
    httpStatus: completion?.httpStatus ?? 0,
    error: errorName(ending.error ?? completion?.error),
    denial: denial && { code: denial.code, message: denial.message },
    retry: call.retry,
    usage: sumLegs(legs),
    unaccounted: legs.length === 1 ? (last?.unaccounted ?? []) : [...new Set(legs.flatMap((leg) => leg.unaccounted))],
    legs,
    costNanoUsd: cost.nanoUsd,
    costParts: cost.parts,
    costBasis: cost.basis,
    listCostNanoUsd: cost.nanoUsd === null || unknownSaving ? null : cost.nanoUsd + savedNanoUsd,
    savedNanoUsd,
    savedBy: saved?.by,
    route,
    promptCache,
    ...(batch && { batch }),
    cache,
    semantic,
    budgets,
    requestBytes: Buffer.byteLength(call.bodyText),
    durationMs: ending.endedMs - ending.startedMs,
    firstChunkMs: completion?.firstChunkMs,
    queueMs: stageMs['lane'] ?? 0,
    stageMs,
    ...(last?.serverTimes && { serverTimes: last.serverTimes }),
    responseId: completion?.answer?.id,
    finishReasons: completion?.answer?.finishReasons ?? [],
    ...(ending.recordText && { text: { request: call.bodyText, answer: completion?.body?.text } }),
  };
}

interface SortedFacts {
  readonly legs: Leg[];
  denial: Extract<Fact, { kind: 'denied' }> | undefined;
  saved: Extract<Fact, { kind: 'saved' }> | undefined;
  readonly cache: CallRecord['cache'][number][];
  semantic: SemanticMatch | undefined;
  route: RouteDecision | undefined;
  promptCache: PromptCacheDecision[] | undefined;
  batch: BatchTravel | undefined;
  readonly budgets: BudgetDecision[];
  readonly stageMs: Record<string, number>;
}

/** Facts by their kind. A stage took the time until the next one was entered; the last one, until the call ended. */
function sortFacts(facts: readonly Fact[], endedMs: number): SortedFacts {
  const sorted: SortedFacts = {
    legs: [],
    denial: undefined,
    saved: undefined,
    cache: [],
    semantic: undefined,
    route: undefined,
    promptCache: undefined,
    batch: undefined,
    budgets: [],
    stageMs: {},
  };
  let entered: Extract<Fact, { kind: 'entered' }> | undefined;
  const leave = (atMs: number): void => {
    if (entered) sorted.stageMs[entered.stage] = (sorted.stageMs[entered.stage] ?? 0) + atMs - entered.atMs;
  };
  for (const fact of facts) {
    switch (fact.kind) {
      case 'leg':
        sorted.legs.push(fact.leg);
        break;
      case 'denied':
        sorted.denial = fact;
        break;
      case 'saved':
        sorted.saved ??= fact;
        break;
      case 'cache':
        sorted.cache.push(
          fact.reason === undefined
            ? { cache: fact.cache, outcome: fact.outcome }
            : { cache: fact.cache, outcome: fact.outcome, reason: fact.reason },
        );
        break;
      case 'semantic':
        sorted.semantic = fact.match;
        break;
      case 'route':
        sorted.route = fact.decision;
        break;
      case 'promptCache':
        sorted.promptCache = [...(sorted.promptCache ?? []), fact.decision];
        break;
      case 'batch':
        sorted.batch = fact.travel;
        break;
      case 'budget':
        sorted.budgets.push(fact.decision);
        break;
      case 'entered':
        leave(fact.atMs);
        entered = fact;
        break;
      case 'leg_started':
      case 'leg_unsent':
        break;
      default:
        fact satisfies never;
    }
  }
  leave(endedMs);
  return sorted;
}

/** A hit saves all that the answer cost once; a route or a batch, the difference, which is negative for a dearer target. */
function savingOf(saved: SortedFacts['saved'], costNanoUsd: NanoUsd | null): NanoUsd {
  if (!saved?.cost) return 0;
  const list = roundToNanoUsd(saved.cost.totalPicoUsd);
  return saved.by !== 'routed' && saved.by !== 'batch' ? list : costNanoUsd === null ? 0 : list - costNanoUsd;
}

/** The host of a URL; empty where there is none. */
export function hostOf(url: string): string {
  return /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? '';
}

/** Each leg is rounded by itself, as the ledger books it; one unknown leg makes the total unknown. */
function sumCosts(legs: readonly Leg[]): {
  nanoUsd: NanoUsd | null;
  parts: Cost['parts'];
  basis: Cost['basis'] | undefined;
} {
  const parts: { -readonly [Part in keyof Cost['parts']]: bigint } = {};
  let nanoUsd: NanoUsd | null = 0;
  let basis: Cost['basis'] | undefined;
  for (const { cost } of legs) {
    nanoUsd = nanoUsd === null || !cost ? null : nanoUsd + roundToNanoUsd(cost.totalPicoUsd);
    if (!cost) continue;
    basis = basis === undefined || surety.indexOf(cost.basis) > surety.indexOf(basis) ? cost.basis : basis;
    for (const [part, amount] of Object.entries(cost.parts) as [keyof Cost['parts'], bigint][])
      parts[part] = (parts[part] ?? 0n) + amount; // the keys are its own
  }
  return { nanoUsd, parts, basis };
}

/** From the surest to the least sure: a sum is as sure as its least sure part. */
const surety: readonly Cost['basis'][] = ['reported', 'computed', 'estimated', 'assumed'];

function sumLegs(legs: readonly Leg[]): Usage | undefined {
  const known = legs.flatMap((leg) => leg.usage ?? []);
  return known.length > 1 ? sumUsage(known) : known[0];
}

function errorName(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  return error instanceof Error ? error.name : typeof error;
}
