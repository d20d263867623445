import type { AnswerReading, Dialect, JsonObject } from './dialects/dialect.js';
import type { CallOptions } from './options.js';
import type { Cost, Price } from './pricing/price.js';
import type { ServerTimes } from './pricing/server-times.js';
import type { Usage } from './pricing/usage.js';
import type { PromptCacheDecision } from './prompt-cache/prompt-cache-decision.js';
import type { RouteDecision } from './routing/route-decision.js';
import type { Envelope } from './scope.js';

/** Where an answer came from. `queued`: nowhere yet; a batch job has taken the call in, and no record is made of it. */
export type Source = 'provider' | 'exact' | 'coalesced' | 'semantic' | 'denied' | 'passthrough' | 'queued';

/** Whose wish a call is: the application's, or the gate's own, to check an answer or to embed a question. */
export type Purpose = 'call' | 'audit' | 'embedding';

/** Why the gate said no. */
export type DenialCode =
  | 'budget_exceeded'
  | 'queue_full'
  | 'stopped'
  | 'residency'
  | 'unmetered'
  | 'ledger_unavailable'
  | 'no_target';

/**
 * One HTTP attempt at a model, parsed once. Immutable: a stage passes a changed copy to `next`
 * (`next({ ...call, body })`), never a changed call.
 */
export interface Call {
  readonly id: string;
  readonly purpose: Purpose;
  readonly dialect: Dialect;
  readonly url: string;
  /** Provider id of the price book, by host; for an unknown host, the dialect's home provider. */
  readonly provider: string;
  /** The geography that the host stands for, where it changes the price. */
  readonly geo: string | undefined;
  /** Where the host stands, such as `eu`: by the option `regions`, or as its URL says. */
  readonly region: string | undefined;
  /** Regions that the call must not leave: each of them holds. */
  readonly residencies: readonly string[];
  /** What the call is worth; 1 is ordinary. */
  readonly value: number | undefined;
  /** The price of the target's own that a route gave it. */
  readonly price: Price | undefined;
  /** The service tier of calls that name none, as the user says their project is set up. */
  readonly unaskedTier: string | undefined;
  /** The service tier at which all is billed that leaves by this door, whatever request and answer say: `batch`. */
  readonly doorTier?: string | undefined;
  /** The body that will be sent. */
  readonly body: JsonObject;
  /** `body` as text; the caller's own bytes for as long as nothing changed it. */
  readonly bodyText: string;
  /** The request's headers without any `x-farthing*`. */
  readonly headers: Headers;
  /** All else of the caller's `init`, forwarded untouched (`dispatcher`, `keepalive`, `redirect`, …). */
  readonly init: RequestInit;
  readonly signal: AbortSignal | undefined;
  /** The fetch underneath: the client's own, where it brought one. */
  readonly send: typeof globalThis.fetch;
  /** The call as its caller made it, before any stage changed the body. Cache keys come from it. */
  readonly requested: { readonly model: string; readonly body: JsonObject; readonly stream: boolean };
  /** createGate < run < options, merged. */
  readonly options: CallOptions;
  /** What this call and its retries, turns and legs may spend together; every one of them holds. */
  readonly envelopes: readonly Envelope[];
  /** Hash of credential, base URL and tenant: entries never cross it. */
  readonly scope: string;
  /** The SDK's own count of earlier attempts at this call (`x-stainless-retry-count`). */
  readonly retry: number;
  readonly startedAtMs: number;
  /** Tells the record what a stage decided. */
  readonly note: (fact: Fact) => void;
}

/** What a stage tells the record. */
export type Fact =
  /** A request is about to go out; its `leg` follows, however it ends. */
  | { readonly kind: 'leg_started' }
  /** It did not go out after all. */
  | { readonly kind: 'leg_unsent' }
  | { readonly kind: 'leg'; readonly leg: Leg }
  | { readonly kind: 'budget'; readonly decision: BudgetDecision }
  | {
      readonly kind: 'cache';
      readonly cache: 'exact' | 'coalesce' | 'semantic';
      readonly outcome: 'hit' | 'miss' | 'stored' | 'bypassed' | 'would_hit' | 'error';
      readonly reason?: string;
    }
  | {
      readonly kind: 'saved';
      readonly by: 'exact' | 'coalesced' | 'semantic' | 'routed' | 'batch';
      /** What it would have cost without the gate. */
      readonly cost: Cost | undefined;
      readonly model: string | undefined;
    }
  | { readonly kind: 'semantic'; readonly match: SemanticMatch }
  | { readonly kind: 'route'; readonly decision: RouteDecision }
  | { readonly kind: 'promptCache'; readonly decision: PromptCacheDecision }
  | { readonly kind: 'batch'; readonly travel: BatchTravel }
  /** On a clock that never jumps, in milliseconds. */
  | { readonly kind: 'entered'; readonly stage: string; readonly atMs: number }
  | { readonly kind: 'denied'; readonly code: DenialCode; readonly message: string };

