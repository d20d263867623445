import type { Routing, RoutingParts } from './routing.js';

/**
 * Loads routing apart from the rest, once there is a route: most applications use the gate without. Calls that come before
 * it is there wait for it, some milliseconds. Where it can't be loaded, calls go where they were going; where they must not
 * go is not for routes to say.
 */
export function loadRouting(parts: RoutingParts): Routing {
  let routing: Routing | undefined;
  let loading: Promise<Routing | undefined> | undefined;
  const load = (): Promise<Routing | undefined> => {
    loading ??= import('./routing.js').then(
      ({ createRouting }) => {
        routing = createRouting(parts);
        return routing;
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : typeof error;
        parts.warn('routing_error', `Routing could not be loaded: ${reason}. Calls go on without it.`);
        return undefined;
      },
    );
    return loading;
  };
  return {
    stage: (call, next) => {
      if (parts.routes().size === 0) return next(call);
      if (routing) return routing.stage(call, next);
      return load().then((loaded) => (loaded ? loaded.stage(call, next) : next(call)));
    },
    plan: async (call) => (parts.routes().size === 0 ? undefined : (await load())?.plan(call)),
    report: () => routing?.report(),
    told: async (id, quality) => (await routing?.told(id, quality)) ?? false,
    idle: async () => routing?.idle(),
    close: async () => routing?.close(),
  };
}
