import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { laneNames, planLanes } from './lane-options.js';
import { createLanePool, type LanePool, type Refusal, type Slot, type SlotRequest } from './lane-pool.js';
import type { RateReading } from './rate-budget.js';
import type { RateUnit } from './rate-headers.js';
import { type ManualClock, manualClock, requestOf } from './simulated-provider.test-kit.js';

const fixed = (limit: number, over = {}) =>
  planLanes({ limit: { min: limit, max: limit, start: limit }, ...over }, 'enforce');

function open(plan = fixed(2)): {
  clock: ManualClock;
  pool: LanePool;
  given: (Slot | Refusal)[];
  ask: (request?: Partial<SlotRequest>) => void;
} {
  const clock = manualClock();
  const pool = createLanePool({ plan, clock: clock.now, after: clock.after });
  const given: (Slot | Refusal)[] = [];
  return {
    clock,
    pool,
    given,
    ask: (request) => void pool.ask(requestOf(request?.lane ?? 'batch', request), (one) => void given.push(one)),
  };
}

const head = (status = 200, readings: readonly (readonly [RateUnit, RateReading])[] = [], retryAfterMs?: number) => ({
  status,
  readings: new Map(readings),
  retryAfterMs,
});
const slotsOf = (given: readonly (Slot | Refusal)[]): Slot[] => given.filter((one) => typeof one !== 'string');

