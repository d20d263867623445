import { describe, expect, it } from 'vitest';
import type { BoundReport } from './bound-report.js';
import { describeBound } from './bound-words.js';
import type { Controller } from './controller.js';
import { always, controllerWith, feed, firstTicket, goodFrom, never } from './controller.test-kit.js';
import type { ControllerOptions } from './controller-options.js';
import { seeded } from './seeded-random.js';

describe("assurance 'guarded'", () => {
  const guarded = (options: Partial<ControllerOptions> = {}): Controller =>
    controllerWith({ assurance: 'guarded', strictThreshold: 0.9, maxErrorRate: 0.05, ...options });

  it('serves from the first candidate on, unproved, and nothing below the strict threshold', () => {
    const controller = guarded();
    expect(controller.consider(0.9)).toMatchObject({ serve: true, proved: false });
    expect(controller.consider(0.89)).toMatchObject({ serve: false, proved: false });
    expect(controller.report()).toMatchObject({ state: 'unproved', threshold: 0.9, provedThreshold: undefined });
  });

  it('audits a quarter of what it serves, also before there is a grid', () => {
    const controller = guarded();
    let audits = 0;
    for (let candidate = 0; candidate < 290; candidate++) {
      const { audit } = controller.consider(0.95);
      if (audit) audits++;
    }
    expect(audits / 290).toBeGreaterThan(0.18);
    expect(audits / 290).toBeLessThan(0.32);
  });

  it('goes looser only where that is proved', () => {
    const controller = guarded();
    const random = seeded(4);
    for (let candidate = 0; candidate < 15_000; candidate++) {
      const score = random();
      const { serve, proved, audit } = controller.consider(score);
      if (serve && score < 0.9) expect(proved).toBe(true);
      if (audit) controller.label(audit, score < 0.6);
    }
    const report = controller.report();
    expect(report.state).toBe('proved');
    expect(report.threshold).toBeLessThan(0.7);
    expect(report.threshold).toBeGreaterThanOrEqual(0.58);
  });

  it('reports what it serves unproved by its own audits', () => {
    const controller = guarded();
    feed(controller, 400, never);
    const report = controller.report();
    expect(report).toMatchObject({ state: 'unproved', measuredAt: 0.9, failures: 0 });
    expect(report.audits).toBeGreaterThan(3);
    expect(report.audits).toBeLessThan(30);
    expect(describeBound(report)).toContain('Serving unproved from 0.9');
  });

  it('is revoked where the evidence turns, and then serves only what is proved', () => {
    const revoked: BoundReport[] = [];
    const controller = guarded({ onRevoked: (last) => revoked.push(last) });
    for (let block = 0; block < 50 && revoked.length === 0; block++) feed(controller, 10, always, block);
    expect(revoked).toHaveLength(1);
    expect(revoked[0]).toMatchObject({ epoch: 0, threshold: 0.9 });
    expect(controller.inForce().servedFrom).toBe(Number.POSITIVE_INFINITY);
    expect(controller.report()).toMatchObject({ state: 'revoked', epoch: 1 });

    feed(controller, 3000, never, 9);
    expect(controller.report()).toMatchObject({ state: 'proved', epoch: 1 });
    expect(controller.consider(0.99)).toMatchObject({ serve: true, proved: true });
  });
});

describe('drift', () => {
  it('revokes what was proved, tells once, and proves again', () => {
    const revoked: BoundReport[] = [];
    const controller = controllerWith({ maxErrorRate: 0.05, onRevoked: (last) => revoked.push(last) });
    feed(controller, 4000, goodFrom(0.5));
    expect(controller.report().state).toBe('proved');
    let candidates = 0;
    while (revoked.length === 0 && candidates < 20_000) {
      feed(controller, 100, () => 0.3, candidates);
      candidates += 100;
    }
    expect(candidates).toBeLessThan(5000);
    expect(revoked[0]).toMatchObject({ state: 'proved', epoch: 0 });
    expect(controller.report()).toMatchObject({ state: 'revoked', epoch: 1, threshold: undefined });
    expect(describeBound(controller.report())).toContain('serving paused');
    feed(controller, 4000, goodFrom(0.5), 3);
    expect(controller.report()).toMatchObject({ state: 'proved', epoch: 1 });
    expect(revoked).toHaveLength(1);
  });

  it('is looked for faster while failures come thick', () => {
    const controller = controllerWith({ maxErrorRate: 0.05 });
    feed(controller, 6000, goodFrom(0.5));
    const calm = feed(controller, 1000, goodFrom(0.5), 21).audits;
    const ticket = firstTicket(controller);
    controller.label(ticket, true);
    const alert = feed(controller, 60, goodFrom(0.5), 22).audits;
    expect(alert / 60).toBeGreaterThan((2 * calm) / 1000);
  });
});
