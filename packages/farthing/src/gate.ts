import { createAlerts } from './budget/alerts.js';
import type { Balance } from './budget/ledger.js';
import { createMemoryLedger } from './budget/memory-ledger.js';
import { accountOf } from './budget/plan.js';
import { createRefinements } from './budget/refine.js';
import { budget } from './budget/stage.js';
import { coalesce } from './cache/coalesce.js';
import { exactCache } from './cache/exact.js';
import { createMemoryStore } from './cache/store.js';
import type { CallRecord } from './call-record.js';
import { dialects } from './dialects/all.js';
import { createEvents, type GateEvents } from './events.js';
import { createGuard } from './guarded-fetch.js';
import { createIds } from './ids.js';
import {
  type CacheOptions,
  type CallOptions,
  checkCallOptions,
  checkGateOptions,
  checkGateUpdate,
  type GateOptions,
  type GateUpdate,
} from './options.js';
import { compose, type Stage, timed } from './pipeline.js';
import { sha256 } from './platform.js';
import { createPriceBook, isStale } from './pricing/price-book.js';
import { loadedTokenizer } from './pricing/tokenizer.js';
import { provider } from './provider.js';
import { createRecents } from './recents.js';
import { record } from './record.js';
import { remember } from './remember.js';
import { createReporter, type Report } from './report.js';
import { createScopes, headerPrefix } from './scope.js';
import { createSinks } from './sinks.js';
import { createStops, type StopScope, stopSwitch } from './stop.js';
import { createWarn } from './warnings.js';
import { type WrappableClient, wrapClient } from './wrap-client.js';

/** The gate in front of every call to a model. Make one with {@link createGate}; one for a whole process is enough. */
export interface Gate {
  /**
   * The same client, with every call going through the gate.
   * @throws TypeError with advice when the client can't be guarded
   * @example const openai = gate.wrap(new OpenAI());
   */
  readonly wrap: <Client extends WrappableClient>(client: Client) => Client;
  /**
   * A guarded fetch for every SDK that takes one. What is no call to a model goes on byte for byte.
   * @example const openai = createOpenAI({ fetch: gate.fetch });
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Request options of any SDK that carry options of this call: retries and turns share its `maxCost`.
   * @param requestOptions the SDK's own request options, kept as they are
   * @throws TypeError that names option, expected and got
   * @example await openai.chat.completions.create(body, gate.options({ maxCost: usd('0.02'), tags: { tenant: 'acme' } }));
   */
  readonly options: <Options extends object = { readonly headers?: unknown }>(
    options: CallOptions,
    requestOptions?: Options & { readonly headers?: unknown },
  ) => Omit<Options, 'headers'> & { headers: Record<string, string> };
  /**
   * The same options for all that `body` calls, however deep: a web server sets its tenant once per request.
   * @throws TypeError that names option, expected and got
   */
  readonly run: <Result>(options: CallOptions, body: () => Result) => Result;
  /** Listens to an event; answers a function that stops listening. */
  readonly on: <Name extends keyof GateEvents>(name: Name, listener: (event: GateEvents[Name]) => void) => () => void;
  /** The record of a call by its `x-farthing-id`, once it is settled; `undefined` for one that is not, or no longer, known. */
  readonly call: (id: string) => Promise<CallRecord | undefined>;
  /** Resolves when every call has been read to its end, broken off or failed, and is in the report. */
  readonly idle: () => Promise<void>;
  /** Sums since the gate was created. */
  readonly report: () => Report;
  /** What a budget has left now, for one value of its `by` tag. @throws TypeError for a budget that does not exist */
  readonly balance: (budget: string, tagValue?: string) => Promise<Balance>;
  /** Changes limits while calls are running; what was spent stays spent. */
  readonly update: (update: GateUpdate) => void;
  /** Denies all calls of a scope at once; answers a function that lets them through again. */
  readonly stop: (scope: StopScope) => () => void;
  /** Removes stored answers that were given this cache tag; answers how many. */
  readonly invalidate: (cacheTag: string) => Promise<number>;
  /** Erases every stored answer of calls with all of these tag values; answers how many. */
  readonly forget: (scope: { readonly tags: Readonly<Record<string, string>> }) => Promise<number>;
  /** Flushes what is durable and closes the ledger. Without it the process still exits by itself. */
  readonly close: () => Promise<void>;
}

/** Options that were given; a default must not lose to an `undefined`. */
function defined<Options extends object>(
  options: Options,
): { [Key in keyof Options]?: Exclude<Options[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]?: Exclude<Options[Key], undefined>;
  }; // the same keys, fewer
}

/** Any form of headers as a plain object, lower case: what every SDK takes. */
function headersOf(headers: unknown): Record<string, string> {
  return headers === undefined || headers === null
    ? {}
    : Object.fromEntries(new Headers(headers as ConstructorParameters<typeof Headers>[0])); // a wrong form throws, as in the SDK
}

const dayMs = 86_400_000;
const cacheDefaults = { maxEntries: 10_000, maxBytes: 64 * 1024 * 1024, ttlMs: dayMs } as const;

/**
 * Creates a gate. With no options it only meters.
 *
 * @throws TypeError that names option, expected and got
 * @example
 * const gate = createGate({ cache: true, budgets: [{ name: 'day', limit: usd('20'), per: 'day' }] });
 * const openai = gate.wrap(new OpenAI());
 */
