import type { Ticket } from '../../audit/consideration.js';
import type { Controller } from '../../audit/controller.js';
import type { Judge } from '../../audit/judge.js';
import { auditStopped } from '../../auditor.js';
import type { Call, Completion } from '../../call.js';
import type { Warn } from '../../warnings.js';

/** One stored answer that is to be checked. */
export interface Check {
  readonly call: Call;
  /** What was asked. */
  readonly question: string;
  /** The text of the stored answer. */
  readonly stored: string;
  readonly entry: string;
  readonly ticket: Ticket;
}

/** Second opinions on stored answers, off the callers' path. */
export interface Audits {
  /** Checks an answer that was served: asks again, and lets the judge compare. */
  readonly askAgain: (check: Check) => void;
  /** Lets audits be drawn again, once there may be money for them. Asked before each draw. */
  readonly refresh: () => void;
  /** Checks an answer that was not served, by the fresh one that its caller got. */
  readonly compare: (check: Check, fresh: Completion) => void;
  /** Resolves when every check so far has its verdict. */
  readonly idle: () => Promise<void>;
  /** Begins no further audit, and takes back those that have no verdict yet, whatever it would have been. */
  readonly close: () => void;
}

/** What audits need. */
export interface AuditsOptions {
  readonly controller: Controller;
  readonly judge: Judge;
  /** Sends a call again at the gate's own expense; its own record tells the cost. Never rejects. */
  readonly ask: (call: Call) => Promise<Completion>;
  /** Removes an answer that was judged wrong. */
  readonly evict: (entry: string) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

/** Asked again at once; more wait. */
const atOnce = 2;
/** How often an audit is asked that the provider does not answer, before it counts as a failure. */
const tries = 3;

/** Where a budget has no room for audits, none is drawn for so long: lowered for all answers alike, none is favoured. */
const pauseMs = 600_000;
const denied = 402;

/** Runs checks, few at a time. A check that can't be finished counts as a failure: it must not be lost in silence. */
export function createAudits({ controller, judge, ask, evict, now, warn }: AuditsOptions): Audits {
  const waiting: Check[] = [];
  const asked = new Set<Check>();
  const running = new Set<Promise<void>>();
  let slots = atOnce;
  let pausedUntilMs = 0;
  const pause = (check: Check): void => {
    pausedUntilMs = now() + pauseMs;
    controller.throttle(0);
    for (const each of [check, ...waiting.splice(0)]) controller.drop(each.ticket);
  };

  const settle = async ({ question, stored, entry, ticket }: Check, fresh: string | undefined): Promise<void> => {
    let failed = true;
    try {
      failed = fresh === undefined || (await judge(question, fresh, stored, never)) !== 'ok';
    } catch (error) {
      warn('callback_error', `The judge of audits threw ${error instanceof Error ? error.name : typeof error}.`);
    }
    controller.label(ticket, failed);
    if (failed && fresh !== undefined) evict(entry);
  };
  const run = (work: Promise<void>): void => {
    const done = work.catch(() => {}).finally(() => running.delete(done));
    running.add(done);
  };
  const next = (): void => {
    const check = slots > 0 ? waiting.shift() : undefined;
    if (!check) return;
    slots--;
    asked.add(check);
    run(
      freshAnswer(ask, check.call)
        .then((fresh) => {
          if (fresh === auditStopped) return controller.drop(check.ticket);
          return fresh === denied ? pause(check) : settle(check, fresh);
        })
        .finally(() => {
          asked.delete(check);
          slots++;
          next();
        }),
    );
  };
  return {
    refresh: () => {
      if (pausedUntilMs === 0 || now() < pausedUntilMs) return;
      pausedUntilMs = 0;
      controller.throttle(1);
    },
    askAgain: (check) => {
      waiting.push(check);
      next();
    },
    close: () => {
      for (const check of [...waiting.splice(0), ...asked]) controller.drop(check.ticket);
    },
    compare: (check, fresh) => run(settle(check, textOf(fresh))),
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Judges end by themselves; no caller waits who could leave. */
const never = new AbortController().signal;

/** The text of a fresh answer, `undefined` where there is none to be had; or that a budget denied it, or a stop. */
async function freshAnswer(
  ask: AuditsOptions['ask'],
  call: Call,
): Promise<string | undefined | typeof denied | typeof auditStopped> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const completion = await ask(call);
    if (completion.error === auditStopped) return auditStopped;
    if (completion.httpStatus === denied) return denied;
    const text = textOf(completion);
    // What was refused for good (a denial, a bad request) is not asked again.
    if (text !== undefined || (completion.httpStatus >= 400 && completion.httpStatus < 429)) return text;
  }
  return undefined;
}

/** The text of an answer that ended well; at the caller's own length limit, too, where the stored one may have ended. */
function textOf({ status, httpStatus, answer }: Completion): string | undefined {
  const ended = answer && (answer.finished || answer.truncated);
  return status === 'complete' && httpStatus === 200 && ended ? answer.outputText() : undefined;
}