describe('the calls to one provider, model and key', () => {
  it('go out as far as the limit goes, and the next when one is over', () => {
    const { given, ask, pool } = open();
    for (let count = 0; count < 4; count++) ask();
    expect([given.length, pool.report().queued.batch]).toEqual([2, 2]);
    slotsOf(given)[0]?.over();
    slotsOf(given)[0]?.over(); // once is enough
    expect([given.length, pool.report().inFlight]).toEqual([3, 2]);
  });

  it('leave room for interactive calls, as long as those come', () => {
    const { given, ask, pool, clock } = open(fixed(10));
    ask({ lane: 'interactive' });
    slotsOf(given)[0]?.over();
    for (let count = 0; count < 20; count++) ask();
    expect(pool.report().inFlight).toBe(9);
    ask({ lane: 'interactive' });
    expect(pool.report().inFlight).toBe(10);
    slotsOf(given)[1]?.over();
    expect(pool.report().inFlight).toBe(9);
    clock.runUntil(11_000);
    expect(pool.report().inFlight).toBe(10);
  });

  it('are denied at once where their lane is full, and when their time is up', () => {
    const { given, ask, clock } = open(fixed(1, { maxQueued: 2 }));
    ask();
    ask({ maxWaitMs: 50 });
    ask({ maxWaitMs: 20 });
    ask();
    expect(given.slice(1)).toEqual(['full']);
    ask({ lane: 'interactive', maxWaitMs: 10 });
    clock.runUntil(49);
    expect(given.slice(2)).toEqual(['late', 'late']);
    clock.runUntil(50);
    expect(given.length).toBe(5);
  });

  it('wait for as long as the provider asks, and all of them', () => {
    const { given, ask, pool, clock } = open(fixed(5));
    ask();
    slotsOf(given)[0]?.heard(head(429, [], 3000));
    slotsOf(given)[0]?.over();
    ask({ lane: 'interactive' });
    expect(pool.report()).toMatchObject({ refused: 1, pausedMs: 3000, inFlight: 0 });
    clock.runUntil(2999);
    expect(given.length).toBe(1);
    clock.runUntil(3000);
    expect(given.length).toBe(2);
  });

  it('are denied at once where the provider asks for more time than they have', () => {
    const { given, ask } = open(fixed(5));
    ask();
    slotsOf(given)[0]?.heard(head(429, [], 3000));
    slotsOf(given)[0]?.over();
    ask({ maxWaitMs: 2000 });
    expect(given.slice(1)).toEqual(['late']);
  });

  it('wait longer and longer where all are refused and nobody says for how long', () => {
    const { given, ask, clock, pool } = open(fixed(1));
    const pauses: number[] = [];
    for (let count = 0; count < 4; count++) {
      ask();
      clock.runUntil(clock.now() + 60_000);
      const slot = slotsOf(given).at(-1);
      slot?.heard(head(429));
      slot?.over();
      pauses.push(pool.report().pausedMs);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000]);
  });

  it('of one tenant that fill a lane make room for another’s, the last first, down to an equal share', () => {
    const { pool } = open(fixed(1, { maxQueued: 4 }));
    const ended: string[] = [];
    const ask = (tenant: string, name: string): void =>
      void pool.ask(requestOf('batch', { tenant }), (given) => {
        ended.push(typeof given === 'string' ? `${name} ${given}` : name);
        if (typeof given !== 'string') running = given;
      });
    let running: Slot | undefined;
    for (const name of ['m0', 'm1', 'm2', 'm3', 'm4', 'm5']) ask('many', name);
    for (const name of ['f1', 'f2', 'f3']) ask('few', name);
    expect(ended).toEqual(['m0', 'm5 full', 'm4 full', 'm3 full', 'f3 full']);
    for (let count = 0; count < 4; count++) running?.over();
    expect(ended.slice(5)).toEqual(['m1', 'f1', 'm2', 'f2']);
  });

  it('take no budget that the provider did not count: one that was turned away for its tokens holds up no other', () => {
    const { given, ask, pool } = open(fixed(5));
    const greedy = { requests: 1, tokens: 1e12, input: 0, output: 1e12 };
    ask();
    slotsOf(given)[0]?.heard(head(200, [['tokens', { remaining: 10_000, limit: 10_000, resetMs: 3_600_000 }]]));
    ask();
    ask({ needs: greedy });
    expect(pool.report().left).toEqual({ tokens: 0 });
    // One that was sent before it tells of a full bucket: the greedy one may be about to take it all, and no more than all.
    slotsOf(given)[1]?.heard(head(200, [['tokens', { remaining: 10_000, limit: 10_000, resetMs: 3_600_000 }]]));
    ask();
    expect([given.length, pool.report().left]).toEqual([3, { tokens: 0 }]);
    slotsOf(given)[2]?.heard(head(400));
    slotsOf(given)[2]?.over();
    expect(given.length).toBe(4);
  });

  it('slow down before the requests or tokens that are left run out', () => {
    const { given, ask, pool, clock } = open(fixed(100));
    ask({ lane: 'interactive' });
    slotsOf(given)[0]?.heard(
      head(200, [
        ['requests', { remaining: 3, limit: 60, resetMs: 57_000 }],
        ['tokens', { remaining: 1000, limit: 1000, resetMs: 1 }],
      ]),
    );
    for (let count = 0; count < 10; count++) ask({ lane: 'interactive' });
    expect(pool.report()).toMatchObject({ inFlight: 4, left: { requests: 0 } });
    clock.runUntil(2100);
    expect(pool.report().inFlight).toBe(6);
  });

  it('go out once each, whoever leaves, and never more at once than the limit', () => {
    const command = fc.oneof(
      fc.record({
        do: fc.constant('ask' as const),
        lane: fc.constantFrom(...laneNames),
        waits: fc.integer({ min: 1, max: 40 }),
      }),
      fc.record({ do: fc.constant('leave' as const), at: fc.nat(40) }),
      fc.record({ do: fc.constant('over' as const), at: fc.nat(8), status: fc.constantFrom(200, 200, 429, 500) }),
      fc.record({ do: fc.constant('time' as const), forMs: fc.nat(30) }),
      fc.record({ do: fc.constant('drop' as const) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 150 }), fc.integer({ min: 1, max: 6 }), (commands, limit) => {
        const clock = manualClock();
        const pool = createLanePool({ plan: fixed(limit, { ageMs: 15 }), clock: clock.now, after: clock.after });
        const waiting = new Map<number, () => void>();
        const answers: number[] = [];
        const running: Slot[] = [];
        let refused = 0;
        commands.forEach((each, index) => {
          if (each.do === 'ask') {
            answers[index] = 0;
            const leave = pool.ask(
              requestOf(each.lane, { maxWaitMs: each.waits, isStopped: () => index % 3 === 0 }),
              (given) => {
                answers[index] = (answers[index] ?? 0) + 1;
                waiting.delete(index);
                if (typeof given === 'string') refused++;
                else running.push(given);
              },
            );
            if (leave && answers[index] === 0) waiting.set(index, leave);
          } else if (each.do === 'leave') {
            const [index, leave] = [...waiting][each.at] ?? [];
            leave?.();
            if (index !== undefined) {
              answers[index] = 1;
              waiting.delete(index);
            }
          } else if (each.do === 'over') {
            const slot = running.splice(each.at % Math.max(1, running.length), 1)[0];
            slot?.heard(head(each.status, [], each.status === 429 ? 5 : undefined));
            slot?.over(each.status === 200 ? { kind: 'whole', firstByteMs: 5 } : undefined);
          } else if (each.do === 'time') clock.runUntil(clock.now() + each.forMs);
          else pool.drop('stopped');
          const { inFlight, queued } = pool.report();
          expect(inFlight).toBe(running.length);
          expect(inFlight).toBeLessThanOrEqual(limit);
          expect(queued.interactive + queued.nearline + queued.batch).toBe(waiting.size);
        });
        while (running.length > 0) running.shift()?.over();
        clock.runUntil(clock.now() + 1000);
        while (running.length > 0) running.shift()?.over();
        clock.runUntil(clock.now() + 1000);
        for (const count of answers) expect(count ?? 1).toBe(1);
        expect(refused).toBeLessThanOrEqual(answers.length);
      }),
    );
  });
});
