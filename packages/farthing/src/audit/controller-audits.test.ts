import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditOutcome } from './audit-outcome.js';
import type { Ticket } from './consideration.js';
import type { Controller } from './controller.js';
import { clock, controllerWith, feed, minuteMs, never, ticketOf } from './controller.test-kit.js';
import { seeded } from './seeded-random.js';

describe('the audit coin', () => {
  it('falls alike for every score that is audited', () => {
    const controller = controllerWith({ assurance: 'guarded', strictThreshold: 0.5, maxErrorRate: 0.02 });
    const random = seeded(3);
    const drawn = [0, 0, 0, 0, 0];
    const seen = [0, 0, 0, 0, 0];
    for (let candidate = 0; candidate < 8000; candidate++) {
      const score = 0.5 + random() / 2;
      const bucket = Math.floor((score - 0.5) * 10);
      seen[bucket] = (seen[bucket] ?? 0) + 1;
      // Never labelled, so the rate stays what it is.
      const { audit } = controller.consider(score);
      if (audit) drawn[bucket] = (drawn[bucket] ?? 0) + 1;
      if (audit) controller.label(audit, candidate % 67 === 0);
    }
    const rates = drawn.map((count, bucket) => count / (seen[bucket] ?? 1));
    expect(Math.max(...rates) - Math.min(...rates)).toBeLessThan(0.04);
  });

  it('is thrown once for each audited candidate, and asks nothing about it', () => {
    let thrown = 0;
    const random = (): number => {
      thrown++;
      return 0.2;
    };
    const controller = controllerWith({ assurance: 'guarded', strictThreshold: 0.5, random });
    for (const score of [0.5, 0.7, 0.999, 12]) expect(controller.consider(score).audit).toBeDefined();
    expect(controller.consider(0.4).audit).toBeUndefined();
    expect(thrown).toBe(4);
  });

  it('can be held for all alike, and is held while too many audits wait', () => {
    const controller = controllerWith({ assurance: 'guarded', strictThreshold: 0, random: () => 0, maxPending: 3 });
    controller.throttle(0);
    expect(controller.consider(1).audit).toBeUndefined();
    controller.throttle(1);
    const drawn = [1, 1, 1, 1, 1].map((score) => controller.consider(score).audit);
    expect(drawn.filter(Boolean)).toHaveLength(3);
  });
});

describe('every audit that was drawn', () => {
  it('is told of once, whatever became of it: judged, late, dropped, or overtaken by an alarm', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('ok', 'fail', 'drop', 'wait', 'late', 'look'), { maxLength: 300 }),
        (steps) => {
          const told: AuditOutcome[] = [];
          const open: Ticket[] = [];
          const controller = controllerWith({
            assurance: 'guarded',
            strictThreshold: 0,
            random: () => 0,
            onAudit: (outcome) => told.push(outcome),
          });
          for (const [index, step] of steps.entries()) {
            const { audit } = controller.consider(0.5 + (index % 50) / 100, index % 3 === 0 ? 'tenant' : undefined);
            if (audit) open.push(audit);
            const ticket = step === 'late' ? open.pop() : step === 'look' ? undefined : open.shift();
            if (step === 'wait') clock.atMs += 20 * minuteMs;
            else if (ticket && step === 'drop') controller.drop(ticket);
            else if (ticket) controller.label(ticket, step === 'fail');
          }
          for (const ticket of open) controller.drop(ticket);
          clock.atMs += 20 * minuteMs;
          const drawn = controller.snapshot().nextId;
          expect(told.map(({ number }) => number).sort((one, other) => one - other)).toEqual([...Array(drawn).keys()]);
        },
      ),
      { seed: 3, numRuns: 100 },
    );
    clock.atMs = 0;
  });
});

describe('verdicts', () => {
  const start = (): Controller => {
    const controller = controllerWith({ maxErrorRate: 0.05, random: () => 0 });
    feed(controller, 300, never);
    return controller;
  };

  it('count in the order of their tickets, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), failed: fc.boolean() }), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.integer(),
        (audits, seed) => {
          const [inOrder, shuffled] = [start(), start()];
          const tickets = audits.map(({ score }) => [inOrder, shuffled].map((each) => each.consider(score).audit));
          audits.forEach(({ failed }, index) => {
            const ticket = tickets[index]?.[0];
            if (ticket) inOrder.label(ticket, failed);
          });
          const random = seeded(seed);
          const order = audits.map((_, index) => ({ index, at: random() })).sort((a, b) => a.at - b.at);
          for (const { index } of order) {
            const ticket = tickets[index]?.[1];
            if (ticket) shuffled.label(ticket, audits[index]?.failed ?? true);
          }
          expect(shuffled.snapshot()).toEqual(inOrder.snapshot());
        },
      ),
      { seed: 2, numRuns: 60 },
    );
  });

  it('of quick passes wait for an older audit that is still open', () => {
    const controller = start();
    const [slow, quick] = [controller.consider(0.999).audit, controller.consider(0.999).audit];
    if (!slow || !quick) throw new Error('expected audits');
    controller.label(quick, false);
    expect(controller.report()).toMatchObject({ pending: 2, audits: 0 });
    controller.label(slow, true);
    expect(controller.report()).toMatchObject({ pending: 0, audits: 2, failures: 1 });
  });

  it('count once, and the first stays', () => {
    const controller = start();
    const ticket = ticketOf(controller, 0.999);
    controller.label(ticket, false);
    controller.label(ticket, true);
    expect(controller.report()).toMatchObject({ audits: 1, failures: 0 });
  });

  it('that are ten minutes late are failures, and what comes after that is ignored', () => {
    clock.atMs = 0;
    const controller = start();
    const ticket = ticketOf(controller, 0.999);
    clock.atMs = 10 * minuteMs - 1;
    expect(controller.report()).toMatchObject({ pending: 1, failures: 0 });
    clock.atMs = 10 * minuteMs;
    // No timer: the next call finds it.
    controller.consider(0.1);
    controller.label(ticket, false);
    expect(controller.report().failures).toBe(1);
    clock.atMs = 0;
  });

  it('of an older epoch change nothing', () => {
    const controller = controllerWith({
      assurance: 'guarded',
      strictThreshold: 0,
      random: () => 0,
      maxErrorRate: 0.05,
    });
    const old: Ticket[] = [];
    while (controller.report().epoch === 0 && old.length < 200) {
      old.push(ticketOf(controller, 0.5));
      const ticket = ticketOf(controller, 0.5);
      // Every second ticket stays open behind the first, until the alarm.
      if (old.length === 1) controller.label(old[0] ?? ticket, true);
      controller.label(ticket, true);
      const open = old.at(-1);
      if (old.length > 100 && open) for (const each of old.slice(0, -1)) controller.label(each, true);
    }
    expect(controller.report().epoch).toBe(1);
    const before = controller.snapshot();
    for (const ticket of old) controller.label(ticket, true);
    expect(controller.snapshot()).toEqual(before);
  });
});
