import * as z from 'zod/mini';
import type { Assurance, AuditRates } from './audit/controller-options.js';
import type { Judge } from './audit/judge.js';
import type { JudgeErrors } from './audit/observed-rate.js';
import type { Ledger } from './budget/ledger.js';
import type { Embedder } from './cache/embedder.js';
import type { EmbeddingBatchOptions } from './embedding-batches/embedding-batch-options.js';
import { type Lane, type LaneOptions, laneNames } from './lanes/lane-options.js';
import type { OpenTelemetryApi } from './open-telemetry.js';
import type { NanoUsd } from './pricing/money.js';
import type { PriceOverrides } from './pricing/price-overrides.js';
import type { PromptCacheOptions } from './prompt-cache/prompt-cache-options.js';
import type { AnswerScorer, CascadeOptions } from './routing/cascade/cascade-options.js';
import { capabilities, type LearnOptions, type RoutesOptions, type RuleOptions } from './routing/route-options.js';
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

const optional = z.optional;
const text = z.string({ error: 'a string' }).check(z.minLength(1, { error: 'a string that is not empty' }));
const flag = z.boolean({ error: 'true or false' });
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, { error: values.map((value) => `'${value}'`).join(' or ') });
const amount = z
  .number({ error: "an amount made with usd('…')" })
  .check(
    z.refine((value) => Number.isSafeInteger(value) && value > 0, { error: "a positive amount made with usd('…')" }),
  );
const count = (least: number) =>
  z
    .number({ error: 'a number' })
    .check(
      z.refine((value) => Number.isSafeInteger(value) && value >= least, { error: `an integer of at least ${least}` }),
    );
const share = z
  .number({ error: 'a number from 0 to 1' })
  .check(z.refine((value) => value >= 0 && value <= 1, { error: 'a number from 0 to 1' }));
const functionOf = <Type>() => z.custom<Type>((value) => typeof value === 'function', { error: 'a function' });
const object = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `known options only (${Object.keys(shape).join(', ')})` : 'an object',
  });
const worth = z
  .number({ error: 'a number of at least 0' })
  .check(z.refine((value) => value >= 0 && value < Infinity, { error: 'a number of at least 0' }));
const textMap = z.record(text, z.string({ error: 'a string' }), { error: 'an object of strings' });
const mode = oneOf(['enforce', 'observe']);

const timeZone = text.check(z.refine(isTimeZone, { error: "an IANA time zone such as 'Europe/Berlin'" }));

function isTimeZone(value: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: value }));
  } catch {
    return false;
  }
}

const lane = oneOf(laneNames);

const callOptions = object({
  maxCost: optional(amount),
  tags: optional(textMap),
  fresh: optional(flag),
  cache: optional(
    object({
      tags: optional(z.array(text, { error: 'an array of strings' })),
      ttlMs: optional(count(1)),
      read: optional(flag),
      write: optional(flag),
      semantic: optional(flag),
      minSimilarity: optional(share),
    }),
  ),
  promptCache: optional(flag),
  pin: optional(text),
  residency: optional(text),
  value: optional(worth),
  lane: optional(lane),
});

const budget = object({
  name: text.check(z.regex(/^[\w.-]+$/, { error: 'letters, digits, dots, dashes and underscores' })),
  limit: amount,
  per: oneOf(['minute', 'hour', 'day', 'week', 'month', 'total']),
  by: optional(text),
  where: optional(textMap),
  timeZone: optional(timeZone),
  rolling: optional(flag),
  hard: optional(flag),
  onExhausted: optional(
    z.union(
      [oneOf(['deny', 'clamp', 'allow']), functionOf<Exclude<BudgetOptions['onExhausted'], string | undefined>>()],
      { error: "'deny', 'clamp', 'allow' or a function" },
    ),
  ),
  floorTokens: optional(count(1)),
  allowance: optional(amount),
  untagged: optional(oneOf(['shared', 'deny'])),
  alerts: optional(
    z.array(
      z
        .number({ error: 'a share of the limit' })
        .check(z.refine((share) => share > 0 && share <= 10, { error: 'a share of the limit, such as 0.8' })),
      { error: 'an array of shares' },
    ),
  ),
  mode: optional(mode),
});

const budgets = z.array(budget, { error: 'an array of budgets' }).check(
  z.refine((all) => new Set(all.map((each) => each.name)).size === all.length, {
    error: 'budgets with unique names',
  }),
);