/** How a request travelled in a batch job. */
export interface BatchTravel {
  /** The job's name. */
  readonly job: string;
  /** The provider's batch, where it went to one. */
  readonly batch: string | undefined;
  /** How often it was sent. */
  readonly attempts: number;
  /** Milliseconds from being submitted to its result. */
  readonly waitedMs: number;
}

/** The stored question that came nearest to this one, and why its answer was given, or was not. No text. */
export interface SemanticMatch {
  /** Names the stored answer: `gate.evict(entry)` removes it. */
  readonly entry: string;
  readonly ageMs: number;
  /** The cosine of the two questions. */
  readonly similarity: number;
  /** What the guard makes of them. */
  readonly verdict: 'same' | 'different' | 'unsure';
  /** The guard's reasons, as codes such as `number`, `negation`, `role-order`. */
  readonly reasons: readonly string[];
  /** How likely the answer fits, 0 to 1; what the bound is about. */
  readonly score: number;
  /** What was in force: the score needed, and whether it was proved. */
  readonly threshold: number | undefined;
  readonly proved: boolean;
  /** Upper bound of the share of wrong answers, as the report gave it then: promised where `proved`, else only measured. */
  readonly bound: number;
  readonly served: boolean;
  /** The audit that was drawn for it: the `id` of the record of its verdict. */
  readonly audit: string | undefined;
  /** A hash of what gives the score its meaning (embedder, guard, judge, scope): scores under different ones say nothing of each other. */
  readonly evidence: string;
}

/** One request that really went to a provider. A call whose first target was down has several. */
export interface Leg {
  readonly provider: string;
  readonly requestedModel: string;
  readonly servedModel: string | undefined;
  readonly serviceTier: string | undefined;
  readonly usage: Usage | undefined;
  readonly unaccounted: readonly string[];
  /** `undefined`: unknown (no price, or a bill that was never told), never zero. */
  readonly cost: Cost | undefined;
  readonly status: number;
  /** What the server says of its own time, if it does. */
  readonly serverTimes?: ServerTimes | undefined;
}

/** What a budget decided about one leg. */
export interface BudgetDecision {
  readonly budget: string;
  readonly account: string;
  readonly action: 'allowed' | 'clamped' | 'denied' | 'would_deny' | 'would_clamp';
  readonly heldNanoUsd: number;
  readonly remainingNanoUsd: number | null;
  readonly reason?: string;
}

/** What came back of a call. `response` goes to the caller; `completion` never rejects. */
export interface Reply {
  readonly response: Response;
  readonly completion: Promise<Completion>;
  readonly source: Source;
  /** The body is already in memory: `completion` resolves without the caller reading. */
  readonly whole: boolean;
}

/** The body of an answer as the provider sent it, before anything was stripped for this caller. */
export interface Body {
  readonly kind: 'json' | 'sse';
  readonly text: string;
}

/** How a reply ended, known when the caller has read to the end, broken off, or failed. */
export interface Completion {
  readonly status: 'complete' | 'cancelled' | 'failed';
  readonly httpStatus: number;
  /** The whole answer where it ended well and was not too large to keep. */
  readonly body: Body | undefined;
  /** What the dialect read from the answer; `undefined` for errors and bodies it does not know. */
  readonly answer: AnswerReading | undefined;
  /** By the provider's own word, or estimated where a stream was cut off. */
  readonly usage: Usage | undefined;
  /** What this answer cost now: nothing for a hit, `undefined` where it is not known. */
  readonly cost: Cost | undefined;
  /** The gate itself cut this answer short (a clamp): it is no answer to what was asked, and is never stored. */
  readonly altered: boolean;
  /** Milliseconds from sending to the first byte of the body. */
  readonly firstChunkMs: number | undefined;
  readonly error: unknown;
  /** The call shares a bill with others: what it pays, in pico-dollars, so that all of them, rounded, sum to that bill. */
  readonly evenOut?: ((costPicoUsd: bigint) => bigint) | undefined;
}
