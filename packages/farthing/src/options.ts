import type { Assurance, AuditRates } from './audit/controller-options.js';
import type { Judge } from './audit/judge.js';
import type { JudgeErrors } from './audit/observed-rate.js';
import type { BatchesOptions } from './batch-jobs/batch-job-options.js';
import type { Ledger } from './budget/ledger.js';
import type { Embedder } from './cache/embedder.js';
import type { EmbeddingBatchOptions } from './embedding-batches/embedding-batch-options.js';
import type { Lane, LaneOptions } from './lanes/lane-options.js';
import type { OpenTelemetryApi } from './open-telemetry.js';
import type { NanoUsd } from './pricing/money.js';
import type { PriceOverrides } from './pricing/price-overrides.js';
import type { PromptCacheOptions } from './prompt-cache/prompt-cache-options.js';
import type { RoutesOptions, RuleOptions } from './routing/route-options.js';
import type { Warning } from './warnings.js';

/** What a caller may say about one call, by `gate.options`, `gate.run`, or for all calls as `defaults` of `createGate`. */
export interface CallOptions {
  /** An envelope of money for this call with its retries, turns and legs. Make it with `usd('0.02')`. */
  readonly maxCost?: NanoUsd | undefined;
  /** Names and values by which budgets, caches and reports are kept apart, such as `{ tenant: 'acme' }`. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Ask the provider anew: skip caches and coalescing. Five parallel votes must be five calls. @default false */
  readonly fresh?: boolean | undefined;
  /** How the caches treat this call. */
  readonly cache?: CallCacheOptions | undefined;
  /** `false`: leave this call's prompt as it is, whatever the gate would mark. @default true */
  readonly promptCache?: boolean | undefined;
  /** The target of its route that takes this call, by its name, and no other. */
  readonly pin?: string | undefined;
  /** The call never leaves this region, such as `'eu'`: it is denied where nothing there may take it. */
  readonly residency?: string | undefined;
  /** What a good answer is worth here, as a ratio to an ordinary call's, which is 1. Routes send it up, or down. */
  readonly value?: number | undefined;
  /** How urgent it is, where `lanes` are on. @default 'interactive' */
  readonly lane?: Lane | undefined;
}

/** What a caller may say to the caches about one call. */
export interface CallCacheOptions {
  /** Names under which this answer is kept, for `gate.invalidate(name)`. */
  readonly tags?: readonly string[] | undefined;
  /** How long this answer may be served. */
  readonly ttlMs?: number | undefined;
  /** `false`: don't answer from a cache; the fresh answer takes the old one's place. @default true */
  readonly read?: boolean | undefined;
  /** `false`: keep nothing of this answer. @default true */
  readonly write?: boolean | undefined;
  /** `false`: the same words only; what was asked in other words is no answer here. @default true */
  readonly semantic?: boolean | undefined;
  /** A stricter similarity for this call, 0 to 1; it never loosens what is in force. */
  readonly minSimilarity?: number | undefined;
}

/** `enforce` acts; `observe` decides and records what it would have done, and touches nothing. */
export type Mode = 'enforce' | 'observe';

/** The stretch over which a budget counts. */
export type Per = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'total';

/** What a budget knows when a call asks for more than it has left. */
export interface Exhaustion {
  readonly budget: string;
  readonly account: string;
  readonly neededNanoUsd: NanoUsd;
  readonly remainingNanoUsd: NanoUsd;
  readonly tags: Readonly<Record<string, string>>;
  readonly model: string;
}

/** What to do with a call that a budget has no room for. `allow` lets it pass and counts it: the budget is overdrawn. */
export type ExhaustionAction = 'deny' | 'clamp' | 'allow';

