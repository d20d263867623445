import { seeded } from '../audit/seeded-random.js';
import { type Lane, type LaneOptions, planLanes } from './lane-options.js';
import { createLanePool, type LanePool, type Refusal, type Slot, type SlotRequest } from './lane-pool.js';

/** A clock that stands still until it is told to go on. */
export interface ManualClock {
  readonly now: () => number;
  readonly after: (waitMs: number, callback: () => void) => () => void;
  /** Runs all that is due until then, in order of time. */
  readonly runUntil: (atMs: number) => void;
}

/** A clock at 0 ms. */
export function manualClock(): ManualClock {
  let nowMs = 0;
  let serial = 0;
  const due: { readonly atMs: number; readonly serial: number; readonly callback: () => void }[] = [];
  const isBefore = (a: (typeof due)[number], b: (typeof due)[number]): boolean =>
    a.atMs < b.atMs || (a.atMs === b.atMs && a.serial < b.serial);
  return {
    now: () => nowMs,
    after: (waitMs, callback) => {
      const entry = { atMs: nowMs + waitMs, serial: serial++, callback };
      let [low, high] = [0, due.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        const other = due[middle];
        if (other && isBefore(entry, other)) low = middle + 1;
        else high = middle;
      }
      due.splice(low, 0, entry);
      return () => {
        const at = due.indexOf(entry);
        if (at >= 0) due.splice(at, 1);
      };
    },
    runUntil: (atMs) => {
      for (let next = due.at(-1); next && next.atMs <= atMs; next = due.at(-1)) {
        due.pop();
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
      }
      nowMs = Math.max(nowMs, atMs);
    },
  };
}

/** A provider with so many slots: what comes beyond waits for one there, and what comes far beyond is refused. */
export interface SimulatedProvider {
  slots: number;
  /** More calls than this at once are refused. */
  most: number;
  /** Milliseconds that the next call takes by itself. */
  workMs: () => number;
  running: number;
  readonly answer: (done: (status: number) => void) => void;
}

/** A provider that serves in the order of arrival. */
export function simulatedProvider(clock: ManualClock, slots: number): SimulatedProvider {
  const waiting: (() => void)[] = [];
  let busy = 0;
  const provider: SimulatedProvider = {
    slots,
    most: Number.POSITIVE_INFINITY,
    workMs: () => 100,
    running: 0,
    answer: (done) => {
      if (provider.running >= provider.most) {
        clock.after(1, () => done(429));
        return;
      }
      provider.running++;
      waiting.push(() => {
        busy++;
        clock.after(provider.workMs(), () => {
          busy--;
          provider.running--;
          done(200);
          next();
        });
      });
      next();
    },
  };
  const next = (): void => {
    while (busy < provider.slots && waiting.length > 0) waiting.shift()?.();
  };
  return provider;
}

/** One call as it ended. */
export interface SimulatedCall {
  readonly lane: Lane;
  readonly atMs: number;
  readonly waitMs: number;
  readonly totalMs: number;
  readonly ended: number | Refusal;
}

/** Traffic through one pool to a simulated provider. */
export interface Simulation {
  readonly clock: ManualClock;
  readonly provider: SimulatedProvider;
  readonly pool: LanePool;
  readonly calls: SimulatedCall[];
  readonly random: () => number;
  readonly send: (lane: Lane, tenant?: string) => void;
  /** Sends so many a second, irregularly, until then. */
  readonly traffic: (lane: Lane, perSecond: () => number, untilMs: number) => void;
  /** Keeps so many waiting until then. */
  readonly backlog: (lane: Lane, depth: number, untilMs: number) => void;
}

/** What a request takes where nothing else is said. */
export function requestOf(lane: Lane, over: Partial<SlotRequest> = {}): SlotRequest {
  return {
    lane,
    tenant: 'one',
    maxWaitMs: 600_000,
    needs: { requests: 1, tokens: 100, input: 50, output: 50 },
    isStopped: () => false,
    ...over,
  };
}

/** A pool in front of a simulated provider. */
export function simulate(options: LaneOptions & { readonly slots: number; readonly seed?: number }): Simulation {
  const { slots, seed = 1, ...given } = options;
  const clock = manualClock();
  const random = seeded(seed);
  const provider = simulatedProvider(clock, slots);
  const pool = createLanePool({ plan: planLanes(given, 'enforce'), clock: clock.now, after: clock.after });
  const calls: SimulatedCall[] = [];
  const send = (lane: Lane, tenant = 'one', ended?: () => void): void => {
    const atMs = clock.now();
    const finish = (waitMs: number, how: number | Refusal): void => {
      calls.push({ lane, atMs, waitMs, totalMs: clock.now() - atMs, ended: how });
      ended?.();
    };
    pool.ask(requestOf(lane, { tenant }), (given: Slot | Refusal) => {
      if (typeof given === 'string') return finish(clock.now() - atMs, given);
      const sentMs = clock.now();
      provider.answer((status) => {
        given.heard({ status, readings: new Map(), retryAfterMs: undefined });
        finish(sentMs - atMs, status);
        given.over(status === 200 ? { kind: 'whole', firstByteMs: clock.now() - sentMs } : undefined);
      });
    });
  };
  return {
    clock,
    provider,
    pool,
    calls,
    random,
    send,
    traffic: (lane, perSecond, untilMs) => {
      const next = (): void => {
        const waitMs = (-Math.log(1 - random()) * 1000) / perSecond();
        if (clock.now() + waitMs > untilMs) return;
        clock.after(waitMs, () => {
          send(lane);
          next();
        });
      };
      next();
    },
    backlog: (lane, depth, untilMs) => {
      const again = (): void => {
        if (clock.now() < untilMs) send(lane, 'one', () => void clock.after(0.01, again));
      };
      for (let count = 0; count < depth; count++) again();
    },
  };
}

/** A latency that scatters as a provider's does: log-normal, by its median and the spread of its logarithm. */
export function scattered(random: () => number, medianMs: number, spread: number): () => number {
  return () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return medianMs * Math.exp(spread * normal);
  };
}
