import type { Ticket } from './consideration.js';
import { type Controller, createController } from './controller.js';
import type { ControllerOptions } from './controller-options.js';
import { seeded } from './seeded-random.js';

/** The error rate of a candidate, by its score. */
export type ErrorAt = (score: number) => number;

/** The time of all controllers under test; a test that moves it sets it back. */
export const clock = { atMs: 0 };
export const minuteMs = 60_000;

/** A controller whose judge does not err, and which serves only what is proved, unless told otherwise. */
export function controllerWith(options: Partial<ControllerOptions> = {}): Controller {
  return createController({
    fingerprint: 'test',
    run: 'run',
    judge: { falsePass: 0 },
    assurance: 'proven',
    random: seeded(1),
    now: () => clock.atMs,
    ...options,
  });
}

/** Sends candidates with uniform scores; verdicts come at once. */
export function feed(controller: Controller, candidates: number, errorAt: ErrorAt, seed = 7): { audits: number } {
  const random = seeded(seed);
  let audits = 0;
  for (let candidate = 0; candidate < candidates; candidate++) {
    const score = random();
    const failed = random() < errorAt(score);
    const { audit } = controller.consider(score);
    if (!audit) continue;
    audits++;
    controller.label(audit, failed);
  }
  return { audits };
}

export const never: ErrorAt = () => 0;
export const always: ErrorAt = () => 1;
export const goodFrom =
  (threshold: number): ErrorAt =>
  (score) =>
    score >= threshold ? 0 : 1;

/** The audit of a candidate that must be drawn. */
export function ticketOf(controller: Controller, score: number): Ticket {
  const { audit } = controller.consider(score);
  if (!audit) throw new Error('expected an audit');
  return audit;
}

/** The first audit that is drawn at a high score. */
export function firstTicket(controller: Controller): Ticket {
  for (let candidate = 0; candidate < 1000; candidate++) {
    const { audit } = controller.consider(0.9);
    if (audit) return audit;
  }
  throw new Error('expected an audit');
}
