/** Who waits for an answer: a person, a person who does something else meanwhile, or nobody. First goes first. */
export const laneNames = ['interactive', 'nearline', 'batch'] as const;

/** How urgent a call is. */
export type Lane = (typeof laneNames)[number];

/** One figure for each lane. */
export type ByLane<Value> = { readonly [Name in Lane]: Value };

/** Lanes and the limit that is learned for them, one for each provider, model and key. */
export interface LaneOptions {
  /**
   * How long a call may wait before it is denied, in milliseconds: for all lanes, or for each. A client's own timeout
   * shortens it where the client tells it. @default 30 s for interactive calls, 10 min for the others
   */
  readonly maxWaitMs?: number | { readonly [Name in Lane]?: number | undefined } | undefined;
  /**
   * So many calls may wait in each lane of one provider, model and key; further ones are denied at once, those of the tenant
   * first that has most there. @default 10_000
   */
  readonly maxQueued?: number | undefined;
  /** A call that has waited so long moves up one lane, in milliseconds. @default 30_000 */
  readonly ageMs?: number | undefined;
  /** A tag whose values take turns within a lane. @default those that caches keep apart: credentials and tenants */
  readonly by?: string | undefined;
  /** How many calls may be under way at once. @default learned between 1 and 1,000, from 8 on */
  readonly limit?:
    | {
        readonly min?: number | undefined;
        readonly max?: number | undefined;
        readonly start?: number | undefined;
      }
    | undefined;
  /** Which latency the limit is learned for. */
  readonly objective?: LaneObjective | undefined;
  /** `observe` learns and reports, and lets nothing wait. @default the gate's mode */
  readonly mode?: 'enforce' | 'observe' | undefined;
}

/** Which latency the limit is learned for. */
export interface LaneObjective {
  /** How much slower a first byte may come than at a provider that nobody else uses. @default 1.15 */
  readonly slowdown?: number | undefined;
  /** What the median first byte of a lane may take, in milliseconds: holds instead of `slowdown` for that lane. */
  readonly firstByteMs?: { readonly [Name in Lane]?: number | undefined } | undefined;
}

/** The options with what holds where nothing was said. */
export interface LanePlan {
  readonly maxWaitMs: ByLane<number>;
  readonly maxQueued: number;
  readonly ageMs: number;
  readonly by: string | undefined;
  readonly limit: { readonly min: number; readonly max: number; readonly start: number };
  readonly slowdown: number;
  readonly firstByteMs: { readonly [Name in Lane]?: number | undefined };
  readonly observes: boolean;
}

const defaultWaitMs: ByLane<number> = { interactive: 30_000, nearline: 600_000, batch: 600_000 };

/** Fills in what was not said. Pure. */
export function planLanes(options: LaneOptions, mode: 'enforce' | 'observe'): LanePlan {
  const { maxWaitMs, limit = {}, objective = {} } = options;
  const waitOf = (lane: Lane): number =>
    (typeof maxWaitMs === 'number' ? maxWaitMs : maxWaitMs?.[lane]) ?? defaultWaitMs[lane];
  const min = limit.min ?? 1;
  const max = Math.max(min, limit.max ?? Math.max(1000, limit.start ?? 0));
  return {
    maxWaitMs: { interactive: waitOf('interactive'), nearline: waitOf('nearline'), batch: waitOf('batch') },
    maxQueued: options.maxQueued ?? 10_000,
    ageMs: options.ageMs ?? 30_000,
    by: options.by,
    limit: { min, max, start: Math.min(max, Math.max(min, limit.start ?? 8)) },
    slowdown: objective.slowdown ?? 1.15,
    firstByteMs: objective.firstByteMs ?? {},
    observes: (options.mode ?? mode) === 'observe',
  };
}
