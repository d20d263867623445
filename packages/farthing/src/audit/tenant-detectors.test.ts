import { describe, expect, it } from 'vitest';
import type { AuditOutcome } from './audit-outcome.js';
import type { Controller } from './controller.js';
import { clock, controllerWith, minuteMs } from './controller.test-kit.js';
import type { ControllerOptions } from './controller-options.js';
import { seeded } from './seeded-random.js';
import type { PausedTenant } from './tenant-detectors.js';

const weekMs = 7 * 24 * 60 * minuteMs;
const guarded = (options: Partial<ControllerOptions> = {}): Controller =>
  controllerWith({ assurance: 'guarded', strictThreshold: 0.5, maxErrorRate: 0.02, ...options });

/** So many that go well that the mix keeps the bound, and one that does not. */
const good = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`good-${index}`, 0]));
const mix = { ...good, bad: 1 };

/** Serves candidates of tenants by turns, each with its own error rate. */
function serve(
  controller: Controller,
  candidates: number,
  errorRates: Readonly<Record<string, number>>,
  shareOf: (tenant: string) => number = () => 1,
): void {
  const random = seeded(11);
  const tenants = Object.entries(errorRates);
  for (let candidate = 0; candidate < candidates; candidate++)
    for (const [tenant, rate] of tenants) {
      if (random() >= shareOf(tenant)) continue;
      const { audit } = controller.consider(0.9, tenant);
      if (audit) controller.label(audit, random() < rate);
    }
}

describe('a tenant whose answers go wrong', () => {
  it('is paused while the others go on, though the mix keeps the bound', () => {
    const pauses: PausedTenant[] = [];
    const controller = guarded({ onTenantPaused: (pause) => pauses.push(pause) });
    serve(controller, 20_000, { good: 0, bad: 0.5 }, (tenant) => (tenant === 'bad' ? 0.02 : 1));
    expect(pauses).toMatchObject([{ tenant: 'bad', untilMs: weekMs }]);
    expect(controller.report()).toMatchObject({ epoch: 0, pausedTenants: [{ tenant: 'bad' }] });
    expect(controller.consider(0.9, 'bad')).toEqual({ serve: false, proved: false, paused: true, audit: undefined });
    expect(controller.consider(0.9, 'good').serve).toBe(true);
  });

  it('is served again after a week, and watched anew', () => {
    const controller = guarded({ random: () => 0 });
    serve(controller, 10, mix);
    clock.atMs = weekMs - 1;
    expect(controller.consider(0.9, 'bad').serve).toBe(false);
    clock.atMs = weekMs;
    expect(controller.consider(0.9, 'bad').serve).toBe(true);
    expect(controller.report().pausedTenants).toEqual([]);
    clock.atMs = 0;
  });

  it('stays paused, and suspected, over a restart', () => {
    const [first, second] = [guarded({ random: () => 0 }), guarded({ random: () => 0, run: 'second' })];
    serve(first, 10, mix);
    serve(first, 3, { ...mix, worse: 1 });
    second.restore(JSON.parse(JSON.stringify(first.snapshot())));
    expect(['bad', 'worse'].map(second.isPaused)).toEqual([true, false]);
    serve(second, 1, { ...good, worse: 1 });
    expect(second.isPaused('worse')).toBe(true);
  });

  it('is no tenant but the mix, where it makes up half of it', () => {
    const controller = guarded({ random: () => 0 });
    serve(controller, 3, { bad: 1 });
    expect(controller.report()).toMatchObject({ state: 'unproved', epoch: 0 });
    serve(controller, 1, { bad: 1 });
    expect(controller.report()).toMatchObject({ state: 'revoked', epoch: 1, pausedTenants: [] });
    serve(controller, 1000, { bad: 0 });
    expect(controller.report()).toMatchObject({ state: 'proved', epoch: 1 });
    expect(controller.consider(0.9, 'bad').serve).toBe(true);
  });

  it.each([
    ['is paused by a log, too', weekMs / 2, ['bad']],
    ['is not paused by a log that is older than a pause', 2 * weekMs, []],
  ])('%s', (_, laterMs, paused) => {
    const told: AuditOutcome[] = [];
    const first = guarded({ random: () => 0, onAudit: (outcome) => told.push(outcome) });
    serve(first, 10, mix);
    clock.atMs = laterMs;
    const pauses: PausedTenant[] = [];
    const second = guarded({ run: 'second', onTenantPaused: (pause) => pauses.push(pause) });
    for (let score = 0; second.warmUp(score); ) score += 0.001;
    for (const outcome of told) expect(second.replay(outcome)).toBe('counted');
    expect(second.report().pausedTenants.map(({ tenant }) => tenant)).toEqual(paused);
    expect(pauses.map(({ tenant }) => tenant)).toEqual(paused);
    expect(second.report().epoch).toBe(0);
    clock.atMs = 0;
  });

  it('is not forgotten for thousands of others', () => {
    const controller = guarded({ random: () => 0 });
    serve(controller, 10, mix);
    for (let other = 0; other < 3000; other++) serve(controller, 1, { [`tenant-${other}`]: 0 });
    expect(controller.consider(0.9, 'bad').paused).toBe(true);
    expect(controller.snapshot().tenants.suspects).toEqual([]);
  });
});

describe('an honest tenant', () => {
  it('is paused at most once in as many audits as the alarm stands for, however many tenants there are', () => {
    let [audits, paused] = [0, 0];
    for (let run = 0; run < 24; run++) {
      const controller = guarded({
        judge: { falsePass: 0 },
        random: () => 0,
        onTenantPaused: () => {
          paused++;
        },
      });
      const random = seeded(run);
      // At the rate itself, the worst that is allowed; the mix is made good by others.
      for (let tenant = 0; tenant < 50; tenant++)
        for (let candidate = 0; candidate < 100; candidate++) {
          const { audit } = controller.consider(0.9, `tenant-${tenant}`);
          if (!audit) continue;
          audits++;
          controller.label(audit, random() < 0.02);
          for (let other = 0; other < 2; other++) {
            const good = controller.consider(0.9, `good-${other}`).audit;
            if (good) controller.label(good, false);
          }
        }
    }
    expect(audits).toBeGreaterThan(100_000);
    expect(paused).toBeGreaterThan(0);
    expect(paused / audits).toBeLessThanOrEqual(1 / 100);
  });

  it('is not watched where nobody keeps tenants apart', () => {
    const controller = guarded({ random: () => 0 });
    for (let candidate = 0; candidate < 5; candidate++) {
      const { audit } = controller.consider(0.9);
      if (audit) controller.label(audit, candidate < 3);
    }
    expect(controller.snapshot().tenants).toEqual({ suspects: [], paused: [] });
  });
});