const embedder = z.custom<Embedder>(
  (value) => typeof (value as Embedder | null)?.embed === 'function' && typeof (value as Embedder).id === 'string',
  { error: 'an embedder, such as minilm() or lexical()' },
);

const semantic = object({
  embedder,
  maxErrorRate: optional(share),
  assurance: optional(oneOf(['guarded', 'proven'])),
  judge: optional(functionOf<Judge>()),
  judgeErrors: optional(object({ falseFail: optional(share), falsePass: optional(share) })),
  auditBudget: optional(amount),
  auditRates: optional(
    object({
      proving: optional(share),
      unproved: optional(share),
      climbing: optional(share),
      cruising: optional(share),
      suspicious: optional(share),
    }),
  ),
  shareModels: optional(flag),
  rewriteSystem: optional(functionOf<(text: string) => string>()),
  maxEntries: optional(count(1)),
  maxBytes: optional(count(1)),
  ttlMs: optional(count(1)),
  persist: optional(object({ dir: text })),
  embedTimeoutMs: optional(count(1)),
  random: optional(functionOf<() => number>()),
});

const cache = object({
  by: optional(text),
  maxEntries: optional(count(1)),
  maxBytes: optional(count(1)),
  ttlMs: optional(count(1)),
  allow: optional(z.array(oneOf(['tool_calls', 'stateful', 'hosted_tools']), { error: 'an array' })),
  mode: optional(mode),
  share: optional(oneOf(['all'])),
  semantic: optional(semantic),
}).check(
  z.refine((value) => !value.semantic || value.by !== undefined || value.share === 'all', {
    error: "an object with `by` (a tag whose values never share an answer) or `share: 'all'`, since `semantic` is on",
  }),
);

const url = text.check(
  z.refine((value) => /^https?:$/.test(protocolOf(value)), { error: "a URL such as 'http://localhost:8000/v1'" }),
);

function protocolOf(value: string): string {
  try {
    return new URL(value).protocol;
  } catch {
    return '';
  }
}

const target = object({
  model: text,
  name: optional(text),
  params: optional(
    z.record(z.string(), z.unknown(), { error: 'an object of request fields' }).check(
      z.refine((fields) => !('model' in fields || 'stream' in fields), {
        error: 'an object of request fields without `model` and `stream`',
      }),
    ),
  ),
  baseURL: optional(
    z.union(
      [
        url,
        z
          .array(
            z.union(
              [
                url,
                object({
                  url,
                  weight: optional(worth.check(z.refine((value) => value > 0, { error: 'a number above 0' }))),
                }),
              ],
              { error: 'a URL, or `{ url, weight }`' },
            ),
            { error: 'a URL or an array of them' },
          )
          .check(z.minLength(1, { error: 'an array with at least one URL' })),
      ],
      { error: "a URL such as 'http://localhost:8000/v1', or an array of them" },
    ),
  ),
  apiKey: optional(
    z.union([text, functionOf<() => string | undefined | Promise<string | undefined>>()], {
      error: 'a string or a function that returns one',
    }),
  ),
  region: optional(text),
  fetch: optional(functionOf<typeof globalThis.fetch>()),
  price: optional(
    z.custom<PriceOverrides[string]>((value) => typeof value === 'object' && value !== null, {
      error: 'rates, such as { input: "0.10", output: "0.40" }',
    }),
  ),
  timeoutMs: optional(count(1)),
  contextWindow: optional(count(1)),
  capabilities: optional(object(Object.fromEntries(capabilities.map((name) => [name, optional(flag)])))),
  dialect: optional(oneOf(['openai', 'anthropic'])),
});

const learn = object({
  auditRate: optional(share),
  auditBudget: optional(amount),
  judge: optional(functionOf<Judge>()),
  grade: optional(functionOf<NonNullable<LearnOptions['grade']>>()),
  version: optional(text),
  model: optional(text),
  dir: optional(text),
  embedder: optional(embedder),
  random: optional(functionOf<() => number>()),
}).check(
  z.refine((value) => !value.judge || !value.grade, { error: 'an object with a `judge` or a `grade`, not both' }),
);

function learns(route: { readonly learn?: unknown; readonly maxQualityLoss?: unknown }): boolean {
  return Boolean(route.learn) || route.maxQualityLoss !== undefined;
}