export function createGate(given: GateOptions = {}): Gate {
  const options = checkGateOptions(given);
  const now = options.now ?? Date.now;
  const clock = (): number => performance.now();
  const mode = options.mode ?? 'enforce';
  const warn = createWarn(options.onWarning);
  const events = createEvents(warn);
  const scopes = createScopes();
  const stops = createStops();
  const priceBook = createPriceBook({
    overrides: options.prices,
    aliases: options.aliases,
    providers: options.providers,
  });
  if (isStale(priceBook.asOf, now()))
    warn(
      'stale_prices',
      `The price catalogue is of ${priceBook.asOf}, more than 30 days ago: update farthing, or give \`prices\` of your own.`,
    );
  const ledger = options.ledger ?? createMemoryLedger({ now });
  let budgets = options.budgets ?? [];

  const reporter = createReporter(now());
  const recents = createRecents();
  const sinks = createSinks(options, { reporter, recents, events, warn });

  const cacheOptions: CacheOptions | undefined = options.cache === true ? {} : options.cache || undefined;
  const store = cacheOptions && createMemoryStore({ ...cacheDefaults, ...defined(cacheOptions), now });
  const coalesceOptions = options.coalesce === true ? {} : options.coalesce || undefined;
  const refine = createRefinements({
    tokenizer: options.tokenizer ?? true,
    countTokens: options.countTokens ?? false,
    send: options.fetch ?? globalThis.fetch,
  });

  // The way of a call, outermost first.
  const stages: readonly (readonly [string, Stage | undefined])[] = [
    ['record', record({ clock, recordText: options.recordText ?? false, emit: sinks.emit })],
    ['stop', stopSwitch(stops)],
    [
      'exactCache',
      cacheOptions &&
        store &&
        exactCache({
          store,
          ttlMs: cacheOptions.ttlMs ?? cacheDefaults.ttlMs,
          allow: cacheOptions.allow ?? [],
          mode: cacheOptions.mode ?? mode,
          warn,
        }),
    ],
    ['coalesce', coalesceOptions && coalesce({ mode: coalesceOptions.mode ?? mode })],
    [
      'budget',
      budget({
        budgets: () => budgets,
        ledger,
        priceBook,
        mode,
        onLedgerError: options.onLedgerError ?? 'deny',
        refine,
        tokenizer: loadedTokenizer,
        alerts: createAlerts((alert) => events.emit('alert', alert)),
        now,
        warn,
      }),
    ],
  ];
  const switchedOn = stages.flatMap(([name, stage]) => (stage ? [timed(name, stage, clock)] : []));

  const guard = createGuard({
    handle: (send) => compose(switchedOn, provider({ send, clock })),
    send: options.fetch,
    reader: {
      dialects,
      scopes,
      defaults: options.defaults ?? {},
      cacheTag: cacheOptions?.by,
      placeOf: priceBook.placeOf,
      credentialScope: options.credentialScope,
      now,
      nextId: createIds(),
      hashScope: remember(sha256, 1000),
      onForeignToken: () =>
        warn(
          'foreign_options',
          `A request carried an ${headerPrefix} header that this gate did not sign. It was taken out and ignored. Only gate.options() makes one, for calls through the same gate.`,
        ),
    },
    unmetered: { budgets: () => budgets, mode, onUnmetered: options.onUnmetered, stops, emit: sinks.emit, warn },
    exposeHeaders: options.exposeHeaders ?? false,
    recents,
    begin: sinks.begin,
  });

  // What a dead process had set aside was settled when the ledger was opened: tell who listens, once they can.
  if (options.ledger)
    queueMicrotask(
      () =>
        void ledger
          .recover()
          .then((all) => {
            for (const each of all) events.emit('assumed', each);
          })
          .catch(() => warn('ledger_error', 'The ledger could not be asked for holds of a dead process.')),
    );

  return {
    wrap: (client) => wrapClient(client, guard),
    fetch: guard.over(undefined),
    options: (callOptions, requestOptions) => {
      const { headers, ...rest } = requestOptions ?? {};
      // The cast: `rest` is `Options` without its headers, which a spread's type does not say.
      return {
        ...(rest as Omit<NonNullable<typeof requestOptions>, 'headers'>),
        headers: { ...headersOf(headers), [headerPrefix]: scopes.sign(checkCallOptions(callOptions)) },
      };
    },
    run: (callOptions, body) => scopes.run(checkCallOptions(callOptions), body),
    on: events.on,
    call: recents.find,
    idle: recents.idle,
    report: reporter.report,
    balance: async (name, tagValue) => {
      const found = budgets.find((each) => each.name === name);
      if (!found)
        throw new TypeError(
          `gate.balance: expected the name of a budget (${budgets.map((each) => each.name).join(', ') || 'there are none'}), got '${name}'.`,
        );
      const { claim, limitNanoUsd } = accountOf(found, tagValue, found.mode ?? mode, now());
      return ledger.balance({ ...claim, limitNanoUsd });
    },
    update: (update) => {
      budgets = checkGateUpdate(update).budgets ?? budgets;
    },
    stop: stops.stop,
    invalidate: async (cacheTag) => (await store?.remove((entry) => entry.cacheTags.includes(cacheTag))) ?? 0,
    forget: async ({ tags }) =>
      (await store?.remove((entry) => Object.entries(tags).every(([tag, value]) => entry.tags[tag] === value))) ?? 0,
    close: () => ledger.close(),
  };
}
