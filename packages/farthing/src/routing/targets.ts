import type { Dialect, JsonObject } from '../dialects/dialect.js';
import type { Mode } from '../options.js';
import type { Price, PriceBook } from '../pricing/price.js';
import { parseOverride } from '../pricing/price-overrides.js';
import type { Warn } from '../warnings.js';
import type { CascadeOptions } from './cascade/cascade-options.js';
import type { RouteScorer } from './decide.js';
import type { LearnOptions, RouteOptions, RoutesOptions, TargetDialect, TargetOptions } from './route-options.js';

/** One server of a target. */
export interface Endpoint {
  /** `undefined`: where the call was going. */
  readonly baseURL: string | undefined;
  readonly weight: number;
}

/** A target with all that was left out put in. */
export interface Target {
  readonly name: string;
  readonly model: string;
  readonly params: JsonObject | undefined;
  readonly endpoints: readonly Endpoint[];
  readonly apiKey: TargetOptions['apiKey'];
  readonly region: string | undefined;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly price: Price | undefined;
  readonly timeoutMs: number | undefined;
  readonly contextWindow: number | undefined;
  readonly capabilities: NonNullable<TargetOptions['capabilities']>;
  /** Its route's: what its answers must pass, where it is not the strongest that may take a call. */
  readonly cascade: boolean | CascadeOptions | undefined;
}

/** A route, ready for use. */
export interface Route {
  readonly name: string;
  /** Cheapest first. */
  readonly targets: readonly Target[];
  /** Dialects of this provider's family go this way; `undefined`: all. */
  readonly family: string | undefined;
  readonly share: number;
  readonly scorer: RouteScorer | undefined;
  readonly threshold: number | undefined;
  /** `undefined`: it does not learn. */
  readonly learn: LearnOptions | undefined;
  readonly maxQualityLoss: number | undefined;
  readonly high: number;
  readonly low: number;
  readonly stepDownBelow: number | undefined;
  readonly fallback: NonNullable<RouteOptions['fallback']>;
  readonly mode: Mode | undefined;
}

/** What reading routes takes. */
export interface RouteReader {
  readonly dialects: readonly Dialect[];
  readonly priceBook: PriceBook;
  readonly nowMs: number;
  readonly warn: Warn;
}

/**
 * Routes out of options.
 * @throws TypeError for a target that speaks another dialect than its route, two of one name, or a price that can't be read
 */
export function readRoutes(routes: RoutesOptions, reader: RouteReader): ReadonlyMap<string, Route> {
  return new Map(Object.entries(routes).map(([name, options]) => [name, readRoute(name, options, reader)]));
}

function readRoute(name: string, options: RouteOptions, reader: RouteReader): Route {
  warnOfNoUse(name, options, reader.warn);
  const given = options.targets.map((each): TargetOptions => (typeof each === 'string' ? { model: each } : each));
  const option = `routes['${name}'].targets`;
  const targets = given.map((each, index) => targetOf(each, `${option}[${index}]`, options.cascade));
  checkAgreement(name, options, targets);
  const twice = targets.find((each, index) => targets.findIndex((other) => other.name === each.name) < index);
  if (twice)
    throw new TypeError(
      `createGate: expected \`${option}\` to have unique names, got '${twice.name}' twice. Give one of them a \`name\`.`,
    );
  return {
    name,
    targets,
    family: familyOf(name, given, option, reader),
    share: options.targetStrongShare ?? 1,
    scorer: options.scorer,
    threshold: options.threshold,
    learn: learnOf(options, targets.length),
    maxQualityLoss: options.maxQualityLoss,
    high: options.value?.high ?? 2,
    low: options.value?.low ?? 0.5,
    stepDownBelow: options.stepDownBelow,
    fallback: options.fallback ?? 'any',
    mode: options.mode,
  };
}

