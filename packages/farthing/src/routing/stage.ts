import { contextOf } from '../budget/estimate.js';
import type { Call, Completion, Reply } from '../call.js';
import { hostOf } from '../call-record.js';
import { denialReply } from '../denial.js';
import type { Next, Stage } from '../pipeline.js';
import { costOf } from '../pricing/cost.js';
import type { Warn } from '../warnings.js';
import { type Breakers, retryAfterMs } from './breakers.js';
import { withKeyOf } from './leg.js';
import type { RouteFailure } from './route-decision.js';
import type { Attempt, Plan, Router } from './router.js';

/** What the route stage is made of. */
export interface RouteStageOptions {
  readonly router: Router;
  readonly breakers: Breakers;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

/**
 * Sends a call to the target that is chosen for it, and to the next one where that is down, as long as no byte has gone to
 * the caller. The last one's answer is the caller's, whatever it is: trying the same again is for the client, whose tries
 * are not multiplied.
 */
export function route({ router, breakers, now, warn }: RouteStageOptions): Stage {
  return async (call, next) => {
    const plan = await router.plan(call);
    if (!plan) return next(call);
    if (plan.isObserved && isOwnModel(plan)) {
      call.note({ kind: 'route', decision: plan.decision });
      return next(call);
    }
    if (plan.denial) {
      call.note({ kind: 'route', decision: plan.decision });
      return denialReply(call, plan.denial.code, plan.denial.message);
    }
    return tryAll(call, plan, next);
  };

  async function tryAll(call: Call, plan: Plan, next: Next): Promise<Reply> {
    const failed: RouteFailure[] = [];
    const waiting = [...askable(call, plan.attempts, failed)];
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      const leg = await withKeyOf(attempt.target, failed.length === 0 ? attempt.leg : afresh(attempt.leg));
      const isLast = waiting.length === 0;
      if (!leg) {
        failed.push(failureOf(attempt, 'no_key'));
        if (!isLast) continue;
        tell(call, plan, attempt, failed);
        return denialReply(call, 'no_target', `The \`apiKey\` of target '${attempt.target.name}' gave no key.`);
      }
      // Asked again: another call may have begun to try it meanwhile.
      if (!isLast && !breakers.allows(attempt.server)) {
        failed.push(failureOf(attempt, 'open'));
        continue;
      }
      breakers.began(attempt.server);
      const reply = await next(leg).catch((error: unknown): undefined => {
        // A caller who left is no failure of the server's.
        if (!call.signal?.aborted) breakers.failed(attempt.server);
        if (isLast || call.signal?.aborted) {
          tell(call, plan, attempt, failed);
          throw error;
        }
      });
      if (!reply) {
        failed.push(failureOf(attempt, 'network'));
        continue;
      }
      const { status, headers } = reply.response;
      const verdict = reply.source === 'provider' ? verdictOn(status) : 'answered';
      if (reply.source === 'provider') hear(call, attempt, verdict, status, headers);
      const rest = verdict === 'refused' ? strongestOf(waiting, plan, attempt) : waiting;
      if (verdict === 'answered' || rest.length === 0) {
        tell(call, plan, attempt, failed);
        return watched(call, plan, attempt, reply);
      }
      if (verdict === 'refused') {
        waiting.splice(0, waiting.length, ...rest);
        warn(
          'target_refused',
          `Target '${attempt.target.name}' of route '${plan.decision.route}' answered ${status}, and the call went to a stronger one. Look at its model, key and \`capabilities\`.`,
          `${plan.decision.route}/${attempt.target.name}/${status}`,
        );
      }
      failed.push(failureOf(attempt, status));
      discard(reply);
    }
    throw new Error('A plan without a denial has at least one attempt.');
  }

  /** Servers that are not left alone just now; where all are, the first choice all the same. A client's further try gets one. */
  function askable(call: Call, attempts: readonly Attempt[], failed: RouteFailure[]): readonly Attempt[] {
    const open = attempts.filter(({ server }) => !breakers.allows(server) || !breakers.allows(limitOf(call, server)));
    const left = attempts.filter((attempt) => !open.includes(attempt));
    if (left.length === 0) return attempts.slice(0, 1);
    for (const attempt of open) failed.push(failureOf(attempt, 'open'));
    if (call.retry === 0) return left;
    return [left.find(({ server }) => breakers.failures(server) === 0) ?? left[0]].filter((each) => each !== undefined);
  }

  function hear(call: Call, { server }: Attempt, verdict: Verdict, status: number, headers: Headers): void {
    if (verdict !== 'down') for (const id of [server, limitOf(call, server)]) breakers.succeeded(id);
    // A limit of this account's says nothing of the server.
    else if (status === 429) breakers.failed(limitOf(call, server), retryAfterMs(headers, now()));
    else breakers.failed(server, retryAfterMs(headers, now()));
  }
}

function limitOf({ scope }: Call, server: string): string {
  return `${server}\n${scope}`;
}

/** Observing touches nothing, unless nobody but a target could answer: a name that only the route knows. */
function isOwnModel({ list, decision }: Plan): boolean {
  return list.model === decision.route;
}

/** What an answer says of its server. */
type Verdict =
  | 'answered'
  /** It can't answer now; another may. */
  | 'down'
  /** It won't have this request; the model that the caller had in mind may. */
  | 'refused';

function verdictOn(status: number): Verdict {
  if (status === 408 || status === 429 || status >= 500) return 'down';
  return status >= 400 ? 'refused' : 'answered';
}

/** What is left to try for a request that a target refused: the strongest, unless that is who refused it. */
function strongestOf(waiting: readonly Attempt[], { strongest }: Plan, refused: Attempt): readonly Attempt[] {
  return refused.target.name === strongest ? [] : waiting.filter(({ target }) => target.name === strongest).slice(0, 1);
}

/** Another server is asked anew: with the same key it might give the first one's error once more. */
function afresh(leg: Call): Call {
  if (!leg.headers.has('idempotency-key')) return leg;
  const headers = new Headers(leg.headers);
  headers.delete('idempotency-key');
  return { ...leg, headers };
}

function failureOf({ target, leg }: Attempt, status: RouteFailure['status']): RouteFailure {
  return { target: target.name, host: hostOf(leg.url), status };
}

function discard({ response, whole }: Reply): void {
  if (!whole) void response.body?.cancel().catch(() => {});
}

function tell(call: Call, { decision }: Plan, { target }: Attempt, failed: readonly RouteFailure[]): void {
  call.note({ kind: 'route', decision: { ...decision, target: target.name, failed } });
}

/** The same reply; when it has ended, what it would have cost without the route is known. */
function watched(call: Call, plan: Plan, { target }: Attempt, reply: Reply): Reply {
  const completion = reply.completion.then((ended): Completion => {
    plan.ended(target.name, ended);
    if (ended.httpStatus < 400 && ended.usage && target.model !== plan.list.model && reply.source === 'provider') {
      const { price, model } = plan.list;
      const asked = contextOf(call);
      const serviceTier = ended.answer?.serviceTier ?? asked.serviceTier;
      const cost = price && costOf(ended.usage, price, { ...asked, serviceTier });
      call.note({ kind: 'saved', by: 'routed', cost, model: ended.answer?.model ?? model });
    }
    return ended;
  });
  return { ...reply, completion };
}
