import { LocalError } from '../local-error.js';

/** How requests to one model wait. */
export interface QueueOptions {
  /** Requests that run at once. */
  readonly slots: number;
  /** Requests that may wait; further ones are told to come back. */
  readonly maxQueued: number;
  /** How long one may wait, in milliseconds. */
  readonly maxWaitMs: number;
  /** A lane's share of the turns while others wait as well, by name; those that are not named share 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** A clock in milliseconds. */
  readonly nowMs: () => number;
}

/** Requests that wait for a slot. */
export interface Queue {
  /**
   * Waits for a turn. The function that comes back ends it.
   * @throws LocalError where too many wait or it took too long; the signal's reason
   */
  readonly enter: (lane: string, signal: AbortSignal) => Promise<() => void>;
  readonly running: () => number;
  readonly waiting: () => number;
  /** Refuses all that wait. */
  readonly close: (reason: LocalError) => void;
}

interface Waiting {
  readonly admit: () => void;
  readonly refuse: (reason: unknown) => void;
}

interface LaneQueue {
  readonly weight: number;
  readonly waiting: Set<Waiting>;
  /** The virtual time at which its last turn is used up. */
  usedUp: number;
}

/** How much of the newest turn's time counts in the average that `Retry-After` is made of. */
const newest = 0.2;
/** No name that a header can carry. */
const otherLane = '';

/**
 * A bounded queue with a deadline, fair between lanes: each turn uses up 1/weight of its lane's virtual time, and the lane
 * with the earliest goes next (start-time fair queuing, Goyal, Vin and Cheng 1996, with turns of equal length). A lane that was
 * idle starts at the present: it saves nothing up.
 */
export function createQueue({ slots, maxQueued, maxWaitMs, weights, nowMs }: QueueOptions): Queue {
  const lanes = new Map<string, LaneQueue>();
  let running = 0;
  let waiting = 0;
  let virtualNow = 0;
  let turnMs = 0;

  /** A lane that has no weight shares that of all others without one: else each new name would be one more turn. */
  const laneOf = (asked: string): LaneQueue => {
    const name = Object.hasOwn(weights, asked) ? asked : otherLane;
    let lane = lanes.get(name);
    if (!lane) {
      lane = { weight: weights[name] ?? 1, waiting: new Set(), usedUp: 0 };
      lanes.set(name, lane);
    }
    return lane;
  };

  const begin = (lane: LaneQueue): (() => void) => {
    running += 1;
    virtualNow = Math.max(virtualNow, lane.usedUp);
    lane.usedUp = virtualNow + 1 / lane.weight;
    const began = nowMs();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      running -= 1;
      const took = nowMs() - began;
      turnMs = turnMs === 0 ? took : turnMs * (1 - newest) + took * newest;
      next();
    };
  };

  function next(): void {
    while (running < slots && waiting > 0) {
      const queued = [...lanes.values()].filter((lane) => lane.waiting.size > 0);
      const lane = queued.reduce((first, each) => (each.usedUp < first.usedUp ? each : first));
      for (const entry of lane.waiting) {
        leave(lane, entry);
        entry.admit();
        break;
      }
    }
  }

  function leave(lane: LaneQueue, entry: Waiting): void {
    if (lane.waiting.delete(entry)) waiting -= 1;
  }

  const retryAfterSeconds = (): number => Math.max(1, Math.ceil((turnMs * (waiting + 1)) / slots / 1000));

  return {
    running: () => running,
    waiting: () => waiting,
    enter: async (name, signal) => {
      signal.throwIfAborted();
      const lane = laneOf(name);
      if (running < slots && waiting === 0) return begin(lane);
      if (waiting >= maxQueued)
        throw new LocalError(
          'overloaded',
          `Expected at most ${maxQueued} requests to wait for this model, and so many do. Come back later.`,
          { retryAfterSeconds: retryAfterSeconds() },
        );
      return new Promise<() => void>((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', onAbort);
        };
        const entry: Waiting = {
          admit: () => {
            finish();
            resolve(begin(lane));
          },
          refuse: (reason) => {
            leave(lane, entry);
            finish();
            reject(reason);
          },
        };
        const onAbort = (): void => entry.refuse(signal.reason);
        const timer = setTimeout(
          () =>
            entry.refuse(
              new LocalError(
                'overloaded',
                `Expected a free slot of this model within ${maxWaitMs} ms, got none. Come back later.`,
                { retryAfterSeconds: retryAfterSeconds() },
              ),
            ),
          maxWaitMs,
        );
        signal.addEventListener('abort', onAbort, { once: true });
        // A lane that has not waited goes on from the present.
        if (lane.waiting.size === 0) lane.usedUp = Math.max(lane.usedUp, virtualNow);
        lane.waiting.add(entry);
        waiting += 1;
      });
    },
    close: (reason) => {
      for (const lane of lanes.values()) for (const entry of [...lane.waiting]) entry.refuse(reason);
    },
  };
}
