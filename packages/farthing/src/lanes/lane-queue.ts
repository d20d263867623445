import { type ByLane, type Lane, laneNames } from './lane-options.js';

/** What the order of a queue goes by. */
export interface Waiting {
  readonly lane: Lane;
  /** Waiting calls of different tenants take turns. */
  readonly tenant: string;
  /** On a clock that never jumps, in milliseconds; likewise below. */
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

/** Calls that wait for a slot, in the order in which they are to have one. */
export interface LaneQueue<Item extends Waiting> {
  readonly size: () => number;
  readonly sizes: () => ByLane<number>;
  readonly add: (item: Item) => void;
  /** Takes an item out, wherever it stands; answers whether it was there. */
  readonly remove: (item: Item) => boolean;
  /**
   * Who goes next, left where it is. `isAged`: its turn came by waiting, and it may take what is kept for lane 0.
   * @param reservedOnly only what is kept for interactive calls is free
   */
  readonly first: (
    nowMs: number,
    reservedOnly: boolean,
  ) => { readonly item: Item; readonly isAged: boolean } | undefined;
  /** Takes out who went, and passes the turn on. */
  readonly take: (item: Item, isAged: boolean) => void;
  /**
   * In a lane that is full: the last to come of the tenant with most calls there, if it still had as many as `tenant`
   * without that one and with one more of `tenant`'s. Left where it is.
   */
  readonly crowding: (lane: Lane, tenant: string) => Item | undefined;
  /** Takes out all whose deadline has come. */
  readonly expired: (nowMs: number) => readonly Item[];
  /** No deadline is earlier than this; infinite where nobody waits. */
  readonly nextDeadlineMs: () => number;
  readonly all: () => readonly Item[];
}

/** Where calls of a lane wait, one slot in so many goes to a call that has come up to it by waiting. */
const agedTurn = 8;

/** One lane: in order of arrival, and by tenant in order of turns. A Set keeps order and forgets in constant time. */
interface Line<Item> {
  readonly arrived: Set<Item>;
  readonly tenants: Map<string, Set<Item>>;
}

/**
 * Strict priority between lanes, turns between tenants within one. A call that has waited `ageMs` moves up one lane. Those
 * that have come up do not crowd out the lane's own: they get one slot in eight, oldest first. So nothing starves, and a
 * backlog that is older than all else does not make all else wait for its end.
 * Pure but for what it holds.
 */
export function createLaneQueue<Item extends Waiting>(ageMs: number): LaneQueue<Item> {
  const lines: ByLane<Line<Item>> = { interactive: newLine(), nearline: newLine(), batch: newLine() };
  /** Slots that went to a lane's own calls since one went to a call that had come up. */
  const sinceAged = { interactive: 0, nearline: 0 };
  let deadlineMs = Number.POSITIVE_INFINITY;

  const remove = (item: Item): boolean => {
    const { arrived, tenants } = lines[item.lane];
    if (!arrived.delete(item)) return false;
    const turn = tenants.get(item.tenant);
    turn?.delete(item);
    if (turn?.size === 0) tenants.delete(item.tenant);
    if (size() === 0) deadlineMs = Number.POSITIVE_INFINITY;
    return true;
  };
  const size = (): number => laneNames.reduce((sum, lane) => sum + lines[lane].arrived.size, 0);
  const aged = (lane: Lane, steps: number, nowMs: number): Item | undefined => {
    const item = firstOf(lines[lane].arrived);
    return item && nowMs - item.sinceMs >= steps * ageMs ? item : undefined;
  };
  const inTurn = (lane: Lane): Item | undefined => {
    const turn = firstOf(lines[lane].tenants.values());
    return turn && firstOf(turn);
  };

  return {
    size,
    sizes: () => ({
      interactive: lines.interactive.arrived.size,
      nearline: lines.nearline.arrived.size,
      batch: lines.batch.arrived.size,
    }),
    add: (item) => {
      const { arrived, tenants } = lines[item.lane];
      arrived.add(item);
      const turn = tenants.get(item.tenant);
      if (turn) turn.add(item);
      else tenants.set(item.tenant, new Set([item]));
      deadlineMs = Math.min(deadlineMs, item.deadlineMs);
    },
    remove,
    first: (nowMs, reservedOnly) => {
      const interactive = inTurn('interactive');
      if (interactive) {
        const risen =
          sinceAged.interactive >= agedTurn - 1 && older(aged('nearline', 1, nowMs), aged('batch', 2, nowMs));
        return risen ? { item: risen, isAged: true } : { item: interactive, isAged: false };
      }
      if (reservedOnly) return undefined;
      const nearline = inTurn('nearline');
      const risen = sinceAged.nearline >= agedTurn - 1 && nearline && aged('batch', 1, nowMs);
      const item = risen || (nearline ?? inTurn('batch'));
      return item && { item, isAged: false };
    },
    take: (item, isAged) => {
      const { tenants } = lines[item.lane];
      const turn = tenants.get(item.tenant);
      // To the end of the row: the next slot is another tenant's.
      if (turn && tenants.delete(item.tenant)) tenants.set(item.tenant, turn);
      remove(item);
      if (isAged) sinceAged.interactive = 0;
      else if (item.lane === 'batch') sinceAged.nearline = 0;
      else sinceAged[item.lane]++;
    },
    crowding: (lane, tenant) => {
      const { tenants } = lines[lane];
      let most = new Set<Item>();
      for (const turn of tenants.values()) if (turn.size > most.size) most = turn;
      return most.size > (tenants.get(tenant)?.size ?? 0) + 1 ? [...most].at(-1) : undefined;
    },
    expired: (nowMs) => {
      if (nowMs < deadlineMs) return [];
      const late: Item[] = [];
      let nextMs = Number.POSITIVE_INFINITY;
      for (const lane of laneNames)
        for (const item of lines[lane].arrived)
          if (item.deadlineMs <= nowMs) late.push(item);
          else nextMs = Math.min(nextMs, item.deadlineMs);
      for (const item of late) remove(item);
      deadlineMs = nextMs;
      return late;
    },
    nextDeadlineMs: () => deadlineMs,
    all: () => laneNames.flatMap((lane) => [...lines[lane].arrived]),
  };
}

function newLine<Item>(): Line<Item> {
  return { arrived: new Set(), tenants: new Map() };
}

function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item;
  return undefined;
}

function older<Item extends Waiting>(a: Item | undefined, b: Item | undefined): Item | undefined {
  return a && b ? (a.sinceMs <= b.sinceMs ? a : b) : (a ?? b);
}
