import type { LaneParts, Lanes } from './lanes.js';

/**
 * Loads lanes apart from the rest, where they are switched on. Calls that come before they are there wait some
 * milliseconds; where they can't be loaded, calls go out as they would without.
 */
export function loadLanes(parts: LaneParts): Lanes {
  let lanes: Lanes | undefined;
  const loading = import('./lanes.js').then(
    ({ createLanes }) => {
      lanes = createLanes(parts);
    },
    (error: unknown) =>
      parts.warn('lane_error', `Lanes could not be loaded: ${error instanceof Error ? error.message : typeof error}.`),
  );
  return {
    stage: async (call, next) => {
      if (!lanes) await loading;
      return lanes ? lanes.stage(call, next) : next(call);
    },
    look: async (call) => {
      if (!lanes) await loading;
      return lanes?.look(call);
    },
    report: () => lanes?.report() ?? {},
    stopped: () => lanes?.stopped(),
    close: async () => lanes?.close(),
  };
}
