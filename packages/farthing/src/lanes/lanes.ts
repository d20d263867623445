import type { Call, Reply } from '../call.js';
import { denialReply } from '../denial.js';
import { modelOf } from '../model-of.js';
import { NotSent } from '../not-sent.js';
import type { CallOptions } from '../options.js';
import type { Stage } from '../pipeline.js';
import { retryAfterMs } from '../routing/breakers.js';
import type { RuleOptions } from '../routing/route-options.js';
import { stoppedMessage } from '../stop.js';
import { laneOf, limitKeyOf } from './lane-of.js';
import { type LaneOptions, planLanes } from './lane-options.js';
import {
  createLanePool,
  type LanePool,
  type PoolParts,
  type Refusal,
  type Slot,
  type SlotRequest,
} from './lane-pool.js';
import type { ExplainedLane, LaneReport } from './lane-report.js';
import { sampleOf } from './latency-sample.js';
import { readRateHeaders } from './rate-headers.js';
import { waitLimit } from './wait-limit.js';

/** Lanes as the gate holds them. */
export interface Lanes {
  readonly stage: Stage;
  /** How this call would find its lane now; nothing changes. `undefined`: lanes could not be loaded. */
  readonly look: (call: Call) => Promise<ExplainedLane | undefined>;
  /** By provider, model and key. */
  readonly report: () => Readonly<Record<string, LaneReport>>;
  /** Denies every waiting call that is stopped by now. */
  readonly stopped: () => void;
  /** Denies every waiting call. */
  readonly close: () => Promise<void>;
}

/** What lanes take from the gate. */
export interface LaneParts extends Pick<PoolParts, 'clock'> {
  readonly options: LaneOptions;
  readonly mode: 'enforce' | 'observe';
  readonly rules: readonly RuleOptions[];
  readonly isStopped: (options: CallOptions) => boolean;
  /** What the user says identifies the account behind a request. */
  readonly accountOf: (headers: Headers) => string | undefined;
  readonly hash: (text: string) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: (code: 'lane_error', message: string) => void;
}

interface NamedPool {
  readonly name: string;
  readonly pool: LanePool;
}

/** More keys than any honest cause has at once; of those that are idle, the ones not used for longest are then forgotten. */
const maxPools = 1000;
/** A byte of a request is about so many tokens. */
const tokensPerByte = 1 / 4;

/**
 * Lets a call wait until its provider has room for it: the innermost stage, so that only what really goes out waits. A slot
 * is held until the answer has ended or was broken off. What a provider refuses goes on to the caller, whose client tries
 * again: the limit learns from it, and tries are not multiplied.
 */
