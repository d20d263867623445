import { type BudgetNeeds, createKeyBudgets } from './key-budgets.js';
import { createKeyPause } from './key-pause.js';
import type { Lane, LanePlan } from './lane-options.js';
import { createLaneQueue, type Waiting } from './lane-queue.js';
import type { LaneReport } from './lane-report.js';
import { createLimiter, type Sent } from './limiter.js';
import type { RateReading } from './rate-budget.js';
import type { RateUnit } from './rate-headers.js';

/** A call that wants a slot. */
export interface SlotRequest {
  readonly lane: Lane;
  readonly tenant: string;
  /** From now on. */
  readonly maxWaitMs: number;
  /** What it takes of the provider's budgets. */
  readonly needs: BudgetNeeds;
  /** Whether it may be dropped from the queue by {@link LanePool.drop}. */
  readonly isStopped: () => boolean;
}

/** Why a call gets no slot. */
export type Refusal = 'full' | 'late' | 'stopped' | 'closed';

/** The life of one call under way. */
export interface Slot {
  /** The head of the answer came. */
  readonly heard: (head: {
    readonly status: number;
    readonly readings: ReadonlyMap<RateUnit, RateReading>;
    /** How long the provider asks to be left alone. */
    readonly retryAfterMs: number | undefined;
  }) => void;
  /** The call is over, however it ended. Gives the slot back; a second time does nothing. */
  readonly over: (sample?: { readonly kind: string; readonly firstByteMs: number }) => void;
}

/** The calls to one provider, model and key: those under way and those that wait. */
export interface LanePool {
  /**
   * A slot, once there is one; or why there is none. `leave` takes the call out of the queue; `undefined`: it does not
   * wait.
   */
  readonly ask: (request: SlotRequest, answer: (given: Slot | Refusal) => void) => (() => void) | undefined;
  /** A slot at once, whatever the limit says: for observing. */
  readonly force: (request: SlotRequest) => Slot;
  /** Refuses every waiting call that is stopped by now. */
  readonly drop: (refusal: Extract<Refusal, 'stopped' | 'closed'>) => void;
  readonly typicalMs: () => number | undefined;
  readonly report: () => LaneReport;
  /** Nothing is under way and nobody waits: it may be forgotten. */
  readonly isIdle: () => boolean;
}

/** What a pool takes from outside. */
export interface PoolParts {
  readonly plan: LanePlan;
  /** A clock that never jumps, in milliseconds. */
  readonly clock: () => number;
  /** Calls back once, after so many milliseconds; answers a function that cancels. */
  readonly after: (waitMs: number, callback: () => void) => () => void;
}

interface Entry extends Waiting {
  readonly request: SlotRequest;
  readonly answer: (given: Slot | Refusal) => void;
}

/** Interactive calls were there within this time: room is kept for the next, and this share of it. */
const presenceMs = 10_000;
const reservedShare = 0.1;
/** Below this limit no slot is kept free: it would cost too much of what there is. */
const leastReserving = 5;
/** Of the provider's budgets, so much is left to interactive calls. */
const keptShare = 0.1;
/** From here on, a refusal is about a rate and not about how many run at once. Milliseconds. */
const ratePauseMs = 1000;
const refusals: ReadonlySet<number> = new Set([429, 503, 529]);