/** Where everything goes to the strongest target, there is nothing to check, and audits buy nothing. */
function warnOfNoUse(name: string, options: RouteOptions, warn: Warn): void {
  const { cascade, learn, maxQualityLoss, targetStrongShare = 1 } = options;
  if (targetStrongShare < 1 || maxQualityLoss !== undefined || !(cascade || learn)) return;
  const what = cascade ? 'is a cascade' : 'learns';
  warn(
    'routing_error',
    `Route '${name}' ${what} and sends every call to its strongest target: give it a \`targetStrongShare\` under 1, or a \`maxQualityLoss\`.`,
    `${name}/no use`,
  );
}

/** A single target leaves nothing to learn. */
function learnOf({ learn, maxQualityLoss }: RouteOptions, targets: number): LearnOptions | undefined {
  if (targets < 2) return undefined;
  if (typeof learn === 'object') return learn;
  return learn || maxQualityLoss !== undefined ? {} : undefined;
}

/** The second answer of `agreement` must be one that costs less than the strongest target's. */
function checkAgreement(route: string, { cascade }: RouteOptions, targets: readonly Target[]): void {
  const agreement = typeof cascade === 'object' ? cascade.agreement : undefined;
  if (typeof agreement === 'string' && !targets.slice(0, -1).some(({ name }) => name === agreement))
    throw new TypeError(
      `createGate: expected \`routes['${route}'].cascade.agreement\` to be true or the name of a target before the last, got '${agreement}'.`,
    );
}

function targetOf(given: TargetOptions, option: string, cascade: Target['cascade']): Target {
  const { model, name = model, baseURL, params, price } = given;
  const urls = baseURL === undefined || typeof baseURL === 'string' ? [baseURL] : baseURL;
  return {
    name,
    model,
    params,
    endpoints: urls.map((each) =>
      typeof each === 'object' ? { baseURL: each.url, weight: each.weight ?? 1 } : { baseURL: each, weight: 1 },
    ),
    apiKey: given.apiKey,
    region: given.region?.toLowerCase(),
    fetch: given.fetch,
    price: price && parseOverride('', model, price, `${option}.price`),
    timeoutMs: given.timeoutMs,
    contextWindow: given.contextWindow,
    capabilities: given.capabilities ?? {},
    cascade,
  };
}

/** The family of the strongest target whose dialect is known; all others must be of it. */
function familyOf(
  name: string,
  targets: readonly TargetOptions[],
  option: string,
  reader: RouteReader,
): string | undefined {
  const spoken = targets.map((target) => spokenBy(target, reader));
  const family = spokenBy({ model: name }, reader) ?? spoken.findLast((each) => each !== undefined);
  const odd = spoken.findIndex((each) => each !== undefined && each !== family);
  if (odd < 0) return family;
  throw new TypeError(
    `createGate: expected \`${option}[${odd}]\` to speak '${family}' like the rest of its route, got '${targets[odd]?.model}', which speaks '${spoken[odd]}'. Answers are not translated: route to models of one dialect, or, where this server speaks '${family}' too, say so with \`dialect: '${family}'\`.`,
  );
}

/** What a target speaks, as far as it can be told: by its own word, its host, or who makes the model. */
function spokenBy(
  { dialect, baseURL, model }: Pick<TargetOptions, 'dialect' | 'baseURL' | 'model'>,
  { dialects, priceBook, nowMs }: RouteReader,
): TargetDialect | string | undefined {
  if (dialect !== undefined) return dialect;
  const families = [...new Set(dialects.map(({ homeProvider }) => homeProvider))];
  const first = typeof baseURL === 'string' || baseURL === undefined ? baseURL : baseURL[0];
  const url = typeof first === 'object' ? first.url : first;
  // A server of somebody else's may speak anything, whatever it serves.
  if (url !== undefined) return families.find((family) => family === priceBook.placeOf(url)?.provider);
  return families.find((provider) => priceBook.find({ provider, model, atMs: nowMs }) !== undefined);
}
