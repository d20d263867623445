import type { Call, Reply } from '../../call.js';
import { answerPartsOf, type LogprobParts } from '../../dialects/answer-parts.js';
import type { Warn } from '../../warnings.js';
import type { Judged } from './answer-checks.js';
import type { CascadeCheck, CascadeDecision } from './cascade-decision.js';
import type { Cascade } from './cascade-options.js';
import { holdAnswer } from './first-answer.js';
import { judgeAnswer } from './judge-answer.js';
import { passOn, readAhead } from './read-ahead.js';

/** What a cascade is made of. */
export interface CascadeRun {
  readonly call: Call;
  readonly cascade: Cascade;
  readonly route: string;
  /** The name of the target that gave the first answer, and that answer. */
  readonly target: string;
  readonly first: Reply;
  /** What was added to the first request, and must not reach the caller. */
  readonly added: LogprobParts | undefined;
  /** Asks for the second answer of `agreement`; `undefined` where there is nobody to ask. */
  readonly askSecond: (signal: AbortSignal) => Promise<Reply | undefined>;
  /** Asks the strongest target; `undefined` where it can't be reached. */
  readonly askStrongest: () => Promise<Reply | undefined>;
  readonly warn: Warn;
}

/** Whose answer the caller gets, and why. */
export interface CascadeResult {
  readonly decision: CascadeDecision;
  readonly reply: Reply;
  /** The first answer broke off before it was whole: its target failed. */
  readonly isBroken: boolean;
}

/**
 * Cheap first: reads the first answer before its caller, judges it, and asks the strongest target where it does not pass.
 * What was paid for is never thrown away for nothing: where the strongest target is denied, down or fails before it has
 * begun to answer, the first answer is the caller's after all.
 * @throws the reason of the caller's signal when it aborts meanwhile
 */
export async function runCascade(run: CascadeRun): Promise<CascadeResult> {
  const { call, cascade, added, first } = run;
  const held = await holdAnswer(call, first, { maxBytes: cascade.maxAnswerBytes, signal: call.signal, added });
  if (held.kind === 'unjudged') return kept(held.reply, [], held.why);
  const isBroken = held.kind === 'broken';
  const checks = held.kind === 'broken' ? [] : await judge(run, held.judged);
  if (!isBroken && checks.every(({ passed }) => passed))
    return { decision: { checks, escalated: false }, reply: held.reply, isBroken };
  const { state, reply } = await begun(call, await run.askStrongest(), cascade.maxAnswerBytes);
  // Where the first answer broke, an error is the better answer.
  if (reply && (isBroken || state === 'begun')) return { decision: { checks, escalated: true }, reply, isBroken };
  if (reply && !reply.whole) void reply.response.body?.cancel().catch(() => {});
  return { ...kept(held.reply, checks, state === 'denied' ? state : 'failed'), isBroken };
}

function kept(reply: Reply, checks: readonly CascadeCheck[], why: NonNullable<CascadeDecision['kept']>): CascadeResult {
  return { decision: { checks, escalated: false, kept: why }, reply, isBroken: false };
}

async function judge(
  { call, cascade, route, target, askSecond, warn }: CascadeRun,
  judged: Judged,
): Promise<readonly CascadeCheck[]> {
  const { dialect, requested, signal } = call;
  return judgeAnswer(judged, {
    cascade,
    route,
    turn: dialect.lastTurn(requested.body)?.text ?? dialect.firstTurn(requested.body) ?? '',
    target,
    secondAnswer: async (second) => {
      const reply = await askSecond(second);
      if (!reply || reply.source === 'denied' || reply.response.status >= 400) return undefined;
      const other = await holdAnswer(call, reply, {
        maxBytes: cascade.maxAnswerBytes,
        signal: second,
        added: undefined,
      });
      if (other.kind === 'unjudged') void other.reply.response.body?.cancel().catch(() => {});
      const [choice] = other.kind === 'judgeable' ? other.judged.choices : [];
      return choice && choice.toolCalls.length === 0 ? choice.text : undefined;
    },
    signal,
    warn,
  });
}

/** What became of asking the strongest target; its reply, where there is one, with nothing of it lost. */
interface Begun {
  readonly state: 'begun' | 'denied' | 'failed';
  readonly reply: Reply | undefined;
}

/** Waits until an answer is there: all of a body in one piece, the first words of a stream. Then it is the caller's. */
async function begun(call: Call, reply: Reply | undefined, maxBytes: number): Promise<Begun> {
  if (!reply) return { state: 'failed', reply };
  if (reply.source === 'denied') return { state: 'denied', reply };
  if (reply.response.status >= 400) return { state: 'failed', reply };
  if (reply.whole) return { state: (await reply.completion).answer ? 'begun' : 'failed', reply };
  const isStream = /^text\/event-stream/i.test(reply.response.headers.get('content-type') ?? '');
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  const read = await readAhead(reply.response, {
    isEnough: (chunk) => {
      bytes += chunk.byteLength;
      text += decoder.decode(chunk, { stream: true });
      return bytes > maxBytes || (isStream && call.dialect.readStream(text) !== undefined);
    },
    signal: call.signal,
  });
  if (read.ended === 'failed') return { state: 'failed', reply: undefined };
  const response = passOn(reply.response, read);
  if (read.ended === 'enough') return { state: 'begun', reply: { ...reply, response } };
  const { answer } = await reply.completion;
  return { state: answer ? 'begun' : 'failed', reply: { ...reply, response, whole: true } };
}

/** What can be added to a request so that its answer tells log probabilities; `undefined` where nothing can or need be. */
export function logprobsToAdd(call: Call, cascade: Cascade): LogprobParts | undefined {
  if (!cascade.askLogprobs || cascade.logprob === undefined) return undefined;
  const parts = answerPartsOf(call.dialect)?.logprobs;
  return parts && !parts.areAsked(call.body) ? parts : undefined;
}