/** A limit on money over a window, for all calls or for each value of a tag. */
export interface BudgetOptions {
  /** Unique; names the budget in errors, records and the ledger. */
  readonly name: string;
  /** Make it with `usd('20')`. */
  readonly limit: NanoUsd;
  readonly per: Per;
  /** A tag: each of its values has the whole limit to itself. Without it, all calls share one. */
  readonly by?: string | undefined;
  /** Only calls with these tag values count. */
  readonly where?: Readonly<Record<string, string>> | undefined;
  /** IANA name of the zone in which days, weeks and months begin. @default 'UTC' */
  readonly timeZone?: string | undefined;
  /** The last minute, hour, day … instead of the calendar's. @default false */
  readonly rolling?: boolean | undefined;
  /** A hard budget is never overdrawn by a bounded call; a soft one counts and alerts. @default true */
  readonly hard?: boolean | undefined;
  /** @default 'deny' */
  readonly onExhausted?:
    | ExhaustionAction
    | ((exhaustion: Exhaustion) => ExhaustionAction | Promise<ExhaustionAction>)
    | undefined;
  /** The least output, in tokens, that a clamp may leave. @default 1024 for models that reason, 16 for others */
  readonly floorTokens?: number | undefined;
  /** What a call whose cost the request does not bound may set aside on top of its known part. @default none: denied */
  readonly allowance?: NanoUsd | undefined;
  /** Calls without the `by` tag: one shared bucket under the same limit, or denied. @default 'shared' */
  readonly untagged?: 'shared' | 'deny' | undefined;
  /** Shares of the limit at which an `alert` is emitted, once a window. @default [0.8, 1] */
  readonly alerts?: readonly number[] | undefined;
  /** @default 'enforce' */
  readonly mode?: Mode | undefined;
}

/** What the caches may keep that they leave alone unless told. */
export type CacheAllowance = 'tool_calls' | 'stateful' | 'hosted_tools';

/** The exact cache. */
export interface CacheOptions {
  /** A tag whose values never share an answer. Credentials and base URLs never do. */
  readonly by?: string | undefined;
  /** @default 10_000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of stored answers. @default 64 MiB */
  readonly maxBytes?: number | undefined;
  /** From creation, not from the last use. @default 24 hours */
  readonly ttlMs?: number | undefined;
  /** @default [] */
  readonly allow?: readonly CacheAllowance[] | undefined;
  /** @default 'enforce' */
  readonly mode?: Mode | undefined;
  /** Without `by`, the semantic cache wants it said aloud that all tenants share their answers. */
  readonly share?: 'all' | undefined;
  /** Answers what was asked before in other words. @default off */
  readonly semantic?: SemanticCacheOptions | undefined;
}

/** The same options, each of which may also be there and say nothing. */
export type OrUndefined<Options> = { readonly [Key in keyof Options]: Options[Key] | undefined };

