import { describe, expect, it } from 'vitest';
import { describeBound } from './bound-words.js';
import { always, clock, controllerWith, feed, goodFrom, minuteMs, never } from './controller.test-kit.js';
import type { ControllerOptions } from './controller-options.js';
import { seeded } from './seeded-random.js';

describe("assurance 'proven'", () => {
  it('serves nothing until proved, then from the proved threshold on', () => {
    const controller = controllerWith({ maxErrorRate: 0.02 });
    feed(controller, 1000, goodFrom(0.6));
    expect(controller.report()).toMatchObject({ state: 'proving', threshold: undefined, failures: 0, estimate: 0 });
    expect(controller.inForce().servedFrom).toBe(Number.POSITIVE_INFINITY);

    feed(controller, 4000, goodFrom(0.6), 8);
    const report = controller.report();
    expect(report).toMatchObject({ state: 'proved', epoch: 0 });
    expect(report.threshold).toBeGreaterThanOrEqual(0.58);
    expect(report.threshold).toBeLessThan(0.7);
    expect(report.bound).toBeLessThanOrEqual(0.02);
    expect(controller.consider(1)).toMatchObject({ serve: true, proved: true });
    expect(controller.consider(0.5)).toMatchObject({ serve: false, proved: false });
  });

  it('needs about four clean audits over the error rate at best', () => {
    const controller = controllerWith({ maxErrorRate: 0.02 });
    // All scores alike: every threshold is the same, and every audit counts for all of them.
    let audits = 0;
    while (controller.report().state !== 'proved' && audits < 1000) {
      const { audit } = controller.consider(0.9);
      if (!audit) continue;
      audits++;
      controller.label(audit, false);
    }
    expect(audits).toBe(198);
  });

  it('keeps its promise on a curve that is flat just above the rate, however long it is looked at', () => {
    const runs = 100;
    let broken = 0;
    for (let run = 0; run < runs; run++) {
      const controller = controllerWith({ maxErrorRate: 0.05, random: seeded(run) });
      feed(controller, 2500, () => 0.0525, 1000 + run);
      if (controller.inForce().provedFrom !== Number.POSITIVE_INFINITY) broken++;
    }
    expect(broken / runs).toBeLessThanOrEqual(0.05);
  });

  it('says when nothing can be proved, and what was measured', () => {
    const controller = controllerWith({ maxErrorRate: 0.01 });
    feed(controller, 8000, () => 0.1);
    const report = controller.report();
    expect(report.state).toBe('unprovable');
    expect(report.audits).toBeGreaterThan(0);
    expect(describeBound(report)).toMatch(/^Cannot be proved at 1 %: measured \d/);
  });

  it('tries again a week after it gave up', () => {
    const controller = controllerWith({ maxErrorRate: 0.05 });
    feed(controller, 3000, always);
    expect(controller.report()).toMatchObject({ state: 'unprovable', epoch: 0 });
    clock.atMs = 7 * 24 * 60 * minuteMs - 1;
    feed(controller, 100, never);
    expect(controller.report().epoch).toBe(0);
    clock.atMs++;
    feed(controller, 1500, never);
    expect(controller.report()).toMatchObject({ state: 'proved', epoch: 1 });
    clock.atMs = 0;
  });

  it('stops asking for verdicts on candidates that nobody will serve', () => {
    const controller = controllerWith({ maxErrorRate: 0.05 });
    feed(controller, 5000, goodFrom(0.7));
    expect(controller.consider(0.3).audit).toBeUndefined();
    const { audits } = feed(controller, 4000, goodFrom(0.7), 9);
    // About a third of the candidates at 5 %.
    expect(audits).toBeLessThan(150);
  });
});

describe('odd inputs', () => {
  it('reports before the first candidate', () => {
    const report = controllerWith().report();
    expect(report).toMatchObject({ state: 'proving', audits: 0, failures: 0, estimate: undefined, bound: 1 });
    expect(report).toMatchObject({ scoresMissing: 300, nextProof: { audits: 0, need: 198 } });
    expect(describeBound(report)).toBe('Proving 2 %: 0 of about 198 clean audits; 0 failures seen.');
  });

  it('never serves a score that is no number', () => {
    const controller = controllerWith({ assurance: 'guarded', strictThreshold: 0.5, random: () => 0 });
    for (const score of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(controller.consider(score)).toMatchObject({ serve: false, proved: false, audit: undefined });
    expect(controller.report().scoresMissing).toBe(300);
  });

  it('treats tied scores alike', () => {
    const controller = controllerWith({ maxErrorRate: 0.05 });
    const random = seeded(6);
    const scores = [0.2, 0.5, 0.9];
    for (let candidate = 0; candidate < 4000; candidate++) {
      const score = scores[Math.floor(random() * 3)] ?? 0;
      const { audit } = controller.consider(score);
      if (audit) controller.label(audit, score === 0.2);
    }
    expect(controller.report()).toMatchObject({ state: 'proved', threshold: 0.5 });
    expect(controller.consider(0.5).serve).toBe(true);
    expect(controller.consider(0.2).serve).toBe(false);
  });

  it('works with a target near one quarter, and refuses one that says nothing', () => {
    for (const maxErrorRate of [0.19, 0.2, 0.2499, 0.25, 0.3]) {
      const controller = controllerWith({ maxErrorRate });
      feed(controller, 2000, goodFrom(0.5));
      expect(controller.report().state).toBe('proved');
      feed(controller, 30_000, () => 0.95, 5);
      expect(controller.report().epoch).toBeGreaterThan(0);
    }
    expect(() => controllerWith({ maxErrorRate: 0.5 })).toThrow(
      'maxErrorRate: expected a number above 0 and below 0.5',
    );
    expect(() => controllerWith({ judge: { falseFail: 0.5, falsePass: 0.1 } })).toThrow('judge: expected errors');
  });

  it.each<[Partial<ControllerOptions>, string]>([
    [{ assurance: 'guarded' }, 'strictThreshold: expected a number'],
    [{ delta: 0 }, 'delta: expected a number above 0 and below 1, got 0.'],
    [{ auditRates: { cruising: 0.01 } }, 'auditRates.cruising: expected at least 0.02, got 0.01.'],
    [{ auditRates: { proving: 2 } }, 'auditRates.proving: expected a share above 0, up to 1, got 2.'],
    [{ ticketTimeoutMs: 0 }, 'ticketTimeoutMs: expected a positive number, got 0.'],
    [{ maxErrorRate: Number.NaN }, 'maxErrorRate: expected'],
  ])('refuses %o', (options, message) => {
    expect(() => controllerWith(options)).toThrow(message);
  });
});
