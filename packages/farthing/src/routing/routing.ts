import type { Stage } from '../pipeline.js';
import { createBreakers } from './breakers.js';
import { createRouter, type Router, type RouterOptions } from './router.js';
import { route } from './stage.js';

/** Routing as the gate holds it: a stage, and what it would do. */
export interface Routing {
  readonly stage: Stage;
  readonly plan: Router['plan'];
}

/** Puts routing together. */
export function createRouting(options: RouterOptions): Routing {
  const router = createRouter(options);
  const { now, warn } = options;
  return { stage: route({ router, breakers: createBreakers(now), now, warn }), plan: router.plan };
}
