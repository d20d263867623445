import type { NanoUsd } from '../pricing/money.js';

/** A hold that ended, and what was once granted, in nano-dollars. */
export type EndedHold = readonly [id: string, amountNanoUsd: NanoUsd];

/** Holds that ended lately, so that one which is asked for again is not set aside a second time. */
export interface EndedHolds {
  readonly add: (id: string, amountNanoUsd: NanoUsd) => void;
  /** What was once granted, in nano-dollars. */
  readonly amountOf: (id: string) => NanoUsd | undefined;
  /** The last few, so many at most, oldest first. */
  readonly latest: (count: number) => readonly EndedHold[];
}

/** Remembers the last `atLeast` holds, and up to twice as many. */
export function createEndedHolds(atLeast: number): EndedHolds {
  let [young, old] = [new Map<string, NanoUsd>(), new Map<string, NanoUsd>()];
  return {
    add: (id, amountNanoUsd) => {
      if (young.size >= atLeast) [young, old] = [new Map(), young];
      young.set(id, amountNanoUsd);
    },
    amountOf: (id) => young.get(id) ?? old.get(id),
    latest: (count) => [...old, ...young].slice(-count),
  };
}
