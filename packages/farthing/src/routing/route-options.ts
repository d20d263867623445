import type { Judge } from '../audit/judge.js';
import type { Embedder } from '../cache/embedder.js';
import type { Lane } from '../lanes/lane-options.js';
import type { NanoUsd } from '../pricing/money.js';
import type { PriceOverride } from '../pricing/price-overrides.js';
import type { CascadeOptions } from './cascade/cascade-options.js';
import type { RouteScorer } from './decide.js';
import type { Grade } from './learning/quality.js';

/** What a request may need beyond text. */
export const capabilities = ['tools', 'vision', 'audio', 'files', 'jsonSchema', 'streaming', 'choices'] as const;

/** One of them: `choices` is more than one answer at once (`n`), `jsonSchema` a schema that the answer must fit. */
export type Capability = (typeof capabilities)[number];

/** The wire formats that a target may speak: OpenAI's (chat completions and Responses), or Anthropic's messages. */
export type TargetDialect = 'openai' | 'anthropic';

/** One of several equal servers of a target. */
export interface EndpointOptions {
  readonly url: string;
  /** How much of the traffic goes there, beside the others. @default 1 */
  readonly weight?: number | undefined;
}

/** One place to which a routed call can go. */
export interface TargetOptions {
  readonly model: string;
  /** Names the target in records, in `pin` and in `gate.explain`. @default the model */
  readonly name?: string | undefined;
  /** Fields that are set in the request, such as `{ reasoning_effort: 'low' }`; one that is `undefined` is taken out. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Another server that speaks the same dialect, as its own client would be given it. Several are a pool of equal ones.
   * @default where the call was going
   */
  readonly baseURL?: string | readonly (string | EndpointOptions)[] | undefined;
  /**
   * The key for `baseURL`. A function is asked when the target is used. Without one, a server at another origin gets none:
   * the caller's own key never goes there.
   */
  readonly apiKey?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** Where it computes, such as `'eu'`. @default what `regions`, or the host, says */
  readonly region?: string | undefined;
  /** @default the client's own; for a server at another origin, the gate's */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @default from `prices` or the catalogue, by the model's name */
  readonly price?: PriceOverride | undefined;
  /**
   * How long, in milliseconds, an answer may take to begin before the call goes to the next target. The last one that is
   * tried may take as long as its caller waits. @default no limit
   */
  readonly timeoutMs?: number | undefined;
  /** In tokens. @default the catalogue's */
  readonly contextWindow?: number | undefined;
  /** What it can and what it can't do. @default all but `audio`; the model that the caller named is taken at its word */
  readonly capabilities?: Readonly<Partial<Record<Capability, boolean | undefined>>> | undefined;
  /** What it speaks, where its name or host tells otherwise. @default by host, or by who makes the model */
  readonly dialect?: TargetDialect | undefined;
}

/** What happens to calls of one model. */
export interface RouteOptions {
  /** Cheapest first; the last one is the strongest. */
  readonly targets: readonly (string | TargetOptions)[];
  /** The share of conversations that goes to the strongest target while nothing else decides, 0 to 1. @default 1 */
  readonly targetStrongShare?: number | undefined;
  /**
   * The largest acceptable net loss of quality per call: that of always-strong minus that of the mix, above 0 and below 0.5.
   * As far as audits prove it, calls go to the cheapest target; until then, `targetStrongShare` holds. Learns as `learn` says.
   */
  readonly maxQualityLoss?: number | undefined;
  /** Learns from the route's own traffic which calls need the strongest target. Audits cost calls. @default false */
  readonly learn?: boolean | LearnOptions | undefined;
  /** A scorer of your own, in place of the one that is learned. */
  readonly scorer?: RouteScorer | undefined;
  /** Calls that score so much or more go to the strongest target. Needed for a `scorer` where the route does not learn. */
  readonly threshold?: number | undefined;
  /** From which `value` on a call goes to the strongest target, and up to which to the cheapest. @default 2 and 0.5 */
  readonly value?: { readonly high?: number | undefined; readonly low?: number | undefined } | undefined;
  /** Where a budget has less than this share of its limit left, calls go to the cheapest target. @default off */
  readonly stepDownBelow?: number | undefined;
  /** Where to go when the chosen target is down: anywhere that is allowed, only to stronger ones, or nowhere. @default 'any' */
  readonly fallback?: 'any' | 'stronger' | 'none' | undefined;
  /**
   * Cheap first: an answer of a cheaper target is read and checked before the caller gets it, and the strongest target is
   * asked where it does not pass. `true`: with the checks that cost nothing. @default false
   */
  readonly cascade?: boolean | CascadeOptions | undefined;
  /** `observe` records what it would have done. @default the gate's */
  readonly mode?: 'enforce' | 'observe' | undefined;
}

/** How a route learns. */
export interface LearnOptions {
  /** The share of calls for which the other target is asked as well, off the caller's path. @default 0.05 */
  readonly auditRate?: number | undefined;
  /** What these second answers may cost in a day. Beyond it nothing is audited. @default no limit of its own */
  readonly auditBudget?: NanoUsd | undefined;
  /**
   * Says whether the cheapest target's answer could have stood for the strongest one's. @default equal answers, or equal
   * JSON: whatever else differs counts as a loss
   */
  readonly judge?: Judge | undefined;
  /** Says how good an answer is, 0 to 1, in place of a `judge`: then the cheapest target's may also be the better one. */
  readonly grade?: Grade | undefined;
  /**
   * Names what a `judge`, a `grade` or a `scorer` takes from elsewhere: its prompt, its model, its data. Evidence is only taken
   * up under the same version and the same code of these functions: change it with them.
   */
  readonly version?: string | undefined;
  /** Where a file of `npx farthing train` is: it decides until the route's own outcomes say more. */
  readonly model?: string | undefined;
  /** A directory in which outcomes and evidence outlive a restart, for one process at a time. They hold no text. */
  readonly dir?: string | undefined;
  /** @default the semantic cache's, whose vectors are used; else none */
  readonly embedder?: Embedder | undefined;
  /** Uniform in [0, 1): the audit coin. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Routes by the model that callers name. */
export type RoutesOptions = Readonly<Record<string, RouteOptions>>;

/** What holds for all calls with some tag values, whatever they say themselves. */
export interface RuleOptions {
  /** Calls with all of these tag values. */
  readonly where: Readonly<Record<string, string>>;
  /** These calls never leave this region; a call's own `residency` holds as well. */
  readonly residency?: string | undefined;
  /** What a call is worth that does not say so itself; 1 is ordinary. */
  readonly value?: number | undefined;
  /** How urgent a call is that does not say so itself. */
  readonly lane?: Lane | undefined;
}