export function createLanes(parts: LaneParts): Lanes {
  const { now, clock, rules, isStopped, hash, accountOf } = parts;
  const plan = planLanes(parts.options, parts.mode);
  const pools = new Map<string, NamedPool>();

  const poolOf = (call: Call): LanePool => {
    const { key, name } = limitKeyOf(call, accountOf(call.headers), hash);
    const known = pools.get(key);
    if (known) {
      // To the end of the row: what a stranger's made-up models push out is not what others have learned.
      if (pools.size > maxPools / 2 && pools.delete(key)) pools.set(key, known);
      return known.pool;
    }
    if (pools.size >= maxPools) forgetIdle();
    const pool = createLanePool({ plan, clock, after });
    pools.set(key, { name, pool });
    return pool;
  };

  /** A tenth at a time, so that it is seldom looked for. */
  function forgetIdle(): void {
    let left = maxPools / 10;
    for (const [each, { pool }] of pools) {
      if (left === 0) return;
      if (pool.isIdle() && pools.delete(each)) left--;
    }
  }

  const stage: Stage = async (call, next) => {
    const pool = poolOf(call);
    const request = requestOf(call, pool);
    const given = plan.observes ? pool.force(request) : await slotFor(call, pool, request);
    if (typeof given === 'string') return deny(call, request, given, pool);
    if (call.signal?.aborted) {
      given.over();
      throw new NotSent(call.signal.reason);
    }
    let reply: Reply;
    try {
      reply = await next(call);
    } catch (error) {
      given.over();
      throw error;
    }
    const { status, headers } = reply.response;
    given.heard({ status, readings: readRateHeaders(headers, now()), retryAfterMs: retryAfterMs(headers, now()) });
    const completion = reply.completion.then((ended) => {
      given.over(sampleOf(call, reply, ended));
      return ended;
    });
    return { ...reply, completion };
  };

  function requestOf(call: Call, pool: LanePool): SlotRequest {
    const lane = laneOf(call, rules);
    const input = Math.ceil(call.bodyText.length * tokensPerByte);
    const output = call.dialect.maxOutputTokens(call.body) ?? 0;
    return {
      lane,
      tenant: (plan.by === undefined ? undefined : call.options.tags?.[plan.by]) ?? call.scope,
      maxWaitMs: waitLimit(call, { maxWaitMs: plan.maxWaitMs[lane], typicalMs: pool.typicalMs(), nowMs: now() }),
      needs: { requests: 1, tokens: input + output, input, output },
      isStopped: () => isStopped(call.options),
    };
  }

  function deny(call: Call, { lane, maxWaitMs }: SlotRequest, refusal: Refusal, pool: LanePool): Reply {
    if (refusal === 'stopped') return denialReply(call, 'stopped', stoppedMessage);
    if (refusal === 'closed')
      return denialReply(call, 'stopped', 'The gate was closed while this call waited in a lane. It was not sent.');
    const where = `'${modelOf(call) ?? call.requested.model}' at '${call.provider}'`;
    const { limit, pausedMs } = pool.report();
    const paused = pausedMs > 0 ? ` The provider asks to be left alone for ${pausedMs} ms more.` : '';
    const message =
      refusal === 'full'
        ? `The lane '${lane}' to ${where} is full: ${plan.maxQueued} calls wait. Try later, send less, or raise \`lanes.maxQueued\`.`
        : `No slot to ${where} came free within the ${Math.round(maxWaitMs)} ms that this call may wait in the lane '${lane}' (${limit} run at once). Try later, raise \`lanes.maxWaitMs\` or the client's timeout, or take a more urgent lane.${paused}`;
    return denialReply(call, 'queue_full', message);
  }

  return {
    stage,
    look: async (call) => {
      const { key, name } = limitKeyOf(call, accountOf(call.headers), hash);
      // One that nobody has used yet stands as it would begin.
      const { pool } = pools.get(key) ?? { pool: createLanePool({ plan, clock, after }) };
      const { limit, inFlight, queued, pausedMs } = pool.report();
      return { lane: laneOf(call, rules), pool: name, limit, inFlight, queued, pausedMs };
    },
    report: () => Object.fromEntries([...pools.values()].map(({ name, pool }) => [name, pool.report()])),
    stopped: () => {
      for (const { pool } of pools.values()) pool.drop('stopped');
    },
    close: async () => {
      for (const { pool } of pools.values()) pool.drop('closed');
      // A turn of the event loop: what was set aside for these calls is then released.
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}

/** @throws NotSent when the caller leaves before there is a slot */
function slotFor({ signal }: Call, pool: LanePool, request: SlotRequest): Promise<Slot | Refusal> {
  if (signal?.aborted) return Promise.reject(new NotSent(signal.reason));
  return new Promise((resolve, reject) => {
    let leave: (() => void) | undefined;
    const onAbort = (): void => {
      leave?.();
      reject(new NotSent(signal?.reason));
    };
    leave = pool.ask(request, (given) => {
      signal?.removeEventListener('abort', onAbort);
      resolve(given);
    });
    if (leave) signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function after(waitMs: number, callback: () => void): () => void {
  // Node takes a longer time for none.
  const timer = setTimeout(callback, Math.min(waitMs, 2 ** 31 - 1));
  return () => clearTimeout(timer);
}
