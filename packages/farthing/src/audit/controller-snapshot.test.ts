import { describe, expect, it } from 'vitest';
import { type Controller, createController } from './controller.js';
import type { ControllerOptions } from './controller-options.js';
import type { ControllerSnapshot } from './controller-snapshot.js';
import { seeded } from './seeded-random.js';

const controllerWith = (options: Partial<ControllerOptions> = {}): Controller =>
  createController({
    fingerprint: 'minilm, judge-1',
    run: 'run',
    assurance: 'proven',
    maxErrorRate: 0.05,
    judge: { falsePass: 0 },
    random: () => 0,
    now: () => 0,
    ...options,
  });

/** Sends candidates of which those below 0.5 fail; the verdict of the last so many never comes. */
function feed(controller: Controller, candidates: number, lost = 0, seed = 5): void {
  const random = seeded(seed);
  for (let candidate = 0; candidate < candidates; candidate++) {
    const score = random();
    const { audit } = controller.consider(score);
    if (audit && candidate < candidates - lost) controller.label(audit, score < 0.5);
  }
}

/** As from a file. */
const stored = (controller: Controller): unknown => JSON.parse(JSON.stringify(controller.snapshot()));

describe('a restart', () => {
  it('in the middle of an epoch goes on as if nothing had been', () => {
    const whole = controllerWith();
    feed(whole, 700);
    const restarted = controllerWith();
    expect(restarted.restore(stored(whole))).toBe('restored');
    expect(restarted.snapshot()).toEqual(whole.snapshot());
    feed(whole, 3000, 0, 6);
    feed(restarted, 3000, 0, 6);
    expect(restarted.snapshot()).toEqual(whole.snapshot());
    expect(restarted.report().state).toBe('proved');
  });

  it('keeps the scores of a warm-up that is not over', () => {
    const first = controllerWith();
    feed(first, 40);
    const { scoresMissing } = first.report();
    const second = controllerWith();
    second.restore(stored(first));
    expect(second.report().scoresMissing).toBe(scoresMissing);
  });

  it('counts audits without a verdict as failures, and their late verdicts not at all', () => {
    const first = controllerWith();
    feed(first, 400);
    const { audit } = first.consider(0.999);
    const later = first.consider(0.999).audit;
    if (!audit || !later) throw new Error('expected audits');
    // A verdict that waits behind an open audit is known, and stays.
    first.label(later, false);
    const before = first.report();
    const second = controllerWith();
    second.restore(stored(first));
    expect(second.report()).toMatchObject({
      pending: 0,
      audits: before.audits + 2,
      failures: before.failures + 1,
    });
    const snapshot = second.snapshot();
    second.label(audit, false);
    expect(second.snapshot()).toEqual(snapshot);
  });

  it('does not take its own lost audits for drift', () => {
    const first = controllerWith();
    feed(first, 4000);
    expect(first.report().state).toBe('proved');
    feed(first, 100, 100, 8);
    expect(first.report().pending).toBeGreaterThan(10);
    const second = controllerWith();
    second.restore(stored(first));
    expect(second.report()).toMatchObject({ state: 'proved', epoch: 0 });
  });

  it('remembers that serving was revoked', () => {
    const guarded = { assurance: 'guarded', strictThreshold: 0.2 } as const;
    const first = controllerWith(guarded);
    while (first.report().epoch === 0) {
      const { audit } = first.consider(0.3);
      if (audit) first.label(audit, true);
    }
    const second = controllerWith(guarded);
    second.restore(stored(first));
    expect(second.consider(0.9).serve).toBe(false);
    expect(second.report().state).toBe('revoked');
  });
});

describe('what was proved about something else', () => {
  const proved = controllerWith();
  feed(proved, 4000);

  it.each<[string, Partial<ControllerOptions>]>([
    ['another fingerprint', { fingerprint: 'minilm, judge-2' }],
    ['another error rate', { maxErrorRate: 0.04 }],
    ['another delta', { delta: 0.1 }],
    ['another judge', { judge: { falsePass: 0.1 } }],
  ])('is not taken over: %s', (_, options) => {
    const controller = controllerWith(options);
    expect(controller.restore(stored(proved))).toBe('foreign');
    expect(controller.report()).toMatchObject({ state: 'proving', threshold: undefined });
  });

  it('is forgotten when the fingerprint changes while running', () => {
    const controller = controllerWith();
    feed(controller, 4000);
    const ticket = controller.consider(0.99).audit;
    controller.reset('minilm, judge-2');
    expect(controller.report()).toMatchObject({ state: 'proving', epoch: 1, scoresMissing: expect.any(Number) });
    const before = controller.snapshot();
    if (ticket) controller.label(ticket, true);
    expect(controller.snapshot()).toEqual(before);
    expect(controllerWith().restore(before)).toBe('foreign');
  });
});

describe('a damaged snapshot', () => {
  const controller = controllerWith();
  feed(controller, 4000);
  const whole = controller.snapshot();
  const tests = whole.tests ?? { grid: [], audits: [], failures: [], alpha: [], proved: [] };

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'snapshot'],
    ['an earlier version', { ...whole, version: 1 }],
    ['a later version', { ...whole, version: 3 }],
    ['a shorter grid', { ...whole, tests: { ...tests, grid: tests.grid.slice(1) } }],
    ['a grid that rises', { ...whole, tests: { ...tests, grid: [...tests.grid].reverse() } }],
    ['more failures than audits', { ...whole, tests: { ...tests, failures: tests.audits.map((count) => count + 1) } }],
    ['a part of an audit', { ...whole, tests: { ...tests, audits: tests.audits.map((count) => count + 0.5) } }],
    ['a score that is none', { ...whole, recent: [null] }],
    ['a detector without evidence', { ...whole, detector: { twice: 1 } }],
    ['an audit of nothing', { ...whole, pending: [{ id: 1 }] }],
    ['a part of what was counted', { ...whole, known: { runs: [['run', 0, 0.5, 0]], forgottenUntilMs: null } }],
    ['a tenant without a pause', { ...whole, tenants: { suspects: [], paused: [{ tenant: 'a' }] } }],
    [
      'proofs without an audit',
      {
        ...whole,
        tests: {
          grid: tests.grid.map(() => 0.01),
          audits: tests.grid.map(() => 0),
          failures: tests.grid.map(() => 0),
          alpha: tests.grid.map(() => 0),
          proved: tests.grid.map(() => 1),
        },
      },
    ],
    ['more to spend than delta', { ...whole, tests: { ...tests, alpha: tests.alpha.map(() => 0.01) } }],
    ['more to spend than there was', { ...whole, tests: { ...tests, alpha: tests.alpha.map(() => 0.9) } }],
  ])('starts anew: %s', (_, damaged) => {
    const fresh = controllerWith();
    expect(fresh.restore(damaged)).toBe('impossible');
    expect(fresh.report()).toMatchObject({ state: 'proving', threshold: undefined, audits: 0 });
  });

  it('is told from a whole one', () => {
    const copy: ControllerSnapshot = structuredClone(whole);
    expect(controllerWith().restore(copy)).toBe('restored');
  });
});
