import type { Call, Reply } from './call.js';

/** The rest of the way. May be called 0 (a hit), 1 or n (a cascade) times. */
export type Next = (call: Call) => Promise<Reply>;

/** One step on the way of a call. */
export type Stage = (call: Call, next: Next) => Promise<Reply>;

/** Stages, outermost first, in front of `last`, as one function. */
export function compose(stages: readonly Stage[], last: Next): Next {
  return stages.reduceRight<Next>((next, stage) => (call) => stage(call, next), last);
}

/** The same stage, which also tells how long it took by itself: up to where it called `next`, or answered. */
export function timed(name: string, stage: Stage, clock: () => number): Stage {
  return async (call, next) => {
    const enteredMs = clock();
    let noted = false;
    const note = (): void => {
      if (noted) return;
      noted = true;
      call.note({ kind: 'timing', stage: name, ms: clock() - enteredMs });
    };
    try {
      return await stage(call, (passed) => {
        note();
        return next(passed);
      });
    } finally {
      note();
    }
  };
}
