import type { BoundReport } from './audit/bound-report.js';
import type { CallRecord } from './call-record.js';
import type { EmbeddingBatchReport } from './embedding-batches/embedding-batch-report.js';
import type { LaneReport } from './lanes/lane-report.js';
import type { NanoUsd } from './pricing/money.js';
import { inputTokens, outputTokens } from './pricing/usage.js';
import type { PromptCacheReport } from './prompt-cache/prompt-cache-report.js';
import type { RouteLearningReport } from './routing/learning/route-learning-report.js';

/** Sums over calls. Money in nano-dollars. */
export interface Totals {
  readonly calls: number;
  /** Calls that went to a provider. */
  readonly paid: number;
  readonly hits: { readonly exact: number; readonly coalesced: number; readonly semantic: number };
  readonly denied: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly spentNanoUsd: NanoUsd;
  /** Net of {@link overheadNanoUsd}. */
  readonly savedNanoUsd: NanoUsd;
  /** What the gate itself spent to save: audits and embeddings. A part of `spentNanoUsd`. */
  readonly overheadNanoUsd: NanoUsd;
  /** What the same calls would have cost without the gate, denied ones aside. */
  readonly listNanoUsd: NanoUsd;
  /** Calls whose cost is not known: they are in no sum above. */
  readonly unknownCost: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What the gate has done since it was created. */
export interface Report {
  /** ISO 8601. */
  readonly since: string;
  readonly total: Totals;
  /** Share of calls answered by a cache, 0 to 1. */
  readonly hitRate: number;
  /** Before what was spent to save it. */
  readonly savedBy: {
    readonly exact: NanoUsd;
    readonly coalesced: NanoUsd;
    readonly semantic: NanoUsd;
    /** What the model that was named would have cost for the same usage, less what was paid. */
    readonly routed: NanoUsd;
    /** What batch jobs would have cost at the base rate, less what was paid. */
    readonly batch: NanoUsd;
  };
  /** By tag and its value: `report.byTag.tenant?.acme`. */
  readonly byTag: Readonly<Record<string, Readonly<Record<string, Totals>>>>;
  readonly byModel: Readonly<Record<string, Totals>>;
  /** What is known about the share of wrong answers of the semantic cache, where it is on. */
  readonly semantic?: BoundReport | undefined;
  /** What each route has learned, where routes learn; from its first call on. */
  readonly routes?: Readonly<Record<string, RouteLearningReport>> | undefined;
  /** How calls wait and what limits were learned, by provider, model and key, where `lanes` are on. */
  readonly lanes?: Readonly<Record<string, LaneReport>> | undefined;
  /** How embeddings travelled, where `embeddings` is on; from the first of them on. */
  readonly embeddings?: EmbeddingBatchReport | undefined;
  /** What prompt caching saved, where it is on; from its first call on. It is a part of the bill, not of `savedBy`. */
  readonly promptCache?: PromptCacheReport | undefined;
}

type MutableTotals = { -readonly [Key in Exclude<keyof Totals, 'hits'>]: Totals[Key] } & {
  hits: { exact: number; coalesced: number; semantic: number };
};

/** Collects records into a report. */
export interface Reporter {
  readonly add: (record: CallRecord) => void;
  readonly report: () => Report;
}

/** Values of one tag that are told apart; further ones are summed up as `(other)`, so that memory stays bounded. */
const maxValues = 1000;
const other = '(other)';

/** A reporter that begins now. */
export function createReporter(sinceMs: number): Reporter {
  const total = noTotals();
  const savedBy = { exact: 0, coalesced: 0, semantic: 0, routed: 0, batch: 0 };
  const byTag = new Map<string, Map<string, MutableTotals>>();
  const byModel = new Map<string, MutableTotals>();
  return {
    add: (record) => {
      addTo(total, record);
      addTo(slot(byModel, record.requestedModel), record);
      if (record.savedBy) savedBy[record.savedBy] += record.savedNanoUsd;
      for (const [tag, value] of Object.entries(record.tags)) {
        const values = byTag.get(tag) ?? new Map<string, MutableTotals>();
        if (byTag.size >= maxValues && !byTag.has(tag)) continue;
        byTag.set(tag, values);
        addTo(slot(values, value), record);
      }
    },
    report: () => ({
      since: new Date(sinceMs).toISOString(),
      total: structuredClone(total),
      hitRate: total.calls === 0 ? 0 : (total.hits.exact + total.hits.coalesced + total.hits.semantic) / total.calls,
      savedBy: { ...savedBy },
      byTag: Object.fromEntries([...byTag].map(([tag, values]) => [tag, Object.fromEntries(structuredClone(values))])),
      byModel: Object.fromEntries(structuredClone(byModel)),
    }),
  };
}

function slot(totals: Map<string, MutableTotals>, key: string): MutableTotals {
  const name = totals.has(key) || totals.size < maxValues ? key : other;
  const found = totals.get(name) ?? noTotals();
  totals.set(name, found);
  return found;
}

function noTotals(): MutableTotals {
  return {
    calls: 0,
    paid: 0,
    hits: { exact: 0, coalesced: 0, semantic: 0 },
    denied: 0,
    failed: 0,
    cancelled: 0,
    spentNanoUsd: 0,
    savedNanoUsd: 0,
    overheadNanoUsd: 0,
    listNanoUsd: 0,
    unknownCost: 0,
    inputTokens: 0,
    outputTokens: 0,
  };
}

function addTo(totals: MutableTotals, record: CallRecord): void {
  if (record.purpose !== 'call') {
    const spent = record.costNanoUsd ?? 0;
    totals.spentNanoUsd += spent;
    totals.overheadNanoUsd += spent;
    totals.savedNanoUsd -= spent;
    return;
  }
  totals.calls++;
  if (record.source === 'provider') totals.paid++;
  if (record.savedBy !== undefined && record.savedBy !== 'routed' && record.savedBy !== 'batch')
    totals.hits[record.savedBy]++;
  if (record.outcome === 'denied') totals.denied++;
  if (record.outcome === 'failed' || (record.httpStatus >= 400 && record.outcome !== 'denied')) totals.failed++;
  if (record.outcome === 'cancelled') totals.cancelled++;
  if (record.costNanoUsd === null) totals.unknownCost++;
  totals.spentNanoUsd += record.costNanoUsd ?? 0;
  totals.savedNanoUsd += record.savedNanoUsd;
  totals.listNanoUsd += record.listCostNanoUsd ?? 0;
  const { usage } = record;
  if (!usage) return;
  totals.inputTokens += inputTokens(usage);
  totals.outputTokens += outputTokens(usage);
}
