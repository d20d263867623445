import { createHost, type Served } from './create-host.js';
import type { Engine } from './engine.js';
import type { ModelState } from './host.js';
import { createLlamaEngine } from './llama/llama-engine.js';
import { LocalError } from './local-error.js';
import { type FilePlan, type LocalOptions, type LocalPlan, type ModelPlan, planLocal } from './local-options.js';
import { pricePerMillion } from './pool/machine-price.js';
import { createMetrics } from './pool/metrics.js';
import { createModelPool, type ModelPool } from './pool/model-pool.js';
import { createQueue } from './pool/queue.js';
import { contextBytes, prepareModel } from './prepare-model.js';
import { createHandler } from './surface/handle.js';

/** Models that run here, behind a `fetch`. */
export interface Local {
  /**
   * Answers as OpenAI's and Anthropic's servers do, whatever the host in the address: give it to their clients, or to a target
   * of a route. It opens no connection.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Loads a model ahead of its first request. @throws LocalError that says why it can't be had */
  readonly ready: (model: string) => Promise<ReadyModel>;
  /** Unloads a model once its requests are done; with `force` at once: they fail with `shutting_down`. */
  readonly unload: (model: string, options?: { readonly force?: boolean }) => Promise<void>;
  readonly state: (model: string) => ModelState;
  /**
   * What a million tokens cost at the speed that was measured when the model was loaded, at the price of a machine hour, in dollars:
   * for `price` of a target, so that budgets and routes can reckon before an answer says what it really cost.
   * @throws LocalError where it has no `machineHour`, or nothing was measured
   */
  readonly price: (model: string) => Promise<TokenPrice>;
  /**
   * The model as a target of a route, with what a route has to know: `targets: [await local.target('local'), 'gpt-5']`. Loads it, to
   * know its context and its speed.
   * @throws LocalError that says why it can't be had
   */
  readonly target: (model: string) => Promise<LocalTarget>;
  /** What Prometheus is told at `/metrics`. */
  readonly metrics: () => string;
  /** Ends everything that runs, at once. */
  readonly close: () => Promise<void>;
}

/** A model that is loaded. */
export interface ReadyModel {
  readonly contextTokens: number;
  readonly slots: number;
  readonly threads?: number;
  readonly promptTokensPerSecond?: number;
  readonly outputTokensPerSecond?: number;
}

/** Dollars per million tokens, as decimal strings. */
export interface TokenPrice {
  readonly input: string;
  readonly output: string;
  readonly cacheRead: string;
}

/** What a gate's route takes as a target. */
export interface LocalTarget {
  readonly model: string;
  readonly fetch: typeof globalThis.fetch;
  /**
   * Where it computes, for residency and the air gap; `fetch` looks at the end of an address only. Absent where an engine of yours
   * does not say.
   */
  readonly baseURL?: string;
  /** `'local'`, for calls that may not leave the machine: only for models that run on it. */
  readonly region?: string;
  readonly contextWindow: number;
  readonly capabilities: {
    readonly vision: false;
    readonly audio: false;
    readonly files: false;
    readonly choices: false;
  };
  readonly dialect: 'openai';
  readonly price?: TokenPrice;
}

/**
 * Runs quantized models on this machine behind the clients that an application already has.
 * @throws TypeError that names the option, what was expected and what came
 * @example
 * ```ts
 * const local = createLocal({ models: { local: { file: 'models/small.gguf' } }, trust: { keys: ['models/team.pub.pem'] } });
 * const openai = new OpenAI({ apiKey: 'none', fetch: local.fetch });
 * ```
 */
