import type { Call } from './call.js';
import { denialReply } from './denial.js';
import type { CallOptions } from './options.js';
import type { Stage } from './pipeline.js';

/** What a stop covers: every call, or those with all of these tag values. */
export type StopScope = 'all' | { readonly tags: Readonly<Record<string, string>> };

/** The kill switch of an incident. */
export interface Stops {
  /** Denies the calls of a scope from now on; answers a function that lets them through again. */
  readonly stop: (scope: StopScope) => () => void;
  /** Whether a call with these options is stopped. */
  readonly covers: (options: CallOptions) => boolean;
}

/** No scope is stopped at first. */
export function createStops(): Stops {
  const scopes = new Set<{ readonly scope: StopScope }>();
  return {
    stop: (scope) => {
      const entry = { scope };
      scopes.add(entry);
      return () => {
        scopes.delete(entry);
      };
    },
    covers: (options) =>
      scopes.size > 0 &&
      [...scopes].some(
        ({ scope }) =>
          scope === 'all' || Object.entries(scope.tags).every(([tag, value]) => options.tags?.[tag] === value),
      ),
  };
}

/** What a stopped call is told. */
export const stoppedMessage =
  'Calls of this kind are stopped by gate.stop(). Call the function that it returned to let them through again.';

/** Denies what is stopped, answers from a cache too: in an incident those may be what is wrong. */
export function stopSwitch(stops: Stops): Stage {
  return (call: Call, next) =>
    stops.covers(call.options) ? Promise.resolve(denialReply(call, 'stopped', stoppedMessage)) : next(call);
}
