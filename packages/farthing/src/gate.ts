import type { ReplaySummary } from './audit/log-replay.js';
import { replayInput } from './audit/replay-input.js';
import { auditBudgets, createAuditor } from './auditor.js';
import type { Batches } from './batch-jobs/batch-job-options.js';
import { loadBatchJobs } from './batch-jobs/batch-jobs-loader.js';
import { createAlerts } from './budget/alerts.js';
import type { Balance } from './budget/ledger.js';
import { createMemoryLedger } from './budget/memory-ledger.js';
import { accountOf } from './budget/plan.js';
import { createRefinements } from './budget/refine.js';
import { type BudgetStageOptions, budget } from './budget/stage.js';
import { coalesce } from './cache/coalesce.js';
import { exactCache } from './cache/exact.js';
import { loadSemanticCache } from './cache/semantic/semantic-loader.js';
import { createMemoryStore, type Entry } from './cache/store.js';
import { type CallRecord, hostOf } from './call-record.js';
import { defined } from './defined.js';
import { dialects } from './dialects/all.js';
import { ownValue } from './dialects/json.js';
import { loadEmbeddingBatches } from './embedding-batches/embedding-batches-loader.js';
import { createEvents, type GateEvents } from './events.js';
import type { Explanation } from './explain.js';
import { createGuard } from './guarded-fetch.js';
import { createIds } from './ids.js';
import { loadLanes } from './lanes/lanes-loader.js';
import {
  checkCallOptions,
  checkGateOptions,
  checkGateUpdate,
  checkOutcome,
  checkStopScope,
  checkTagScope,
} from './option-checks.js';
import type { CacheOptions, CallOptions, GateOptions, GateUpdate, ToldOutcome } from './options.js';
import { compose, type Stage, timed } from './pipeline.js';
import { airGapOf, placement } from './placement.js';
import { sha256 } from './platform.js';
import type { NanoUsd } from './pricing/money.js';
import { createPriceBook, isStale } from './pricing/price-book.js';
import { loadedTokenizer } from './pricing/tokenizer.js';
import { loadPromptCache } from './prompt-cache/prompt-cache-loader.js';
import { provider } from './provider.js';
import type { CallReader } from './read-call.js';
import { createRecents } from './recents.js';
import { record } from './record.js';
import { remember } from './remember.js';
import { createReporter, type Report } from './report.js';
import { plainHeaders } from './request-headers.js';
import { loadRouting } from './routing/routing-loader.js';
import { shareLeft } from './routing/share-left.js';
import { readRoutes } from './routing/targets.js';
import { createScopes, headerPrefix } from './scope.js';
import { createSinks } from './sinks.js';
import { createStops, type StopScope, stopSwitch } from './stop.js';
import { createWarn } from './warnings.js';
import { clientWith, sendOf, type WrappableClient, wrapClient } from './wrap-client.js';

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
  /**
   * Jobs of many requests at the provider's batch price, through this client: durable, asked of caches first, held under
   * budgets. Needs `batches: { dir }`.
   * @throws TypeError without `batches`, or for a client without `withOptions`
   * @example const job = await gate.batch(openai).submit(requests, { name: 'nightly-2026-11-28' });
   */
  readonly batch: (client: unknown) => Batches;
  /** Listens to an event; answers a function that stops listening. */
  readonly on: <Name extends keyof GateEvents>(name: Name, listener: (event: GateEvents[Name]) => void) => () => void;
  /** The record of a call by its `x-farthing-id`, once it is settled; `undefined` for one that is not, or no longer, known. */
  readonly call: (id: string) => Promise<CallRecord | undefined>;
  /**
   * How good the answer to a routed call turned out, by its `x-farthing-id`: a thumb, a test that ran, a ticket that was
   * closed. Routes with `learn` learn from it. It proves nothing, since whoever tells chooses what to tell.
   * @returns whether a route still remembers the call; each is told of once
   * @throws TypeError that names option, expected and got
   * @example await gate.outcome(id, { good: true });
   */
  readonly outcome: (id: string, outcome: ToldOutcome) => Promise<boolean>;
  /** Resolves when every call has been read to its end, broken off or failed, and is in the report. */
  readonly idle: () => Promise<void>;
  /** Sums since the gate was created. */
  readonly report: () => Report;
  /**
   * What would happen to a request, and why, without calling any model: the same arguments as {@link fetch}.
   * @example const { exact, semantic, budgets } = await gate.explain(url, { method: 'POST', headers, body });
   */
  readonly explain: (input: Parameters<typeof globalThis.fetch>[0], init?: RequestInit) => Promise<Explanation>;
  /** What a budget has left now, for one value of its `by` tag. @throws TypeError for a budget that does not exist */
  readonly balance: (budget: string, tagValue?: string) => Promise<Balance>;
  /** Changes budgets or routes while calls are running; what was spent stays spent. */
  readonly update: (update: GateUpdate) => void;
  /** Denies all calls of a scope at once; answers a function that lets them through again. */
  readonly stop: (scope: StopScope) => () => void;
  /** Removes stored answers that were given this cache tag; answers how many. */
  readonly invalidate: (cacheTag: string) => Promise<number>;
  /** Erases every stored answer of calls with all of these tag values; answers how many. */
  readonly forget: (scope: { readonly tags: Readonly<Record<string, string>> }) => Promise<number>;
  /** Removes one stored answer, by the `semantic.entry` of a record: it was wrong. Answers whether it was there. */
  readonly evict: (entry: string) => Promise<boolean>;
  /**
   * Begins with the evidence that a log already holds: takes in the verdicts on audited answers, so that a new process, or
   * another gate, need not prove anew what was proved. Hand in all records of a log, those of calls too (they tell which
   * scores there are), as objects or as lines of JSON, in any order; each audit counts once, however often it comes.
   *
   * The bound stays valid under these assumptions: the log's traffic is like that to come; and which part of a log is
   * handed in, and whether, has nothing to do with its verdicts. Audits are counted as they were drawn, not as lines come,
   * and none behind one that is missing, so that leaving out failures brings nothing.
   * @throws TypeError where the semantic cache is off, or for a plain string; what the iterable throws, or the stream of a
   *   readline interface fails with, and then nothing was counted
   * @example if (existsSync(path)) await gate.replayAudits(createInterface(createReadStream(path)));
   */
  readonly replayAudits: (records: Iterable<unknown> | AsyncIterable<unknown>) => Promise<ReplaySummary>;
  /** Flushes what is durable and closes the ledger. Without it the process still exits by itself. */
  readonly close: () => Promise<void>;
}