export function createLocal(options: LocalOptions): Local {
  const plan = planLocal(options);
  const nowMs = (): number => performance.now();
  const engines = new Map<string, Engine>(plan.models.map((model) => [model.name, engineOf(model)]));
  const pool = createModelPool(
    plan.models.map(({ name, idleUnloadMs }) => ({ name, idleUnloadMs, engine: engineNamed(name) })),
    nowMs,
  );
  const served = new Map<string, Served>(
    plan.models.map((model) => [
      model.name,
      {
        plan: model,
        engine: engineNamed(model.name),
        queue: createQueue({ ...plan.queue, slots: model.slots, nowMs }),
      },
    ]),
  );
  const metrics = createMetrics();
  const host = createHost({ served, pool, metrics, nowMs, createdMs: Date.now() });
  const handle = createHandler(host, { bodyLimitBytes: plan.maxBodyBytes });

  function engineOf(model: ModelPlan): Engine {
    if ('engine' in model.runs) return model.runs.engine;
    return fileEngine(model.runs.file, model, plan, () => reservedBytes(plan, pool, model.name), nowMs);
  }

  function engineNamed(name: string): Engine {
    const engine = engines.get(name);
    if (!engine) throw new Error(`Expected an engine for each model, got none for one of them.`);
    return engine;
  }

  /** OpenAI's clients try a custom fetch on an address that needs no network. */
  const fetch: Local['fetch'] = async (input, init) => {
    if (String(input).startsWith('data:')) return new Response('');
    // A copy of a request can lose its signal (Node 20): it is passed on as it is.
    return handle(input instanceof Request && init === undefined ? input : new Request(input, init));
  };

  const ready = async (model: string): Promise<ReadyModel> => {
    const { facts, release } = await pool.lease(model, new AbortController().signal);
    release();
    const { contextTokens, slots, threads, speed } = facts;
    return { contextTokens, slots, ...(threads !== undefined && { threads }), ...speed };
  };

  return {
    fetch,
    ready,
    state: pool.state,
    unload: pool.unload,
    price: async (model) => {
      const price = priceOf(served.get(model)?.plan, await ready(model));
      if (price) return price;
      throw new LocalError(
        'invalid_request',
        'Expected a model with a `machineHour` that runs on this machine, got one without. Give it one, or write its price by hand.',
      );
    },
    target: async (model) => {
      const facts = await ready(model);
      const price = priceOf(served.get(model)?.plan, facts);
      return {
        model,
        fetch,
        ...placeOf(served.get(model)),
        contextWindow: facts.contextTokens,
        capabilities: { vision: false, audio: false, files: false, choices: false },
        dialect: 'openai',
        ...(price && { price }),
      };
    },
    metrics: host.metrics,
    close: async () => {
      const reason = new LocalError('shutting_down', 'Expected models that are open, but they were closed.');
      for (const { queue } of served.values()) queue.close(reason);
      await pool.close();
    },
  };
}

/** A model that something else runs is where that is. */
function placeOf(served: Served | undefined): Pick<LocalTarget, 'baseURL' | 'region'> {
  if (served && 'file' in served.plan.runs) return { baseURL: 'http://127.0.0.1/v1', region: 'local' };
  const baseURL = served?.engine.baseURL;
  return baseURL === undefined ? {} : { baseURL };
}

function priceOf(
  plan: ModelPlan | undefined,
  { promptTokensPerSecond, outputTokensPerSecond }: ReadyModel,
): TokenPrice | undefined {
  const hour = plan?.machineHour;
  if (hour === undefined || promptTokensPerSecond === undefined || outputTokensPerSecond === undefined)
    return undefined;
  const input = pricePerMillion(promptTokensPerSecond, hour);
  return { input, output: pricePerMillion(outputTokensPerSecond, hour), cacheRead: input };
}

/** llama.cpp on a file, looked at before each start. */
function fileEngine(
  file: FilePlan,
  { slots }: ModelPlan,
  { trust, onWarning }: LocalPlan,
  reserved: () => Promise<number>,
  nowMs: () => number,
): Engine {
  return createLlamaEngine({
    onWarning,
    nowMs,
    prepare: async (signal) => {
      const { path, contextTokens, checkAgain } = await prepareModel(
        file,
        { slots, trust, reservedBytes: await reserved() },
        signal,
      );
      const { threads, gpu, chatTemplate } = file;
      return {
        settings: { path, contextTokens, slots, threads, gpu, ...(chatTemplate !== undefined && { chatTemplate }) },
        checkAgain,
      };
    },
  });
}

/** What other loaded models have been promised and may not have touched yet: their contexts, in bytes. */
async function reservedBytes(plan: LocalPlan, pool: ModelPool, except: string): Promise<number> {
  const others = plan.models.filter(({ name }) => name !== except && pool.state(name) === 'ready');
  const bytes = await Promise.all(
    others.map(({ runs, slots }) => ('file' in runs ? contextBytes(runs.file, slots).catch(() => 0) : 0)),
  );
  return bytes.reduce((sum, each) => sum + each, 0);
}
