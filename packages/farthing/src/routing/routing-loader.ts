import type { RouterOptions } from './router.js';
import type { Routing } from './routing.js';

/**
 * Loads routing apart from the rest, once there is a route: most applications use the gate without. Calls that come before
 * it is there wait for it, some milliseconds. Where it can't be loaded, calls go where they were going; where they must not
 * go is not for routes to say.
 */
export function loadRouting(options: RouterOptions): Routing {
  let routing: Routing | undefined;
  let loading: Promise<Routing | undefined> | undefined;
  const load = (): Promise<Routing | undefined> => {
    loading ??= import('./routing.js').then(
      ({ createRouting }) => {
        routing = createRouting(options);
        return routing;
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : typeof error;
        options.warn('routing_error', `Routing could not be loaded: ${reason}. Calls go on without it.`);
        return undefined;
      },
    );
    return loading;
  };
  return {
    stage: (call, next) => {
      if (options.routes().size === 0) return next(call);
      if (routing) return routing.stage(call, next);
      return load().then((loaded) => (loaded ? loaded.stage(call, next) : next(call)));
    },
    plan: async (call) => (options.routes().size === 0 ? undefined : (await load())?.plan(call)),
  };
}