/** A pool that knows nothing yet. */
export function createLanePool({ plan, clock, after }: PoolParts): LanePool {
  const queue = createLaneQueue<Entry>(plan.ageMs);
  const limiter = createLimiter({ ...plan.limit, slowdown: plan.slowdown });
  const budgets = createKeyBudgets();
  const underWay = new Map<Sent, SlotRequest>();
  const unheard = new Set<Sent>();
  const pause = createKeyPause();
  let interactiveAtMs = Number.NEGATIVE_INFINITY;
  let cancelWake: (() => void) | undefined;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  const counts = { sent: 0, waited: 0, denied: 0, refused: 0, waitedMs: 0 };

  const reserved = (nowMs: number): number => {
    const limit = limiter.limit();
    const isPresent = nowMs - interactiveAtMs < presenceMs;
    return isPresent && limit >= leastReserving ? Math.max(1, Math.round(limit * reservedShare)) : 0;
  };
  const budgetWaitMs = ({ needs, lane }: SlotRequest, nowMs: number): number => {
    const keep = lane !== 'interactive' && nowMs - interactiveAtMs < presenceMs ? keptShare : 0;
    return budgets.waitMs(needs, keep, nowMs);
  };
  const send = (request: SlotRequest, nowMs: number): Slot => {
    const load = underWay.size + 1;
    const sent = limiter.sent(load, load >= 0.85 * (limiter.limit() - reserved(nowMs)));
    underWay.set(sent, request);
    unheard.add(sent);
    counts.sent++;
    budgets.take(request.needs);
    return slotOf(sent, request);
  };

  function slotOf(sent: Sent, request: SlotRequest): Slot {
    return {
      heard: ({ status, readings, retryAfterMs }) => {
        const nowMs = clock();
        unheard.delete(sent);
        budgets.hear(readings, sentAfter(sent), nowMs);
        if (!refusals.has(status)) {
          // What was wrong with a request is told without being served: it has used nothing, whatever it asked for.
          if (status >= 400 && status < 500) budgets.giveBack(request.needs, readings);
          pause.answered();
          return;
        }
        counts.refused++;
        const isSpent = [...readings.values()].some(({ remaining }) => remaining < 1);
        const isAlone = sent.load <= 1;
        const isRate = isAlone || isSpent || (retryAfterMs ?? 0) >= ratePauseMs;
        const isLowest = isAlone || limiter.limit() <= plan.limit.min;
        const isFirst = limiter.refused(sent, !isRate);
        pause.refused({ retryAfterMs, onlyTimeHelps: isLowest && isFirst }, nowMs);
      },
      over: (sample) => {
        unheard.delete(sent);
        if (!underWay.delete(sent)) return;
        const objectiveMs = plan.firstByteMs[request.lane];
        // The median at its objective is as slow as is accepted.
        const usualMs = objectiveMs === undefined ? undefined : objectiveMs / plan.slowdown;
        if (sample) limiter.answered(sent, { ...sample, usualMs });
        pump();
      },
    };
  }

  /** What those take that an answer may not have counted. */
  function sentAfter({ serial }: Sent): BudgetNeeds[] {
    return [...unheard].flatMap((other) => (other.serial > serial ? (underWay.get(other)?.needs ?? []) : []));
  }

  /** Milliseconds until this call may go out; 0 is now, infinite: when a slot is given back. */
  function waitFor(request: SlotRequest, isAged: boolean, nowMs: number): number {
    const pausedMs = pause.leftMs(nowMs);
    if (pausedMs > 0) return pausedMs;
    const room = limiter.limit() - (request.lane === 'interactive' || isAged ? 0 : reserved(nowMs));
    if (underWay.size >= room && underWay.size > 0) return Number.POSITIVE_INFINITY;
    return budgetWaitMs(request, nowMs);
  }

  /** Sends whoever may go, denies whose time is up, and sets the alarm for the next who may. */
  function pump(): void {
    const nowMs = clock();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const entry of queue.expired(nowMs)) deny(entry, 'late');
    for (;;) {
      const isReserve = underWay.size > 0 && underWay.size >= limiter.limit() - reserved(nowMs);
      const next = queue.first(nowMs, isReserve);
      if (!next) {
        // Room that is kept for interactive calls is given up when those stay away.
        if (isReserve && queue.size() > 0 && underWay.size < limiter.limit())
          nextMs = interactiveAtMs + presenceMs - nowMs;
        break;
      }
      nextMs = waitFor(next.item.request, next.isAged, nowMs);
      if (nextMs > 0) break;
      queue.take(next.item, next.isAged);
      if (nowMs > next.item.sinceMs) counts.waited++;
      counts.waitedMs += nowMs - next.item.sinceMs;
      next.item.answer(send(next.item.request, nowMs));
    }
    wake(nowMs, Math.min(nextMs, queue.nextDeadlineMs() - nowMs));
  }

  /** Nothing but a waiting call keeps an alarm, and with it the process, alive. */
  function wake(nowMs: number, inMs: number): void {
    const atMs = queue.size() === 0 ? Number.POSITIVE_INFINITY : nowMs + Math.max(1, inMs);
    if (atMs === wakeAtMs) return;
    // One that rings too early does no harm, and most calls leave the queue long before their deadline.
    if (cancelWake && Number.isFinite(atMs) && atMs > wakeAtMs && wakeAtMs > nowMs) return;
    cancelWake?.();
    wakeAtMs = atMs;
    cancelWake = Number.isFinite(atMs)
      ? after(atMs - nowMs, () => {
          cancelWake = undefined;
          wakeAtMs = Number.POSITIVE_INFINITY;
          pump();
        })
      : undefined;
  }

  function deny(entry: Entry, refusal: Refusal): void {
    counts.denied++;
    entry.answer(refusal);
  }

  /** The key is paused for longer than the call may wait. */
  function isInVain({ maxWaitMs }: SlotRequest, nowMs: number): boolean {
    return maxWaitMs <= 0 || pause.leftMs(nowMs) > maxWaitMs;
  }

  /** Whether there is a place in its lane. One tenant's crowd keeps no other out: its last call goes, so that this one may wait. */
  function makesRoom({ lane, tenant }: SlotRequest): boolean {
    if (queue.sizes()[lane] < plan.maxQueued) return true;
    const crowding = queue.crowding(lane, tenant);
    if (!crowding) return false;
    queue.remove(crowding);
    deny(crowding, 'full');
    return true;
  }

  function welcome(request: SlotRequest, nowMs: number): void {
    if (request.lane === 'interactive') interactiveAtMs = nowMs;
  }

  return {
    ask: (request, answer) => {
      const nowMs = clock();
      welcome(request, nowMs);
      if (queue.size() === 0 && waitFor(request, false, nowMs) === 0) {
        answer(send(request, nowMs));
        return undefined;
      }
      const refusal = isInVain(request, nowMs) ? 'late' : makesRoom(request) ? undefined : 'full';
      if (refusal) {
        counts.denied++;
        answer(refusal);
        return undefined;
      }
      const { lane, tenant, maxWaitMs } = request;
      const entry: Entry = { lane, tenant, sinceMs: nowMs, deadlineMs: nowMs + maxWaitMs, request, answer };
      queue.add(entry);
      pump();
      return () => {
        if (queue.remove(entry)) pump();
      };
    },
    force: (request) => {
      const nowMs = clock();
      welcome(request, nowMs);
      return send(request, nowMs);
    },
    drop: (refusal) => {
      for (const entry of queue.all())
        if (refusal === 'closed' || entry.request.isStopped()) {
          queue.remove(entry);
          deny(entry, refusal);
        }
      pump();
    },
    typicalMs: limiter.typicalMs,
    report: () => {
      const nowMs = clock();
      return {
        limit: limiter.limit(),
        reason: limiter.state().reason,
        inFlight: underWay.size,
        queued: queue.sizes(),
        ...counts,
        waitedMs: Math.round(counts.waitedMs),
        pausedMs: Math.ceil(pause.leftMs(nowMs)),
        left: budgets.left(nowMs),
      };
    },
    isIdle: () => underWay.size === 0 && queue.size() === 0 && pause.leftMs(clock()) === 0,
  };
}
