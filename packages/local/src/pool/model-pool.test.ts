import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../engine.js';
import { LocalError } from '../local-error.js';
import { createModelPool } from './model-pool.js';
import { patience } from './patience.js';

const never = new AbortController().signal;

/** An engine of which only loading is of interest: memory for `room` of them at a time. */
function engines(names: readonly string[], room = Number.POSITIVE_INFINITY, loadMs = 10) {
  const loaded = new Set<string>();
  const told: string[] = [];
  let loading = 0;
  let most = 0;
  const engine = (name: string): Engine => {
    const nothing = (): never => {
      throw new Error('not asked');
    };
    return {
      generate: nothing,
      embed: nothing,
      countTokens: nothing,
      load: async () => {
        if (!loaded.has(name)) {
          loading += 1;
          most = Math.max(most, loading);
          await new Promise((resolve) => setTimeout(resolve, loadMs));
          loading -= 1;
          if (loaded.size >= room) throw new LocalError('insufficient_memory', 'full', { retryAfterSeconds: 5 });
          loaded.add(name);
          told.push(`+${name}`);
        }
        return { contextTokens: 10, slots: 1 };
      },
      unload: async () => {
        if (loaded.delete(name)) told.push(`-${name}`);
      },
    };
  };
  const models = names.map((name) => ({ name, engine: engine(name), idleUnloadMs: 1000 }));
  return { models, told, most: () => most };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function use(pool: ReturnType<typeof createModelPool>, name: string, forMs = 0): Promise<void> {
  const lease = pool.lease(name, never);
  await vi.advanceTimersByTimeAsync(20);
  const { release } = await lease;
  await vi.advanceTimersByTimeAsync(forMs);
  release();
}

describe('createModelPool', () => {
  it('unloads a model only when nobody has used it for a while', async () => {
    const { models, told } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    const first = pool.lease('a', never);
    await vi.advanceTimersByTimeAsync(20);
    const { release } = await first;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(pool.state('a')).toBe('ready');
    release();
    await vi.advanceTimersByTimeAsync(999);
    expect(told).toEqual(['+a']);
    await vi.advanceTimersByTimeAsync(2);
    expect(told).toEqual(['+a', '-a']);
    expect(pool.state('a')).toBe('idle');
  });

  it('keeps a model longer that comes back soon after it was unloaded', async () => {
    const { models, told } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    for (let each = 0; each < 20; each += 1) {
      await use(pool, 'a');
      await vi.advanceTimersByTimeAsync(1500);
    }
    expect(told.filter((each) => each === '+a')).toHaveLength(2);
  });

  it('loads a model once, however many ask, and one model at a time', async () => {
    const { models, told, most } = engines(['a', 'b', 'c']);
    const pool = createModelPool(models, () => Date.now());
    const all = Promise.all(['a', 'b', 'a', 'c', 'b', 'a'].map((name) => pool.lease(name, never)));
    await vi.advanceTimersByTimeAsync(100);
    await all;
    expect(told).toEqual(['+a', '+b', '+c']);
    expect(most()).toBe(1);
  });

  it('makes room: what was used longest ago goes, what is in use stays', async () => {
    const { models, told } = engines(['a', 'b', 'c'], 2);
    const pool = createModelPool(models, () => Date.now());
    await use(pool, 'a');
    await use(pool, 'b');
    await use(pool, 'a');
    await use(pool, 'c', 10);
    expect(told).toEqual(['+a', '+b', '-b', '+c']);

    const leases = Promise.all([pool.lease('a', never), pool.lease('c', never)]);
    await vi.advanceTimersByTimeAsync(20);
    await leases;
    const refused = pool.lease('b', never).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    expect(await refused).toMatchObject({ code: 'insufficient_memory' });
    expect(pool.state('b')).toBe('failed');
  });

  it('waits with unloading until requests are done, unless it is told not to', async () => {
    const { models, told } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    const lease = pool.lease('a', never);
    await vi.advanceTimersByTimeAsync(20);
    const { release } = await lease;
    const unloaded = pool.unload('a');
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual(['+a']);
    release();
    await unloaded;
    expect(told).toEqual(['+a', '-a']);

    const other = pool.lease('a', never);
    await vi.advanceTimersByTimeAsync(20);
    await other;
    await pool.unload('a', { force: true });
    expect(told).toEqual(['+a', '-a', '+a', '-a']);
  });

  it('lets a caller leave while a model loads; the model loads on for others', async () => {
    const { models } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    const gone = new AbortController();
    const aborted = pool.lease('a', gone.signal);
    const stays = pool.lease('a', never);
    gone.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(20);
    expect((await stays).facts.contextTokens).toBe(10);
  });

  it('loads nothing once it is closed, and knows no other names', async () => {
    const { models } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    await pool.close();
    await expect(pool.lease('a', never)).rejects.toMatchObject({ code: 'shutting_down' });
    expect(() => pool.state('b')).toThrow(/to be one of those here \(a\)/);
  });
});

describe('a model that is asked for and left at odd moments', () => {
  it('is unloaded in time also where who asked left while it loaded', async () => {
    const { models, told } = engines(['a'], 1, 5000);
    const pool = createModelPool(models, () => Date.now());
    const gone = new AbortController();
    const aborted = pool.lease('a', gone.signal);
    await vi.advanceTimersByTimeAsync(1);
    gone.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    // It takes longer to load than it stays.
    await vi.advanceTimersByTimeAsync(5001);
    expect(pool.state('a')).toBe('ready');
    await vi.advanceTimersByTimeAsync(1001);
    expect(told).toEqual(['+a', '-a']);
  });

  it('is unloaded when it is told to, however many come after', async () => {
    const { models, told } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    const first = pool.lease('a', never);
    await vi.advanceTimersByTimeAsync(20);
    const { release } = await first;
    const unloaded = pool.unload('a');
    const later = pool.lease('a', never);
    const gone = new AbortController();
    const aborted = pool.lease('a', gone.signal);
    gone.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(100);
    release();
    await unloaded;
    expect(told).toEqual(['+a', '-a']);
    await vi.advanceTimersByTimeAsync(20);
    (await later).release();
    expect(told).toEqual(['+a', '-a', '+a']);
  });

  it('is unloaded at once where it was told to wait and then not to', async () => {
    const { models, told } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    const first = pool.lease('a', never);
    await vi.advanceTimersByTimeAsync(20);
    const { release } = await first;
    const waits = pool.unload('a');
    await pool.unload('a', { force: true });
    expect(told).toEqual(['+a', '-a']);
    release();
    await waits;
  });

  it('is not loaded once it is closed, also where room was being made for it', async () => {
    const { models, told } = engines(['a', 'b'], 1);
    const [, b] = models;
    const pool = createModelPool(models, () => Date.now());
    await use(pool, 'a');
    const lease = pool.lease('b', never).catch((error: unknown) => error);
    // The load that finds no room has begun; it is closed while the other one makes room.
    await vi.advanceTimersByTimeAsync(9);
    const load = vi.spyOn(b?.engine ?? expect.unreachable(), 'load');
    const first = models[0]?.engine ?? expect.unreachable();
    const unload = first.unload;
    let closed: Promise<void> | undefined;
    vi.spyOn(first, 'unload').mockImplementation(async () => {
      await Promise.resolve();
      closed ??= pool.close();
      await unload();
    });
    await vi.advanceTimersByTimeAsync(50);
    await closed;
    expect(await lease).toMatchObject({ code: 'shutting_down' });
    expect(load).not.toHaveBeenCalled();
    expect(told).toEqual(['+a', '-a']);
  });

  it('is left at once by who waits for a process that starts again', async () => {
    const { models } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    await use(pool, 'a');
    vi.spyOn(models[0]?.engine ?? expect.unreachable(), 'load').mockReturnValue(new Promise(() => {}));
    const gone = new AbortController();
    const aborted = pool.lease('a', gone.signal);
    await vi.advanceTimersByTimeAsync(1);
    gone.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    expect(pool.state('a')).toBe('ready');
  });

  it('makes room again where its process died and memory is short now', async () => {
    const { models, told } = engines(['a', 'b']);
    const [a] = models;
    const pool = createModelPool(models, () => Date.now());
    await use(pool, 'a');
    await use(pool, 'b');
    const load = a?.engine.load ?? expect.unreachable();
    vi.spyOn(a?.engine ?? expect.unreachable(), 'load').mockImplementation(async () => {
      if (!told.includes('-b')) throw new LocalError('insufficient_memory', 'full', { retryAfterSeconds: 5 });
      return load();
    });
    await use(pool, 'a');
    expect(told).toEqual(['+a', '+b', '-b']);
    expect(pool.state('a')).toBe('ready');
  });

  it('can be asked for again after an engine that could not be stopped', async () => {
    const { models } = engines(['a']);
    const pool = createModelPool(models, () => Date.now());
    await use(pool, 'a');
    vi.spyOn(models[0]?.engine ?? expect.unreachable(), 'unload').mockImplementationOnce(() => {
      throw new Error('stuck');
    });
    await expect(pool.unload('a')).rejects.toThrow('stuck');
    await use(pool, 'a');
    expect(pool.state('a')).toBe('ready');
  });
});

describe('patience', () => {
  it('never waits longer than a timer can', () => {
    const idleUnloadMs = 2 ** 31 - 1;
    expect(patience({ idleMs: idleUnloadMs, idleUnloadMs }, 1)).toBe(idleUnloadMs);
    expect(patience({ idleMs: 1000, idleUnloadMs: 1000 }, 999)).toBe(2000);
    expect(patience({ idleMs: 8000, idleUnloadMs: 1000 }, 999)).toBe(8000);
    expect(patience({ idleMs: 8000, idleUnloadMs: 1000 }, 8000)).toBe(4000);
  });
});
