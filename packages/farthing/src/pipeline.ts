import type { Call, Reply } from './call.js';

/** The rest of the way. May be called 0 (a hit), 1 or n (a cascade) times. */
export type Next = (call: Call) => Promise<Reply>;

/** One step on the way of a call. */
export type Stage = (call: Call, next: Next) => Promise<Reply>;

/** Stages, outermost first, in front of `last`, as one function. */
export function compose(stages: readonly Stage[], last: Next): Next {
  return stages.reduceRight<Next>((next, stage) => (call) => stage(call, next), last);
}

/** The same stage, which also tells when it was entered: what it took by itself is the time until the next one was. */
export function timed(name: string, stage: Stage, clock: () => number): Stage {
  return (call, next) => {
    call.note({ kind: 'entered', stage: name, atMs: clock() });
    return stage(call, next);
  };
}
