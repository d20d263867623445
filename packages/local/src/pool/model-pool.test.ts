import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../engine.js';
import { LocalError } from '../local-error.js';
import { createModelPool } from './model-pool.js';

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
          if (loaded.size >= room) throw new LocalError('insufficient_memory', 'full');
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
