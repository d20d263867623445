import type { BoundReport } from './audit/bound-report.js';
import { boundNanoUsd, contextOf, type Estimate, estimate } from './budget/estimate.js';
import type { Balance, Ledger } from './budget/ledger.js';
import { planAccounts } from './budget/plan.js';
import { barOf } from './cache/exact.js';
import { fingerprint } from './cache/fingerprint.js';
import type { SemanticCache } from './cache/semantic/semantic-cache.js';
import type { LoadingSemanticCache } from './cache/semantic/semantic-loader.js';
import type { CacheStore } from './cache/store.js';
import type { Call, SemanticMatch } from './call.js';
import type { ExplainedLane } from './lanes/lane-report.js';
import type { Lanes } from './lanes/lanes.js';
import { modelOf } from './model-of.js';
import type { BudgetOptions, CacheAllowance, Mode } from './options.js';
import { type AirGap, placementBar, placementMessage } from './placement.js';
import type { NanoUsd } from './pricing/money.js';
import type { Price, PriceBook } from './pricing/price.js';
import type { loadPromptCache } from './prompt-cache/prompt-cache-loader.js';
import { type CallReader, dialectOf, type FetchInput, readCall, readRequest } from './read-call.js';
import type { RouteDecision } from './routing/route-decision.js';
import type { Routing } from './routing/routing.js';

/** What would happen to a request, and why. Nobody was called, nothing was set aside and nothing changed. */
export interface Explanation {
  /** `undefined`: no call to a model that a dialect reads; it goes on as it is. */
  readonly dialect: string | undefined;
  /** The model that would be asked: that of the target, where the call is routed. */
  readonly model: string | undefined;
  readonly provider: string | undefined;
  /** Where its route would send it, and why; `undefined` where no route is for its model. */
  readonly route: RouteDecision | undefined;
  /** Why it would not be sent anywhere: it may not leave its region or this machine, or is pinned to what is not there. */
  readonly unsent: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** The exact cache: `hit`, `miss`, or why it would not be asked; `undefined` where it is off. */
  readonly exact: string | undefined;
  /** The stored questions that come nearest, the best first, with the guard's reasons in words. */
  readonly semantic: readonly ExplainedMatch[];
  /**
   * Why none of them may be given, whatever they are: `fresh`, `skipped`, `not_read`, `no_question`, `tenant_paused`,
   * `loading` or `error` (the embedder is not there yet, or failed), or what bars every cache; `undefined` where one may, or where the cache is off.
   */
  readonly semanticBar: string | undefined;
  /** What the caches may do with this call, by its options; `undefined` where they are off. */
  readonly caching: ExplainedCaching | undefined;
  /** What is known about the semantic cache's wrong answers. */
  readonly bound: BoundReport | undefined;
  /** The most that the call can cost by its bytes; `undefined` where its price is not known. */
  readonly boundNanoUsd: NanoUsd | undefined;
  /**
   * The same where prompt caching marks the request: writing what is marked costs more than reading it. That is what a
   * budget sets aside then. `undefined` where it marks nothing here, or the price is not known.
   */
  readonly markedBoundNanoUsd: NanoUsd | undefined;
  /** Why the request does not bound its cost; empty where it does. */
  readonly unbounded: readonly string[];
  /** The budgets that it counts against, as they stand. */
  readonly budgets: readonly Balance[];
  /** Its lane, and how those stand that go where it would go; `undefined` where lanes are off. */
  readonly lane: ExplainedLane | undefined;
}

/** What the caches may do with one call. */
export interface ExplainedCaching {
  /** Whether an answer that is stored may be given. */
  readonly read: boolean;
  /** Whether a fresh answer may be kept, if it ends well. */
  readonly write: boolean;
  /** How long it may be served: for the same words, and for others. Milliseconds. */
  readonly ttlMs: number;
  readonly semanticTtlMs: number | undefined;
  /** Below this similarity the call takes nothing in other words, beside what is in force for all. */
  readonly minSimilarity: number | undefined;
}

/** One candidate of the semantic cache. */
export interface ExplainedMatch extends Omit<SemanticMatch, 'served' | 'audit' | 'evidence'> {
  /** Whether it would be served, with what is in force now. */
  readonly wouldServe: boolean;
  /** The guard's reasons; they quote the words that differ. */
  readonly because: readonly string[];
}

/** What explaining takes from the gate. */
export interface Explainer {
  readonly reader: CallReader;
  readonly store: CacheStore | undefined;
  readonly allow: readonly CacheAllowance[];
  readonly ttlMs: number;
  readonly semanticTtlMs: number | undefined;
  readonly semantic: LoadingSemanticCache | undefined;
  readonly planOf: Routing['plan'];
  readonly lanes: Pick<Lanes, 'look'> | undefined;
  readonly promptCache: Pick<ReturnType<typeof loadPromptCache>, 'dearestMark'> | undefined;
  readonly airGap: AirGap;
  readonly priceBook: PriceBook;
  readonly budgets: () => readonly BudgetOptions[];
  readonly ledger: Ledger;
  readonly mode: Mode;
  readonly now: () => number;
}

