import { contextOf } from '../budget/estimate.js';
import type { Call, Completion, Fact, Reply } from '../call.js';
import { hostOf } from '../call-record.js';
import { denialReply } from '../denial.js';
import type { LogprobParts } from '../dialects/answer-parts.js';
import type { Next, Stage } from '../pipeline.js';
import { costOf } from '../pricing/cost.js';
import type { Warn } from '../warnings.js';
import { type Breakers, retryAfterMs } from './breakers.js';
import { askingLogprobs } from './cascade/asked-logprobs.js';
import { logprobsToAdd, runCascade } from './cascade/cascade.js';
import type { CascadeDecision } from './cascade/cascade-decision.js';
import { cascadeFor, secondTarget } from './cascade/cascade-legs.js';
import type { Cascade } from './cascade/cascade-options.js';
import { holdingDenial } from './holding-denial.js';
import { inTime } from './in-time.js';
import { withKeyOf } from './leg.js';
import { limitedLeg } from './limited-leg.js';
import type { RouteFailure } from './route-decision.js';
import type { Attempt, Plan, Router } from './router.js';

/** How long a target's `apiKey` function may take, where the target has no `timeoutMs`. Milliseconds. */
const keyMs = 30_000;

/** What the route stage is made of. */
export interface RouteStageOptions {
  readonly router: Router;
  readonly breakers: Breakers;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

/** A server to ask, and the same without what the gate added to the request, should it be refused. */
interface Try extends Attempt {
  readonly added?: { readonly parts: LogprobParts; readonly plain: Attempt } | undefined;
}

/** How trying ended: with a reply, whatever it is, or with the last one's error. */
type Tried = { readonly attempt: Try; readonly failed: readonly RouteFailure[] } & (
  | { readonly reply: Reply }
  | { readonly reply: undefined; readonly error: unknown }
);

/**
 * Sends a call to the target that is chosen for it, and to the next one where that is down or too much waits for it, as long
 * as no byte has gone to the caller. The last one's answer is the caller's, whatever it is: trying the same again is for the client, whose tries
 * are not multiplied. Where the route is a cascade, a cheaper target's answer is checked first.
 */
export function route({ router, breakers, now, warn }: RouteStageOptions): Stage {
  /** Servers that refused to tell log probabilities. */
  const silent = new Set<string>();

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
    const cascade = cascadeFor(call, plan);
    const tried = await tryAll(call, plan, cascade ? withLogprobs(call, plan, cascade) : plan.attempts, next);
    if (!tried.reply) {
      tell(call, plan, tried);
      throw tried.error;
    }
    const { reply, attempt } = tried;
    const isJudged = cascade && reply.source === 'provider' && reply.response.status < 400;
    if (isJudged && attempt.target.name !== plan.strongest)
      return escalate(call, plan, cascade, { ...tried, reply }, next);
    tell(call, plan, tried);
    return watched(call, plan, attempt, reply, tried.failed.length > 0);
  };

  /** Judges the first answer, and gives the caller that one or the strongest target's. */
  async function escalate(
    call: Call,
    plan: Plan,
    cascade: Cascade,
    first: Extract<Tried, { reply: Reply }>,
    next: Next,
  ): Promise<Reply> {
    const { target } = first.attempt;
    const denials: Fact[] = [];
    const quiet: Call = {
      ...call,
      note: (fact) => (fact.kind === 'denied' ? void denials.push(fact) : call.note(fact)),
    };
    let last: Tried = first;
    const ask = async (name: string, signal: AbortSignal | undefined): Promise<Tried | undefined> => {
      const asked: Call = { ...quiet, signal };
      const again = plan
        .attemptsAt(name)
        .map((each) => ({ ...each, leg: { ...afresh(each.leg), note: quiet.note, signal } }));
      return again.length === 0 ? undefined : tryAll(asked, plan, again, next);
    };
    try {
      const { decision, reply, isBroken } = await runCascade({
        call,
        cascade,
        route: plan.decision.route,
        target: target.name,
        first: first.reply,
        added: first.attempt.added?.parts,
        askSecond: async (signal) =>
          (await ask(secondTarget(cascade.agreement ?? true, target.name, plan), signal))?.reply,
        askStrongest: async () => {
          const tried = plan.strongest === undefined ? undefined : await ask(plan.strongest, call.signal);
          if (call.signal?.aborted) throw call.signal.reason;
          if (tried) last = tried;
          return tried?.reply;
        },
        warn,
      });
      const broken = isBroken ? [failureOf(first.attempt, 'network')] : [];
      const status = last.reply && last.reply.response.status >= 400 ? last.reply.response.status : 'network';
      const vain = decision.kept === 'failed' && last !== first ? [failureOf(last.attempt, status)] : [];
      const failed = [...first.failed, ...broken, ...(last === first ? [] : [...last.failed, ...vain])];
      const given = decision.escalated ? last : first;
      if (reply.source === 'denied') for (const denial of denials.slice(-1)) call.note(denial);
      tell(call, plan, { attempt: given.attempt, failed }, decision);
      return watched(call, plan, given.attempt, reply, true);
    } catch (error) {
      tell(call, plan, first);
      throw error;
    }
  }

