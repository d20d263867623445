import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lane, laneNames } from './lane-options.js';
import { createLaneQueue, type LaneQueue, type Waiting } from './lane-queue.js';

const item = (lane: Lane, sinceMs = 0, tenant = 'one', deadlineMs = Number.POSITIVE_INFINITY): Waiting => ({
  lane,
  tenant,
  sinceMs,
  deadlineMs,
});

function drain(queue: LaneQueue<Waiting>, nowMs: number, count = Number.POSITIVE_INFINITY): Waiting[] {
  const taken: Waiting[] = [];
  while (taken.length < count) {
    const next = queue.first(nowMs, false);
    if (!next) break;
    queue.take(next.item, next.isAged);
    taken.push(next.item);
  }
  return taken;
}

function filled(items: readonly Waiting[], ageMs = 1000): LaneQueue<Waiting> {
  const queue = createLaneQueue<Waiting>(ageMs);
  for (const each of items) queue.add(each);
  return queue;
}

describe('the queue of a lane', () => {
  it('goes by lane, and by arrival within one', () => {
    const [a, b, c, d] = [item('batch'), item('nearline'), item('interactive'), item('interactive')];
    expect(drain(filled([a, b, c, d]), 0)).toEqual([c, d, b, a]);
  });

  it('lets tenants take turns', () => {
    const items = ['a', 'a', 'a', 'b', 'c', 'c'].map((tenant) => item('batch', 0, tenant));
    expect(drain(filled(items), 0).map(({ tenant }) => tenant)).toEqual(['a', 'b', 'c', 'a', 'c', 'a']);
  });

  it('gives one slot in eight to calls that have come up by waiting', () => {
    const old = [item('batch', 0), item('nearline', 500)];
    const queue = filled([...old, ...Array.from({ length: 40 }, () => item('interactive', 2000))]);
    const order = drain(queue, 2000);
    expect([order.indexOf(old[0] as Waiting), order.indexOf(old[1] as Waiting)]).toEqual([7, 15]);
  });

  it('lets a batch that has waited one step come up to nearline, and no further', () => {
    const old = item('batch', 0);
    const own = Array.from({ length: 10 }, () => item('nearline', 1000));
    expect(drain(filled([old, ...own]), 1000).indexOf(old)).toBe(7);
    const people = Array.from({ length: 10 }, () => item('interactive', 1000));
    expect(drain(filled([old, ...people]), 1000).indexOf(old)).toBe(10);
  });

  it('offers what is kept for interactive calls to those, and to one whose turn has come', () => {
    const queue = filled([item('batch'), item('nearline')]);
    expect(queue.first(0, true)).toBeUndefined();
    expect(queue.first(0, false)?.item.lane).toBe('nearline');
    for (let count = 0; count < 8; count++) queue.add(item('interactive', 5000));
    drain(queue, 5000, 7);
    expect(queue.first(5000, true)).toMatchObject({ item: { lane: 'nearline' }, isAged: true });
  });

  it('takes out whoever is late, and knows the next deadline', () => {
    const [soon, later] = [item('batch', 0, 'a', 10), item('interactive', 0, 'b', 20)];
    const queue = filled([soon, later]);
    expect([queue.nextDeadlineMs(), queue.expired(9)]).toEqual([10, []]);
    expect([queue.expired(10), queue.nextDeadlineMs(), queue.size()]).toEqual([[soon], 20, 1]);
    expect([queue.expired(20), queue.nextDeadlineMs(), queue.size()]).toEqual([[later], Number.POSITIVE_INFINITY, 0]);
  });

  it('loses nobody and serves nobody twice, whoever comes, goes and leaves', () => {
    const command = fc.oneof(
      fc.record({
        do: fc.constant('add'),
        lane: fc.constantFrom(...laneNames),
        tenant: fc.constantFrom('a', 'b', 'c'),
        waits: fc.nat(50),
      }),
      fc.record({ do: fc.constant('take') }),
      fc.record({ do: fc.constant('leave'), at: fc.nat(30) }),
      fc.record({ do: fc.constant('expire') }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const queue = createLaneQueue<Waiting>(20);
        const waiting = new Set<Waiting>();
        const served = new Set<Waiting>();
        let nowMs = 0;
        for (const each of commands) {
          nowMs += 3;
          if ('lane' in each) {
            const added = item(each.lane, nowMs, each.tenant, nowMs + each.waits);
            queue.add(added);
            waiting.add(added);
          } else if ('at' in each) {
            const leaving = [...waiting][each.at];
            if (leaving) {
              expect(queue.remove(leaving)).toBe(true);
              waiting.delete(leaving);
            }
          } else if (each.do === 'expire') {
            const late = [...waiting].filter(({ deadlineMs }) => deadlineMs <= nowMs);
            expect(new Set(queue.expired(nowMs))).toEqual(new Set(late));
            for (const one of late) waiting.delete(one);
          } else {
            const next = queue.first(nowMs, false);
            expect(next !== undefined).toBe(waiting.size > 0);
            if (next) {
              expect(waiting.has(next.item) && !served.has(next.item)).toBe(true);
              queue.take(next.item, next.isAged);
              waiting.delete(next.item);
              served.add(next.item);
            }
          }
          expect(queue.size()).toBe(waiting.size);
          expect(Math.min(...[...waiting].map(({ deadlineMs }) => deadlineMs))).toBeGreaterThanOrEqual(
            queue.nextDeadlineMs(),
          );
        }
      }),
    );
  });
});