/** Explains a request as `fetch` would get it. An embedder in process is asked; one behind an endpoint is, too, and metered. */
export async function explain(
  parts: Explainer,
  input: FetchInput,
  init: RequestInit | undefined,
): Promise<Explanation> {
  const call = await callOf(parts.reader, input, init);
  if (!call) return nothing;
  const plan = await parts.planOf(call);
  const leg = (plan?.isObserved ? undefined : plan?.attempts[0]?.leg) ?? call;
  const model = modelOf(leg) ?? leg.requested.model;
  const price = leg.price ?? parts.priceBook.find({ provider: leg.provider, model, atMs: parts.now() });
  const estimated = price && estimate(leg, price);
  const bar = placementBar(leg, parts.airGap);
  const accounts = planAccounts(parts.budgets(), call, parts.mode, parts.now());
  const claims = 'tag' in accounts ? [] : accounts.map(({ claim, limitNanoUsd }) => ({ ...claim, limitNanoUsd }));
  return {
    dialect: call.dialect.name,
    model,
    provider: leg.provider,
    route: plan?.decision,
    unsent: plan?.denial?.message ?? (bar && placementMessage(bar)),
    tags: call.options.tags ?? {},
    exact: await exactOf(parts, call),
    ...(await matchesOf(parts.semantic, call, parts.now())),
    caching: cachingOf(parts, call),
    bound: parts.semantic?.loaded()?.bound(),
    boundNanoUsd: estimated?.amountNanoUsd,
    markedBoundNanoUsd: price && estimated && (await markedBoundOf(parts, leg, price, estimated)),
    unbounded: estimated && !estimated.measure.bounded ? estimated.measure.reasons : [],
    budgets: await Promise.all(claims.map((claim) => parts.ledger.balance(claim))),
    lane: await parts.lanes?.look(leg),
  };
}

const nothing: Explanation = {
  dialect: undefined,
  model: undefined,
  provider: undefined,
  route: undefined,
  unsent: undefined,
  tags: {},
  exact: undefined,
  semantic: [],
  semanticBar: undefined,
  caching: undefined,
  bound: undefined,
  boundNanoUsd: undefined,
  markedBoundNanoUsd: undefined,
  unbounded: [],
  budgets: [],
  lane: undefined,
};

async function markedBoundOf(
  { promptCache }: Explainer,
  leg: Call,
  price: Price,
  { measure }: Estimate,
): Promise<NanoUsd | undefined> {
  const cacheWrite = await promptCache?.dearestMark(leg);
  return cacheWrite && boundNanoUsd({ ...measure.bound, cacheWrite }, price, contextOf(leg));
}

async function callOf(reader: CallReader, input: FetchInput, init: RequestInit | undefined): Promise<Call | undefined> {
  const request = readRequest(input, init);
  const dialect = dialectOf(reader.dialects, request.method, request.url);
  const bodyText = dialect && (await request.bodyText());
  // It is never sent: nobody is called.
  return dialect && bodyText !== undefined ? readCall(reader, dialect, request, bodyText, globalThis.fetch) : undefined;
}

const nothingServed: ReturnType<SemanticCache['inForce']> = { servedFrom: Infinity, provedFrom: Infinity };

async function exactOf({ store, allow }: Explainer, call: Call): Promise<string | undefined> {
  if (!store) return undefined;
  const bar = barOf(call, allow) ?? (call.options.cache?.read === false ? 'not_read' : undefined);
  return bar ?? ((await store.get(fingerprint(call))) ? 'hit' : 'miss');
}

function cachingOf({ store, allow, ttlMs, semanticTtlMs }: Explainer, call: Call): ExplainedCaching | undefined {
  if (!store) return undefined;
  const { read = true, write = true, ttlMs: own, minSimilarity } = call.options.cache ?? {};
  const open = barOf(call, allow) === undefined;
  return {
    read: open && read,
    write: open && write,
    ttlMs: own ?? ttlMs,
    semanticTtlMs: semanticTtlMs === undefined ? undefined : (own ?? semanticTtlMs),
    minSimilarity,
  };
}

async function matchesOf(
  semantic: Explainer['semantic'],
  call: Call,
  nowMs: number,
): Promise<Pick<Explanation, 'semantic' | 'semanticBar'>> {
  const { bar, candidates } = (await semantic?.look(call)) ?? { bar: undefined, candidates: [] };
  const { servedFrom, provedFrom } = semantic?.loaded()?.inForce() ?? nothingServed;
  const bound = semantic?.loaded()?.bound().bound ?? 1;
  const least = call.options.cache?.minSimilarity ?? 0;
  const matches = candidates.map(({ entry, weighed }, index): ExplainedMatch => {
    const { similarity, comparison, score } = weighed;
    return {
      entry: entry.id,
      ageMs: nowMs - entry.createdAtMs,
      similarity,
      verdict: comparison.verdict,
      reasons: comparison.reasons.map((reason) => reason.code),
      because: comparison.reasons.map(({ message, left, right }) =>
        left === '' && right === '' ? message : `${message}: '${left}' / '${right}'`,
      ),
      score,
      threshold: Number.isFinite(servedFrom) ? servedFrom : undefined,
      proved: score >= provedFrom,
      bound,
      // Only the best one is ever given.
      wouldServe: !bar && index === 0 && score > 0 && score >= servedFrom && similarity >= least,
    };
  });
  return { semantic: matches, semanticBar: bar };
}
