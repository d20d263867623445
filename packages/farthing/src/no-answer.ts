import type { Completion } from './call.js';

/** Of a request that got no answer: what there is to say of one. */
export const noAnswer = {
  body: undefined,
  answer: undefined,
  usage: undefined,
  cost: undefined,
  altered: false,
  firstChunkMs: undefined,
} as const satisfies Partial<Completion>;
