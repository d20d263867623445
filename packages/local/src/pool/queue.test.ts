import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalError } from '../local-error.js';
import { createQueue, type Queue } from './queue.js';

const never = new AbortController().signal;
const queueOf = (options: Partial<Parameters<typeof createQueue>[0]> = {}): Queue =>
  createQueue({ slots: 1, maxQueued: 100, maxWaitMs: 1000, weights: {}, nowMs: () => Date.now(), ...options });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Fills the one slot, queues what `lanes` says and lets them run one after the other. @returns the order in which they ran */
async function order(queue: Queue, lanes: readonly string[]): Promise<string[]> {
  const first = await queue.enter('first', never);
  const ran: string[] = [];
  const all = lanes.map(async (lane) => {
    const leave = await queue.enter(lane, never);
    ran.push(lane);
    await Promise.resolve();
    leave();
  });
  first();
  await Promise.all(all);
  return ran;
}

describe('createQueue', () => {
  it('gives lanes turns by their weight, and starves none', async () => {
    const queue = queueOf({ weights: { interactive: 3, batch: 1 } });
    const ran = await order(queue, [...Array(12).fill('batch'), ...Array(12).fill('interactive')]);
    const first = ran.slice(0, 8);
    expect(first.filter((lane) => lane === 'interactive').length).toBeGreaterThanOrEqual(5);
    expect(first).toContain('batch');
    expect(ran).toHaveLength(24);
  });

  it('gives no lane more than its share, to a turn, for as long as others wait', async () => {
    const lanes = fc.uniqueArray(fc.record({ name: fc.string(), weight: fc.integer({ min: 1, max: 20 }) }), {
      minLength: 2,
      maxLength: 6,
      selector: ({ name }) => name,
    });
    await fc.assert(
      fc.asyncProperty(lanes, fc.integer({ min: 1, max: 40 }), async (all, turns) => {
        const queue = queueOf({
          maxQueued: 1000,
          weights: Object.fromEntries(all.map((each) => [each.name, each.weight])),
        });
        const ran = await order(
          queue,
          Array(turns)
            .fill(all.map(({ name }) => name))
            .flat(),
        );
        // Until the first lane has nothing left.
        const count = new Map(all.map(({ name }) => [name, 0]));
        for (const lane of ran) {
          const of = (count.get(lane) ?? 0) + 1;
          count.set(lane, of);
          for (const a of all)
            for (const b of all) {
              const lead = (count.get(a.name) ?? 0) / a.weight - (count.get(b.name) ?? 0) / b.weight;
              expect(lead).toBeLessThanOrEqual(1 / a.weight + 1 / b.weight + 1e-9);
            }
          if (of === turns) break;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('lets a lane that was idle save nothing up', async () => {
    const queue = queueOf({ weights: { busy: 1, idle: 1 } });
    for (let each = 0; each < 50; each += 1) (await queue.enter('busy', never))();
    const ran = await order(queue, ['busy', 'busy', 'busy', 'idle', 'idle', 'idle']);
    expect(ran.slice(0, 4).filter((lane) => lane === 'idle')).toHaveLength(2);
  });

  it('gives lanes without a weight one share together', async () => {
    const queue = queueOf({ weights: { interactive: 1 } });
    const names = Array.from({ length: 12 }, (_, at) => `made-up-${at}`);
    const ran = await order(queue, [...names, ...Array(12).fill('interactive')]);
    expect(ran.slice(0, 12).filter((lane) => lane === 'interactive').length).toBeGreaterThanOrEqual(5);
  });

  it('is first in, first out within a lane', async () => {
    const queue = queueOf();
    const leave = await queue.enter('a', never);
    const ran: number[] = [];
    const all = [1, 2, 3].map(async (each) => {
      const done = await queue.enter('a', never);
      ran.push(each);
      done();
    });
    leave();
    await Promise.all(all);
    expect(ran).toEqual([1, 2, 3]);
  });

  it('refuses what is too much, and says when to come back', async () => {
    const queue = queueOf({ maxQueued: 1 });
    const leave = await queue.enter('a', never);
    vi.advanceTimersByTime(4000);
    leave();
    await queue.enter('a', never);
    void queue.enter('a', never).catch(() => {});
    const refused = await queue.enter('a', never).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'overloaded', status: 503, retryAfterSeconds: 8 });
  });

  it('refuses what waited too long', async () => {
    const queue = queueOf();
    await queue.enter('a', never);
    const waiting = queue.enter('b', never);
    const told = expect(waiting).rejects.toMatchObject({ code: 'overloaded' });
    await vi.advanceTimersByTimeAsync(1001);
    await told;
    expect(queue.waiting()).toBe(0);
  });

  it('leaves on abort, and the turn goes to the next', async () => {
    const queue = queueOf();
    const leave = await queue.enter('a', never);
    const gone = new AbortController();
    const aborted = queue.enter('a', gone.signal);
    const next = queue.enter('a', never);
    gone.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    leave();
    (await next)();
    expect([queue.running(), queue.waiting()]).toEqual([0, 0]);
  });

  it('counts a turn once, however often it is ended', async () => {
    const queue = queueOf({ slots: 2 });
    const leave = await queue.enter('a', never);
    leave();
    leave();
    await queue.enter('a', never);
    expect(queue.running()).toBe(1);
  });

  it('refuses all that wait when it closes', async () => {
    const queue = queueOf();
    await queue.enter('a', never);
    const waiting = queue.enter('a', never);
    queue.close(new LocalError('shutting_down', 'closed'));
    await expect(waiting).rejects.toMatchObject({ code: 'shutting_down' });
  });

  it('never runs more at once than there are slots, whatever the lanes are called', async () => {
    vi.useRealTimers();
    const queue = queueOf({ slots: 3, maxQueued: 1000, maxWaitMs: 10_000 });
    let most = 0;
    await Promise.all(
      Array.from({ length: 300 }, async (_, each) => {
        const leave = await queue.enter(`lane-${each % 90}`, never);
        most = Math.max(most, queue.running());
        await new Promise((resolve) => setImmediate(resolve));
        leave();
      }),
    );
    expect(most).toBe(3);
    expect([queue.running(), queue.waiting()]).toEqual([0, 0]);
  });
});