const cascade = object({
  schema: optional(flag),
  refusal: optional(flag),
  hedge: optional(flag),
  logprob: optional(
    z.number({ error: 'a number' }).check(z.refine((mean) => mean < 0, { error: 'a number below 0, such as -0.3' })),
  ),
  askLogprobs: optional(flag),
  agreement: optional(z.union([z.literal(true), text], { error: 'true or the name of a target' })),
  agrees: optional(functionOf<NonNullable<CascadeOptions['agrees']>>()),
  scorer: optional(
    z.custom<AnswerScorer>((value) => typeof (value as { score?: unknown } | null)?.score === 'function', {
      error: 'an object with a function `score`, such as await createAnswerScorer(outcomes)',
    }),
  ),
  check: optional(functionOf<NonNullable<CascadeOptions['check']>>()),
  threshold: optional(z.number({ error: 'a number' })),
  maxAnswerBytes: optional(count(1)),
  timeoutMs: optional(count(1)),
});

const routes = z.record(
  text,
  object({
    targets: z
      .array(z.union([text, target], { error: 'a model or a target' }), {
        error: 'an array of targets, cheapest first',
      })
      .check(z.minLength(1, { error: 'an array with at least one target' })),
    targetStrongShare: optional(share),
    maxQualityLoss: optional(
      z
        .number({ error: 'a number above 0 and below 0.5' })
        .check(z.refine((value) => value > 0 && value < 0.5, { error: 'a number above 0 and below 0.5' })),
    ),
    learn: optional(z.union([flag, learn], { error: 'true, false or an object' })),
    scorer: optional(
      z.custom<RoutesOptions[string]['scorer']>(
        (value) => typeof (value as { score?: unknown } | null)?.score === 'function',
        { error: 'an object with `evidence` and a function `score`' },
      ),
    ),
    threshold: optional(z.number({ error: 'a number' })),
    value: optional(object({ high: optional(worth), low: optional(worth) })),
    stepDownBelow: optional(share),
    fallback: optional(oneOf(['any', 'stronger', 'none'])),
    cascade: optional(z.union([flag, cascade], { error: 'true, false or an object' })),
    mode: optional(mode),
  }).check(
    z.refine((route) => route.threshold === undefined || route.scorer !== undefined, {
      error: 'an object with a `scorer` for its `threshold`',
    }),
    z.refine((route) => route.scorer === undefined || learns(route) !== (route.threshold !== undefined), {
      error: 'an object whose `scorer` has either a `threshold` or `learn`',
    }),
    z.refine((route) => route.maxQualityLoss === undefined || route.learn !== false, {
      error: 'an object that learns where it has a `maxQualityLoss`',
    }),
  ),
  { error: 'an object of routes by model' },
);

const byLane = object({
  interactive: optional(count(0)),
  nearline: optional(count(0)),
  batch: optional(count(0)),
});

const lanes = object({
  maxWaitMs: optional(z.union([count(0), byLane], { error: 'milliseconds, for all lanes or by lane' })),
  maxQueued: optional(count(0)),
  ageMs: optional(count(1)),
  by: optional(text),
  limit: optional(object({ min: optional(count(1)), max: optional(count(1)), start: optional(count(1)) })),
  objective: optional(
    object({
      slowdown: optional(
        z.number({ error: 'a number above 1' }).check(z.refine((value) => value > 1, { error: 'a number above 1' })),
      ),
      firstByteMs: optional(byLane),
    }),
  ),
  mode: optional(mode),
});

