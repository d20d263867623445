import type { Ending, Engine, Piece, Work } from './engine.js';
import type { Ask, Host, ServedFacts, ServedPiece } from './host.js';
import { isLocalError } from './local-error.js';
import type { ModelPlan } from './local-options.js';
import { costOfWork } from './pool/machine-price.js';
import type { Metrics, Outcome } from './pool/metrics.js';
import type { ModelPool } from './pool/model-pool.js';
import type { Queue } from './pool/queue.js';
import { unknownModel } from './pool/unknown-model.js';
import { readAhead } from './read-ahead.js';

/** One model with all that stands around it. */
export interface Served {
  readonly plan: ModelPlan;
  readonly engine: Engine;
  readonly queue: Queue;
}

export interface HostParts {
  readonly served: ReadonlyMap<string, Served>;
  readonly pool: ModelPool;
  readonly metrics: Metrics;
  readonly nowMs: () => number;
  readonly createdMs: number;
}

const defaultLane = 'interactive';

/** A request's way: its model's queue, a lease of the model, the engine; and what it took, told in one place. */
export function createHost({ served, pool, metrics, nowMs, createdMs }: HostParts): Host {
  const find = (name: string): Served => {
    const found = served.get(name);
    if (!found) throw unknownModel(served.keys());
    return found;
  };

  /** Waits for a turn and a loaded model. @returns what gives both back */
  const enter = async ({ model, lane = defaultLane, signal }: Ask): Promise<() => void> => {
    const leaveQueue = await find(model).queue.enter(lane, signal);
    try {
      const { release } = await pool.lease(model, signal);
      return () => {
        release();
        leaveQueue();
      };
    } catch (error) {
      leaveQueue();
      throw error;
    }
  };

  const costOf = (model: ModelPlan, work: Work | undefined): Pick<ServedFacts, 'costPicoUsd'> =>
    work && model.machineHour !== undefined ? { costPicoUsd: costOfWork(work, model.machineHour) } : {};

  async function* run(
    ask: Ask,
    request: Parameters<Host['generate']>[1],
  ): AsyncGenerator<ServedPiece, void, undefined> {
    const { plan, engine } = find(ask.model);
    const asked = nowMs();
    let outcome: Outcome = 'aborted';
    let leave: (() => void) | undefined;
    try {
      leave = await enter(ask);
      const began = nowMs();
      let first: number | undefined;
      for await (const piece of engine.generate(request, ask.signal)) {
        first ??= nowMs();
        if (piece.kind !== 'end') {
          yield piece;
          continue;
        }
        leave();
        outcome = 'ok';
        yield end(piece, { queueMs: began - asked, promptMs: first - began, outputMs: nowMs() - first });
        return;
      }
      // It stopped without an end, which whoever reads takes for a failure.
      if (!ask.signal.aborted) outcome = 'failed';
    } catch (error) {
      outcome = outcomeOf(error, ask.signal);
      throw error;
    } finally {
      leave?.();
      metrics.count(ask.model, outcome);
    }

    function end(piece: Extract<Piece, { kind: 'end' }>, times: ServedFacts): ServedPiece {
      const facts = { ...times, ...costOf(plan, piece.work) };
      metrics.took(ask.model, piece satisfies Ending, facts, piece.work);
      return { ...piece, ...facts };
    }
  }

  /** Runs what has one answer. */
  const once = async <Result>(ask: Ask, run: (engine: Engine) => Promise<Result>) => {
    const asked = nowMs();
    let leave: (() => void) | undefined;
    try {
      leave = await enter(ask);
      const began = nowMs();
      const result = await run(find(ask.model).engine);
      metrics.count(ask.model, 'ok');
      return { result, times: { queueMs: began - asked, promptMs: nowMs() - began, outputMs: 0 } };
    } catch (error) {
      metrics.count(ask.model, outcomeOf(error, ask.signal));
      throw error;
    } finally {
      leave?.();
    }
  };

  return {
    models: () =>
      [...served.keys()].map((name) => {
        const contextTokens = pool.facts(name)?.contextTokens;
        return { name, createdMs, state: pool.state(name), ...(contextTokens !== undefined && { contextTokens }) };
      }),
    has: (model) => served.has(model),
    // A slot is for work, and not for a reader who takes its time.
    generate: (ask, request) => readAhead((signal) => run({ ...ask, signal }, request), ask.signal),
    embed: async (ask, texts) => {
      const { result, times } = await once(ask, (engine) => engine.embed(texts, ask.signal));
      const facts = { ...times, ...costOf(find(ask.model).plan, result.work) };
      metrics.took(ask.model, { promptTokens: result.promptTokens }, facts, result.work);
      return { ...result, ...facts };
    },
    countTokens: async (ask, prompt) => (await once(ask, (engine) => engine.countTokens(prompt, ask.signal))).result,
    health: () => {
      const models = Object.fromEntries([...served.keys()].map((name) => [name, pool.state(name)]));
      return { ok: Object.values(models).every((state) => state !== 'failed'), models };
    },
    metrics: () =>
      metrics.text(
        [...served].map(([model, { queue }]) => ({
          model,
          running: queue.running(),
          waiting: queue.waiting(),
          state: pool.state(model),
        })),
      ),
  };
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return 'aborted';
  return isLocalError(error) && error.status < 500
    ? 'refused'
    : isLocalError(error) && error.code === 'overloaded'
      ? 'refused'
      : 'failed';
}
