import type { Stage } from '../pipeline.js';
import { createBreakers } from './breakers.js';
import { createLearnings, type LearningParts, type Learnings } from './learning/learnings.js';
import { createRouter, type Router, type RouterOptions } from './router.js';
import { route } from './stage.js';

/** Routing as the gate holds it: a stage, what it would do, and what it learns. */
export interface Routing extends Pick<Learnings, 'told' | 'idle' | 'close'> {
  readonly stage: Stage;
  readonly plan: Router['plan'];
  readonly report: () => ReturnType<Learnings['report']> | undefined;
}

/** What routing takes from the gate. */
export type RoutingParts = Omit<RouterOptions, 'learnings'> & Omit<LearningParts, 'now' | 'warn'>;

/** Puts routing together. */
export function createRouting(parts: RoutingParts): Routing {
  const learnings = createLearnings(parts);
  const router = createRouter({ ...parts, learnings });
  const { now, warn } = parts;
  const { report, told, idle, close } = learnings;
  const stage = route({ router, breakers: createBreakers(now), now, warn });
  return { stage, plan: router.plan, report, told, idle, close };
}