/** What is graded wins over good or not. */
function qualityOf({ good, value = good ? 1 : 0 }: ToldOutcome): number {
  return value;
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
  const routesOf = (given: GateOptions['routes']) =>
    readRoutes(given ?? {}, { dialects, priceBook, nowMs: now(), warn });
  let routes = routesOf(options.routes);
  const airGap = airGapOf(options.airGapped);
  const gateFetch = options.fetch ?? ((...request: Parameters<typeof fetch>) => globalThis.fetch(...request));
  const regionOf = (url: string, geo: string | undefined): string | undefined => {
    const host = hostOf(url);
    const { regions = {} } = options;
    return (ownValue(regions, host) ?? ownValue(regions, host.replace(/:\d+$/, '')) ?? geo)?.toLowerCase();
  };

  const reporter = createReporter(now());
  const recents = createRecents();
  const sinks = createSinks(options, { reporter, recents, events, warn });

  const cacheOptions: CacheOptions | undefined = options.cache === true ? {} : options.cache || undefined;
  const store = cacheOptions && createMemoryStore({ ...cacheDefaults, ...defined(cacheOptions), now });
  let erasures = 0;
  const coalesceOptions = options.coalesce === true ? {} : options.coalesce || undefined;
  const refine = createRefinements({
    tokenizer: options.tokenizer ?? true,
    countTokens: options.countTokens ?? false,
  });

  const alerts = createAlerts((alert) => events.emit('alert', alert));
  const budgetWith = (changes: Partial<BudgetStageOptions> = {}): Stage =>
    budget({
      budgets: () => budgets,
      ledger,
      priceBook,
      mode,
      onLedgerError: options.onLedgerError ?? 'deny',
      refine,
      tokenizer: loadedTokenizer,
      alerts,
      now,
      warn,
      ...changes,
    });
  const semanticOptions = cacheOptions?.semantic;
  const embedFetch: typeof fetch = (input, init) => guard.over(undefined, 'embedding')(input, init);
  const auditor = (name: string, limit: NanoUsd | undefined): ReturnType<typeof createAuditor> =>
    createAuditor({
      send: compose(
        [
          recordStage,
          routing.stage,
          placementStage,
          budgetWith({ budgets: () => auditBudgets(budgets, limit, name) }),
          ...(embeddingBatches ? [embeddingBatches.stage] : []),
          ...(lanes ? [lanes.stage] : []),
        ],
        send,
      ),
      isStopped: stops.covers,
      begin: sinks.begin,
      nextId,
      now,
    });
  const routing = loadRouting({
    routes: () => routes,
    cacheEmbedder: semanticOptions && {
      embedder: semanticOptions.embedder,
      embed: async (text) => (semantic ? semantic.embed(text) : Promise.reject(new Error('There is no cache.'))),
    },
    embedFetch,
    auditor: (route, limit) => auditor(`farthing.audits.${route}`, limit),
    onOutcome: sinks.emitOutcome,
    onRevoked: (route, report) => events.emit('routeRevoked', { route, ...report }),
    priceBook,
    placeOf: priceBook.placeOf,
    regionOf,
    send: gateFetch,
    airGap,
    mode,
    shareLeft: shareLeft({ budgets: () => budgets, ledger, mode, now }),
    now,
    warn,
  });
  const lanes =
    options.lanes &&
    loadLanes({
      options: options.lanes === true ? {} : options.lanes,
      mode,
      rules: options.rules ?? [],
      isStopped: stops.covers,
      accountOf: (headers) => reader.credentialScope(headers),
      hash: (text) => reader.hashScope(text),
      clock,
      now,
      warn,
    });
  const embeddingBatches =
    options.embeddings &&
    loadEmbeddingBatches({
      options: options.embeddings === true ? {} : options.embeddings,
      mode,
      rules: options.rules ?? [],
      tokenizer: options.tokenizer ?? true,
      hash: (text) => reader.hashScope(text),
      clock,
    });
  const placementStage = placement(airGap);
  const promptCache =
    options.promptCache &&
    loadPromptCache({ options: options.promptCache === true ? {} : options.promptCache, mode, priceBook, now });
  const recordStage = record({ clock, recordText: options.recordText ?? false, emit: sinks.emit });
  const send = provider({ clock, asksForUsage: mode === 'enforce' });
  const nextId = createIds();

  const semantic =
    cacheOptions && semanticOptions
      ? loadSemanticCache({
          options: semanticOptions,
          cache: cacheOptions,
          defaults: cacheDefaults,
          mode: cacheOptions.mode ?? mode,
          fetch: embedFetch,
          askAgain: auditor('farthing.audits', semanticOptions.auditBudget),
          erasures: () => erasures,
          now,
          warn,
          onRevoked: (last) => events.emit('revoked', last),
          onTenantPaused: (pause) => events.emit('tenantPaused', pause),
          onAudit: sinks.emitAudit,
        })
      : undefined;

  const stop = stopSwitch(stops);
  const exact =
    cacheOptions &&
    store &&
    exactCache({
      store,
      ttlMs: cacheOptions.ttlMs ?? cacheDefaults.ttlMs,
      allow: cacheOptions.allow ?? [],
      mode: cacheOptions.mode ?? mode,
      erasures: () => erasures,
      warn,
    });

  // The way of a call, outermost first.
  const stages: readonly (readonly [string, Stage | undefined])[] = [
    ['record', recordStage],
    ['stop', stop],
    ['exactCache', exact],
    ['coalesce', coalesceOptions && coalesce({ mode: coalesceOptions.mode ?? mode })],
    ['semanticCache', semantic?.stage],
    ['route', routing.stage],
    ['placement', placementStage],
    ['promptCache', promptCache ? promptCache.stage : undefined],
    ['budget', budgetWith()],
    ['embeddingBatch', embeddingBatches ? embeddingBatches.stage : undefined],
    ['lane', lanes ? lanes.stage : undefined],
  ];
  const switchedOn = stages.flatMap(([name, stage]) => (stage ? [timed(name, stage, clock)] : []));

  const reader: Omit<CallReader, 'purpose'> = {
    dialects,
    scopes,
    defaults: options.defaults ?? {},
    cacheTags: [cacheOptions?.by, coalesceOptions?.by].filter((tag) => tag !== undefined),
    placeOf: priceBook.placeOf,
    regionOf,
    rules: options.rules ?? [],
    unaskedTier: options.unaskedServiceTier,
    credentialScope: (headers) => {
      try {
        return options.credentialScope?.(headers);
      } catch (error) {
        // The credential itself then keeps entries apart: a hit may be lost, and no answer goes to the wrong account.
        warn(
          'callback_error',
          `\`credentialScope\` threw ${error instanceof Error ? error.name : typeof error}: the credential itself was used.`,
        );
        return undefined;
      }
    },
    now,
    nextId,
    hashScope: remember(sha256, 1000),
    onForeignToken: () =>
      warn(
        'foreign_options',
        `A request carried an ${headerPrefix} header that this gate did not sign. It was taken out and ignored. Only gate.options() makes one, for calls through the same gate.`,
      ),
  };
  const guard = createGuard({
    handle: compose(switchedOn, send),
    send: gateFetch,
    reader,
    unmetered: {
      budgets: () => budgets,
      mode,
      onUnmetered: options.onUnmetered,
      stops,
      airGap,
      emit: sinks.emit,
      warn,
    },
    exposeHeaders: options.exposeHeaders ?? false,
    recents,
    begin: sinks.begin,
  });

  const batchJobs =
    options.batches &&
    loadBatchJobs({
      options: options.batches,
      reader,
      stages: {
        record: recordStage,
        stop,
        exactCache: exact,
        semanticCache: semantic?.stage,
        placement: placementStage,
        budgetWith,
        budgets: () => budgets,
        ledger,
      },
      clientWith: (client, fetch) => clientWith(client, fetch ?? sendOf(client, guard) ?? gateFetch),
      sendOf: (client) => sendOf(client, guard) ?? gateFetch,
      now,
      warn,
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

  const erase = async (matches: (entry: Entry) => boolean): Promise<number> => {
    erasures++;
    return ((await store?.remove(matches)) ?? 0) + ((await semantic?.remove(matches)) ?? 0);
  };

  return {
    wrap: (client) => wrapClient(client, guard),
    fetch: guard.over(undefined),
    options: (callOptions, requestOptions) => {
      const { headers, ...rest } = requestOptions ?? {};
      // The cast: `rest` is `Options` without its headers, which a spread's type does not say.
      return {
        ...(rest as Omit<NonNullable<typeof requestOptions>, 'headers'>),
        headers: { ...plainHeaders(headers), [headerPrefix]: scopes.sign(checkCallOptions(callOptions)) },
      };
    },
    run: (callOptions, body) => scopes.run(checkCallOptions(callOptions), body),
    batch: (client) => {
      if (!batchJobs)
        throw new TypeError('gate.batch: expected createGate({ batches: { dir } }), got a gate without `batches`.');
      return batchJobs.through(client);
    },
    on: events.on,
    call: recents.find,
    idle: async () => {
      await recents.idle();
      await semantic?.idle();
      await routing.idle();
      await recents.idle(); // the audits' own calls
    },
    explain: async (input, init) => {
      // Loaded apart: it is asked for by people, not by calls.
      const { explain } = await import('./explain.js');
      return explain(
        {
          reader: { ...reader, purpose: 'call' },
          store,
          allow: cacheOptions?.allow ?? [],
          ttlMs: cacheOptions?.ttlMs ?? cacheDefaults.ttlMs,
          semanticTtlMs: semanticOptions && (semanticOptions.ttlMs ?? cacheOptions?.ttlMs ?? cacheDefaults.ttlMs),
          semantic,
          planOf: routing.plan,
          lanes: lanes || undefined,
          promptCache: promptCache || undefined,
          airGap,
          priceBook,
          budgets: () => budgets,
          ledger,
          mode,
          now,
        },
        input,
        init,
      );
    },
    report: () => ({
      ...reporter.report(),
      semantic: semantic?.loaded()?.bound(),
      routes: routing.report(),
      lanes: lanes ? lanes.report() : undefined,
      embeddings: embeddingBatches ? embeddingBatches.report() : undefined,
      promptCache: promptCache ? promptCache.report() : undefined,
    }),
    outcome: async (id, outcome) => routing.told(id, qualityOf(checkOutcome(outcome))),
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
      const checked = checkGateUpdate(update);
      routes = checked.routes ? routesOf(checked.routes) : routes;
      budgets = checked.budgets ?? budgets;
    },
    stop: (scope) => {
      const undo = stops.stop(checkStopScope(scope));
      if (lanes) lanes.stopped();
      return undo;
    },
    invalidate: (cacheTag) => erase((entry) => entry.cacheTags.includes(cacheTag)),
    replayAudits: async (records) => {
      if (!semantic)
        throw new TypeError('gate.replayAudits: expected `cache.semantic` to be on, got a gate without it.');
      return semantic.replay(replayInput(records));
    },
    evict: async (entry) => (await semantic?.evict(entry)) ?? false,
    forget: (scope) => {
      const tags = Object.entries(checkTagScope(scope, 'gate.forget').tags);
      return erase((entry) => tags.every(([tag, value]) => entry.tags[tag] === value));
    },
    close: async () => {
      await batchJobs?.close();
      if (lanes) await lanes.close();
      await semantic?.close();
      await routing.close();
      await ledger.close();
    },
  };
}