/** The semantic cache. */
export interface SemanticCacheOptions {
  /** Such as `minilm()` of `@farthing/minilm`, `endpointEmbedder({ … })`, or `lexical()`. */
  readonly embedder: Embedder;
  /** The largest share of wrong answers among those served, above 0 and below 0.5. @default 0.02 */
  readonly maxErrorRate?: number | undefined;
  /**
   * `guarded` serves from the first day what the guard passes, labelled unproved, and goes looser only where that is
   * proved; `proven` serves nothing until it is proved. @default 'guarded'
   */
  readonly assurance?: Assurance | undefined;
  /** Says whether a stored answer could have stood for a fresh one. @default equal answers, or alike by the embedder */
  readonly judge?: Judge | undefined;
  /** How often the judge errs, as far as it was measured. */
  readonly judgeErrors?: OrUndefined<JudgeErrors> | undefined;
  /** What audits of served answers may cost in a day. Beyond it nothing is audited. @default no limit of its own */
  readonly auditBudget?: NanoUsd | undefined;
  /** Which share of candidates is audited. */
  readonly auditRates?: OrUndefined<AuditRates> | undefined;
  /** Answers of one model may serve a call that names another. @default false */
  readonly shareModels?: boolean | undefined;
  /** Makes system prompts equal that differ in what does not matter, such as the time of day. */
  readonly rewriteSystem?: ((text: string) => string) | undefined;
  /** @default 50_000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of stored answers, questions and vectors. @default 256 MiB */
  readonly maxBytes?: number | undefined;
  /** From creation, not from the last use. @default that of the exact cache */
  readonly ttlMs?: number | undefined;
  /** A directory in which questions, answers and evidence outlive a restart. They hold what your users wrote. */
  readonly persist?: { readonly dir: string } | undefined;
  /** How long a call waits for its embedding before it goes on without. @default 500 */
  readonly embedTimeoutMs?: number | undefined;
  /** Uniform in [0, 1): the audit coin. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** A file of records, one JSON object a line. */
export interface RecordFileOptions {
  readonly path: string;
  /** Size at which the file is moved to `path.1`. @default 64 MiB */
  readonly maxBytes?: number | undefined;
  /** How many moved files are kept. @default 5 */
  readonly keep?: number | undefined;
}

/** All options of `createGate`. With none, the gate only meters. */
export interface GateOptions {
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** The mode of every feature that names none. @default 'enforce' */
  readonly mode?: Mode | undefined;
  /** Options of every call; `run` and `options` win over them. */
  readonly defaults?: CallOptions | undefined;
  readonly budgets?: readonly BudgetOptions[] | undefined;
  /** Where budgets are counted. @default in memory: a restart begins anew */
  readonly ledger?: Ledger | undefined;
  /** What happens to a call while the ledger fails. @default 'deny' */
  readonly onLedgerError?: 'allow' | 'deny' | undefined;
  /** Spend that the gate cannot meter (images, audio, batches). Denied under a hard budget. @default 'record' */
  readonly onUnmetered?: 'record' | 'deny' | undefined;
  /** The exact cache. @default off */
  readonly cache?: boolean | CacheOptions | undefined;
  /** Equal concurrent calls are sent once; those with different values of the tags `by` and `cache.by` never are equal. @default false */
  readonly coalesce?: boolean | { readonly by?: string | undefined; readonly mode?: Mode | undefined } | undefined;
  /** Let the provider read prompts at a tenth of the price that begin as earlier ones did. @default false */
  readonly promptCache?: boolean | PromptCacheOptions | undefined;
  /** Where calls go, by the model that they name: the cheapest target that will do. Other models are not touched. */
  readonly routes?: RoutesOptions | undefined;
  /** Calls wait for a free slot at their provider, the most urgent first; how many run at once is learned. @default false */
  readonly lanes?: boolean | LaneOptions | undefined;
  /** Embeddings that are asked for at the same time travel as one request. @default false */
  readonly embeddings?: boolean | EmbeddingBatchOptions | undefined;
  /** Where the jobs of `gate.batch` are kept. */
  readonly batches?: BatchesOptions | undefined;
  /** What holds for calls with some tag values: where they must stay, what they are worth, how urgent they are. */
  readonly rules?: readonly RuleOptions[] | undefined;
  /** Where hosts stand, for calls that must not leave a region: `{ 'mine.openai.azure.com': 'eu' }`. */
  readonly regions?: Readonly<Record<string, string>> | undefined;
  /** Nothing that passes through the gate leaves this machine, but for the hosts that are listed. @default false */
  readonly airGapped?: boolean | readonly string[] | undefined;
  /** Own prices; they win over the catalogue. */
  readonly prices?: PriceOverrides | undefined;
  /** What a deployment or a private name stands for: `{ 'my-deployment': 'gpt-5' }`. */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /** Provider ids of hosts that the catalogue does not know: `{ 'llm.internal': 'openai' }`. */
  readonly providers?: Readonly<Record<string, string>> | undefined;
  /**
   * The tier at which calls are served that name none, where your project at the provider is set up so: its price is then
   * set aside for them. @default the base rate
   */
  readonly unaskedServiceTier?: 'priority' | 'flex' | undefined;
  /** Use `gpt-tokenizer`, if installed, where an estimate by bytes would deny. @default true */
  readonly tokenizer?: boolean | undefined;
  /** Ask Anthropic's `count_tokens` where an estimate would deny. One more request, not billed. @default false */
  readonly countTokens?: boolean | undefined;
  /** Put cost, saving, model, target, budget left, and why an answer in other words was given, into response headers too. @default false */
  readonly exposeHeaders?: boolean | undefined;
  /** What identifies the account behind a request, where keys rotate (Entra). @default the credential itself, hashed */
  readonly credentialScope?: ((headers: Headers) => string) | undefined;
  /** Write each record to a file. */
  readonly records?: RecordFileOptions | undefined;
  /** Keep prompt and answer in records. They then hold what your users wrote. @default false */
  readonly recordText?: boolean | undefined;
  /** The module `@opentelemetry/api`: spans and metrics go to its global providers. */
  readonly openTelemetry?: OpenTelemetryApi | undefined;
  /** @default console.warn, once for each kind */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
}

/** How an answer turned out, as an application tells `gate.outcome`. */
export interface ToldOutcome {
  readonly good: boolean;
  /** How good it was, 0 to 1, where more is known than good or not. @default 1 or 0 */
  readonly value?: number | undefined;
}

/** What may be changed while the gate runs. */
export type GateUpdate = Pick<GateOptions, 'budgets' | 'routes'>;
