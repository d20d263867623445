import type { PriceOverride } from '../pricing/price-overrides.js';
import type { RouteScorer } from './decide.js';

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
  /** A scorer of your own: calls that score `threshold` or more go to the strongest target. */
  readonly scorer?: RouteScorer | undefined;
  /** Needed where there is a `scorer`. */
  readonly threshold?: number | undefined;
  /** From which `value` on a call goes to the strongest target, and up to which to the cheapest. @default 2 and 0.5 */
  readonly value?: { readonly high?: number | undefined; readonly low?: number | undefined } | undefined;
  /** Where a budget has less than this share of its limit left, calls go to the cheapest target. @default off */
  readonly stepDownBelow?: number | undefined;
  /** Where to go when the chosen target is down: anywhere that is allowed, only to stronger ones, or nowhere. @default 'any' */
  readonly fallback?: 'any' | 'stronger' | 'none' | undefined;
  /** `observe` records what it would have done. @default the gate's */
  readonly mode?: 'enforce' | 'observe' | undefined;
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
}