  async function tryAll(call: Call, plan: Plan, attempts: readonly Try[], next: Next): Promise<Tried> {
    const failed: RouteFailure[] = [];
    let waiting: Try[] = [...askable(call, attempts, failed)];
    let doubted: string | undefined;
    for (let attempt = waiting.shift(); attempt; attempt = waiting.shift()) {
      const plain = failed.length === 0 ? attempt.leg : afresh(attempt.leg);
      // Whatever gives the key is the user's, and may hang.
      const keyed = await inTime(
        () => withKeyOf(attempt.target, plain),
        attempt.target.timeoutMs ?? keyMs,
        call.signal,
      );
      const leg = keyed.ended === 'done' ? keyed.value : undefined;
      const isLast = waiting.length === 0;
      if (!leg) {
        failed.push(failureOf(attempt, 'no_key'));
        if (!isLast) continue;
        const message = `The \`apiKey\` of target '${attempt.target.name}' gave no key.`;
        return { attempt, failed, reply: denialReply(call, 'no_target', message) };
      }
      // Asked again: another call may have begun to try it meanwhile.
      if (!isLast && !breakers.allows(attempt.server)) {
        failed.push(failureOf(attempt, 'open'));
        continue;
      }
      breakers.began(attempt.server);
      // The last one may take as long as its caller waits.
      const told = holdingDenial(leg);
      const limited = limitedLeg(told.leg, isLast ? undefined : attempt.target.timeoutMs);
      const asked = await next(limited.leg).then(
        (reply) => {
          limited.begun();
          void reply.completion.finally(limited.over);
          return { reply, error: undefined };
        },
        (error: unknown) => {
          limited.over();
          return { reply: undefined, error };
        },
      );
      if (!asked.reply) {
        // A caller who left is no failure of the server's.
        if (!call.signal?.aborted) breakers.failed(attempt.server);
        if (isLast || call.signal?.aborted) return { attempt, failed, ...asked };
        failed.push(failureOf(attempt, limited.isLate() ? 'timeout' : 'network'));
        continue;
      }
      const { reply } = asked;
      const { status, headers } = reply.response;
      const denial = told.denial();
      const isOverloaded = denial?.code === 'queue_full';
      // What another target makes up for is not what the record tells.
      if (denial && (isLast || !isOverloaded)) leg.note(denial);
      const verdict = reply.source === 'provider' ? verdictOn(status) : isOverloaded ? 'down' : 'answered';
      if (reply.source === 'provider') hear(call, attempt, verdict, status, headers);
      if (verdict === 'refused' && attempt.added) {
        // Perhaps for what the gate itself put there.
        [doubted, waiting] = [attempt.server, [attempt.added.plain, ...waiting]];
        discard(reply);
        continue;
      }
      if (verdict === 'answered' && attempt.server === doubted) silent.add(doubted);
      const rest = verdict === 'refused' ? strongestOf(waiting, plan, attempt) : waiting;
      if (verdict === 'answered' || rest.length === 0) return { attempt, failed, reply };
      if (verdict === 'refused') {
        waiting = [...rest];
        warn(
          'target_refused',
          `Target '${attempt.target.name}' of route '${plan.decision.route}' answered ${status}, and the call went to a stronger one. Look at its model, key and \`capabilities\`.`,
          `${plan.decision.route}/${attempt.target.name}/${status}`,
        );
      }
      failed.push(failureOf(attempt, isOverloaded ? 'queue_full' : status));
      discard(reply);
    }
    throw new Error('A plan without a denial has at least one attempt.');
  }

  /** The same attempts, of which those that will be judged by it also ask for log probabilities. */
  function withLogprobs(call: Call, { attempts, strongest }: Plan, cascade: Cascade): readonly Try[] {
    const parts = logprobsToAdd(call, cascade);
    if (!parts) return attempts;
    return attempts.map((plain) =>
      plain.target.name === strongest || silent.has(plain.server)
        ? plain
        : { ...plain, leg: askingLogprobs(plain.leg, parts), added: { parts, plain } },
    );
  }

  /** Servers that are not left alone just now; where all are, the first choice all the same. A client's further try gets one. */
  function askable(call: Call, attempts: readonly Try[], failed: RouteFailure[]): readonly Try[] {
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
function strongestOf(waiting: readonly Try[], { strongest }: Plan, refused: Attempt): readonly Try[] {
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

function tell(
  call: Call,
  { decision }: Plan,
  { attempt, failed }: Pick<Tried, 'attempt' | 'failed'>,
  cascade?: CascadeDecision,
): void {
  call.note({
    kind: 'route',
    decision: { ...decision, target: attempt.target.name, failed, ...(cascade && { cascade }) },
  });
}

/**
 * The same reply; when it has ended, what it would have cost without the route is known.
 * @param paidMore other answers were paid for, too: then there is something to tell even of the model that was named
 */
function watched(call: Call, plan: Plan, { target }: Attempt, reply: Reply, paidMore = false): Reply {
  const completion = reply.completion.then((ended): Completion => {
    plan.ended(target.name, ended);
    const { price, model } = plan.list;
    const isNamed = target.model === model;
    // The gate's own audits save nothing: without it, they would not be.
    if (
      call.purpose === 'call' &&
      ended.httpStatus < 400 &&
      ended.usage &&
      reply.source === 'provider' &&
      (paidMore || !isNamed)
    ) {
      const asked = contextOf(call);
      const serviceTier = ended.answer?.serviceTier ?? asked.serviceTier;
      const cost = isNamed ? ended.cost : price && costOf(ended.usage, price, { ...asked, serviceTier });
      call.note({ kind: 'saved', by: 'routed', cost, model: ended.answer?.model ?? model });
    }
    return ended;
  });
  return { ...reply, completion };
}