const gateOptions = object({
  fetch: optional(functionOf<typeof globalThis.fetch>()),
  now: optional(functionOf<() => number>()),
  mode: optional(mode),
  defaults: optional(callOptions),
  budgets: optional(budgets),
  ledger: optional(
    z.custom<Ledger>((value) => typeof (value as Ledger | null)?.reserve === 'function', {
      error: 'a ledger, such as await openFileLedger({ dir })',
    }),
  ),
  onLedgerError: optional(oneOf(['allow', 'deny'])),
  onUnmetered: optional(oneOf(['record', 'deny'])),
  cache: optional(z.union([flag, cache], { error: 'true, false or an object' })),
  coalesce: optional(
    z.union([flag, object({ by: optional(text), mode: optional(mode) })], { error: 'true, false or an object' }),
  ),
  promptCache: optional(
    z.union(
      [
        flag,
        object({
          ttl: optional(oneOf(['auto', '5m', '1h'])),
          maxLoss: optional(share),
          maxPrefixes: optional(count(1)),
          adviceText: optional(flag),
          mode: optional(mode),
        }),
      ],
      { error: 'true, false or an object' },
    ),
  ),
  routes: optional(routes),
  rules: optional(
    z.array(object({ where: textMap, residency: optional(text), value: optional(worth), lane: optional(lane) }), {
      error: 'an array of rules',
    }),
  ),
  lanes: optional(z.union([flag, lanes], { error: 'true, false or an object' })),
  embeddings: optional(
    z.union(
      [
        flag,
        object({
          windowMs: optional(count(0)),
          maxInputs: optional(count(1)),
          maxTokens: optional(count(1)),
          maxInputTokens: optional(count(1)),
          mode: optional(mode),
        }),
      ],
      { error: 'true, false or an object' },
    ),
  ),
  regions: optional(textMap),
  airGapped: optional(z.union([flag, z.array(text)], { error: 'true, false or an array of hosts' })),
  prices: optional(
    z.custom<PriceOverrides>((value) => typeof value === 'object' && value !== null, {
      error: 'an object of prices by model',
    }),
  ),
  aliases: optional(textMap),
  providers: optional(textMap),
  unaskedServiceTier: optional(oneOf(['priority', 'flex'])),
  tokenizer: optional(flag),
  countTokens: optional(flag),
  exposeHeaders: optional(flag),
  credentialScope: optional(functionOf<(headers: Headers) => string>()),
  records: optional(object({ path: text, maxBytes: optional(count(1024)), keep: optional(count(0)) })),
  recordText: optional(flag),
  openTelemetry: optional(
    z.custom<NonNullable<GateOptions['openTelemetry']>>(
      (value) => typeof (value as { trace?: unknown } | null)?.trace === 'object',
      { error: 'the module @opentelemetry/api' },
    ),
  ),
  onWarning: optional(functionOf<(warning: Warning) => void>()),
});

/**
 * Checks the options of `createGate`.
 * @throws TypeError that names the option, what was expected and what came.
 */
export function checkGateOptions(options: unknown): GateOptions {
  return check(gateOptions, options, 'createGate');
}

/** Checks per-call options. @throws TypeError as {@link checkGateOptions}. */
export function checkCallOptions(options: unknown): CallOptions {
  return check(callOptions, options, 'gate.options');
}

/** Checks what `gate.update` was given. @throws TypeError as {@link checkGateOptions}. */
export function checkGateUpdate(update: unknown): GateUpdate {
  return check(object({ budgets: optional(budgets), routes: optional(routes) }), update, 'gate.update');
}

/** Checks what `gate.outcome` was given. @throws TypeError as {@link checkGateOptions}. */
export function checkOutcome(outcome: unknown): ToldOutcome {
  return check(object({ good: flag, value: optional(share) }), outcome, 'gate.outcome');
}

const tagScope = object({
  tags: textMap.check(
    z.refine((tags) => Object.keys(tags).length > 0, { error: 'an object with at least one tag and its value' }),
  ),
});

/** Checks a scope of tags. @throws TypeError as {@link checkGateOptions}; also for no tags, which would mean everything */
export function checkTagScope(scope: unknown, door: string): { readonly tags: Readonly<Record<string, string>> } {
  return check(tagScope, scope, door);
}

/** Checks what `gate.stop` was given. @throws TypeError as {@link checkTagScope} */
export function checkStopScope(scope: unknown): 'all' | { readonly tags: Readonly<Record<string, string>> } {
  return scope === 'all' ? 'all' : checkTagScope(scope, 'gate.stop');
}

function check<Schema extends z.core.$ZodType>(schema: Schema, value: unknown, door: string): z.core.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues);
  const keys = issue?.code === 'unrecognized_keys' ? ` \`${issue.keys.join('`, `')}\`` : '';
  const path = (issue?.path ?? []).reduce<string>(
    (all, key) => (typeof key === 'number' ? `${all}[${key}]` : all ? `${all}.${String(key)}` : String(key)),
    '',
  );
  const got = keys || describe(valueAt(value, issue?.path ?? []));
  throw new TypeError(
    `${door}: expected ${path ? `\`${path}\`` : 'the options'} to be ${issue?.message ?? 'valid'}, got ${got.trim()}.`,
  );
}

/** A union says only that nothing fitted; the branch that got furthest says why. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const [issue] = issues;
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .map((branch) => deepest(branch))
    .find((each) => each && (each.path.length > 0 || each.code === 'unrecognized_keys'));
  return inner ? { ...inner, path: [...issue.path, ...inner.path] } : issue;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

/** Shows small values and hides long ones: an option may hold a secret by mistake. */
function describe(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return `${value} (number)`;
  if (typeof value === 'string')
    return value.length <= 24 ? `'${value}' (string)` : `a string of ${value.length} characters`;
  return Array.isArray(value) ? 'an array' : typeof value;
}
