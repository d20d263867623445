import type { Call } from '../../call.js';
import { answerPartsOf } from '../../dialects/answer-parts.js';
import type { RouteReason } from '../decide.js';
import type { Plan } from '../router.js';
import { type Cascade, readCascade } from './cascade-options.js';

/** Who chose so has said which target shall answer, whatever it says. */
const settled: ReadonlySet<RouteReason> = new Set<RouteReason>([
  'pinned',
  'only',
  'no_fit',
  'conversation',
  'budget_low',
  'high_value',
  'audit',
]);

/**
 * The cascade that begins with a plan: where the router chose by itself a target that is not the strongest that may take the
 * call. What does something at the provider (tools that run there, conversations and answers that it keeps on demand) is
 * asked once, and so is what is no answer yet (background).
 */
export function cascadeFor(call: Call, { attempts: [first], decision, strongest }: Plan): Cascade | undefined {
  const cascade = readCascade(first?.target.cascade);
  if (!first || !cascade || settled.has(decision.reason) || first.target.name === strongest) return undefined;
  const isHarmless = call.dialect.cacheBar(call.requested.body) === undefined;
  return isHarmless && answerPartsOf(call.dialect) ? cascade : undefined;
}

/** Whose second answer must agree: another's than the first and the strongest; else the same one's once more. */
export function secondTarget(agreement: string | true, first: string, { attempts, strongest }: Plan): string {
  if (agreement !== true) return agreement;
  return attempts.map(({ target }) => target.name).find((name) => name !== first && name !== strongest) ?? first;
}
