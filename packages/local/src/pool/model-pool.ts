import type { Engine, EngineFacts } from '../engine.js';
import type { ModelState } from '../host.js';
import { isLocalError, LocalError } from '../local-error.js';
import { unlessAborted } from '../unless-aborted.js';
import { patience } from './patience.js';
import { unknownModel } from './unknown-model.js';

/** A model that can be loaded. */
export interface PooledModel {
  readonly name: string;
  readonly engine: Engine;
  /** How long nobody may ask for it before it is unloaded, in milliseconds; `Infinity` for never. */
  readonly idleUnloadMs: number;
}

/** A model in use: it stays loaded until `release`. */
export interface Lease {
  readonly facts: EngineFacts;
  readonly release: () => void;
}

/** Models that are loaded when they are asked for, and unloaded when nobody has asked for a while. */
export interface ModelPool {
  /** @throws LocalError where it can't be loaded; the signal's reason */
  readonly lease: (name: string, signal: AbortSignal) => Promise<Lease>;
  readonly state: (name: string) => ModelState;
  readonly facts: (name: string) => EngineFacts | undefined;
  /** Unloads it once nobody uses it, or at once: then requests under way fail with `shutting_down`. */
  readonly unload: (name: string, options?: { readonly force?: boolean }) => Promise<void>;
  /** Unloads everything at once, for good. */
  readonly close: () => Promise<void>;
}

interface Place extends PooledModel {
  leases: number;
  state: ModelState;
  facts: EngineFacts | undefined;
  usedAt: number;
  /** How long it stays now: longer where it was unloaded too early. */
  idleMs: number;
  idleSince: number | undefined;
  timer: NodeJS.Timeout | undefined;
  loading: Promise<EngineFacts> | undefined;
  unloading: Promise<void> | undefined;
  /** While it is to be unloaded and waits for its leases to end: new ones wait behind that, or it would never come. */
  draining: Promise<void> | undefined;
  /** Told when the last lease ends. */
  readonly onIdle: Set<() => void>;
}

/**
 * One model is loaded at a time: memory is looked at before, and two that load together would both count on the same. Where it
 * does not suffice, models that nobody uses make room, those first that were used longest ago.
 * @param nowMs a clock in milliseconds
 */
export function createModelPool(models: readonly PooledModel[], nowMs: () => number): ModelPool {
  const places = new Map<string, Place>(
    models.map((model) => [
      model.name,
      {
        ...model,
        leases: 0,
        state: 'idle',
        facts: undefined,
        usedAt: 0,
        idleMs: model.idleUnloadMs,
        idleSince: undefined,
        timer: undefined,
        loading: undefined,
        unloading: undefined,
        draining: undefined,
        onIdle: new Set(),
      },
    ]),
  );
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;

  const find = (name: string): Place => {
    const place = places.get(name);
    if (!place) throw unknownModel(places.keys());
    return place;
  };

  const load = (place: Place): Promise<EngineFacts> => {
    place.loading ??= inTurn(() => loadNow(place)).finally(() => {
      place.loading = undefined;
    });
    return place.loading;
  };

  /** Runs after what was asked before, whether that went well or not. */
  const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const mine = turn.then(run, run);
    turn = mine.catch(() => {});
    return mine;
  };

  async function loadNow(place: Place): Promise<EngineFacts> {
    await place.unloading?.catch(() => {});
    if (closed) throw closing();
    place.state = 'loading';
    if (place.idleSince !== undefined) place.idleMs = patience(place, nowMs() - place.idleSince);
    place.idleSince = undefined;
    try {
      place.facts = await loadMakingRoom(place);
      place.state = 'ready';
      // Who asked may have left meanwhile.
      unloadWhenIdle(place);
      return place.facts;
    } catch (error) {
      place.state = failedState(error);
      place.facts = undefined;
      throw error;
    }
  }

  async function loadMakingRoom(place: Place): Promise<EngineFacts> {
    for (;;) {
      if (closed) throw closing();
      try {
        return await place.engine.load();
      } catch (error) {
        const spare = mayFitLater(error) ? longestUnused(place) : undefined;
        if (!spare) throw error;
        await unloadNow(spare);
      }
    }
  }

  const longestUnused = (except: Place): Place | undefined =>
    [...places.values()]
      .filter((place) => place !== except && place.leases === 0 && place.state === 'ready')
      .toSorted((a, b) => a.usedAt - b.usedAt)[0];

  const unloadNow = (place: Place): Promise<void> => {
    clearTimeout(place.timer);
    place.unloading ??= stop(place).finally(() => {
      place.unloading = undefined;
    });
    return place.unloading;
  };

  async function stop(place: Place): Promise<void> {
    place.state = 'unloading';
    try {
      await place.engine.unload();
    } finally {
      place.state = 'idle';
      place.facts = undefined;
    }
  }

  const release = (place: Place): void => {
    place.leases -= 1;
    place.usedAt = nowMs();
    if (place.leases > 0) return;
    for (const tell of place.onIdle) tell();
    place.onIdle.clear();
    unloadWhenIdle(place);
  };

  function unloadWhenIdle(place: Place): void {
    clearTimeout(place.timer);
    if (place.leases > 0 || !Number.isFinite(place.idleMs)) return;
    place.timer = setTimeout(() => {
      if (place.leases > 0 || place.state !== 'ready') return;
      place.idleSince = nowMs();
      // What it failed with, its next start meets as well.
      unloadNow(place).catch(() => {});
    }, place.idleMs).unref();
  }

  const drain = async (place: Place): Promise<void> => {
    while (place.leases > 0) await new Promise<void>((resolve) => place.onIdle.add(resolve));
    await unloadNow(place);
  };

  return {
    state: (name) => find(name).state,
    facts: (name) => find(name).facts,
    lease: async (name, signal) => {
      if (closed) throw closing();
      const place = find(name);
      while (place.draining)
        await unlessAborted(
          place.draining.catch(() => {}),
          signal,
        );
      place.leases += 1;
      clearTimeout(place.timer);
      try {
        await place.unloading?.catch(() => {});
        signal.throwIfAborted();
        const facts = await unlessAborted(place.state === 'ready' ? again(place) : load(place), signal);
        let over = false;
        return {
          facts,
          release: () => {
            if (!over) release(place);
            over = true;
          },
        };
      } catch (error) {
        release(place);
        throw error;
      }
    },
    unload: async (name, { force = false } = {}) => {
      const place = find(name);
      if (force) return unloadNow(place);
      place.draining ??= drain(place).finally(() => {
        place.draining = undefined;
      });
      return place.draining;
    },
    close: async () => {
      closed = true;
      await Promise.all([...places.values()].map(unloadNow));
    },
  };

  /** Asked each time: the engine may have lost its process since, and answers at once where it has not. */
  async function again(place: Place): Promise<EngineFacts> {
    try {
      place.facts = await place.engine.load();
      return place.facts;
    } catch (error) {
      if (isLocalError(error) && error.code === 'insufficient_memory') return load(place);
      place.state = failedState(error);
      throw error;
    }
  }
}

function failedState(error: unknown): ModelState {
  return isLocalError(error) && error.code === 'shutting_down' ? 'idle' : 'failed';
}

function closing(): LocalError {
  return new LocalError('shutting_down', 'Expected models that are open, but they were closed.');
}

/** Whether it failed for want of memory that the machine has: what never fits drives nobody out. */
function mayFitLater(error: unknown): boolean {
  return isLocalError(error) && error.code === 'insufficient_memory' && error.retryAfterSeconds !== undefined;
}
