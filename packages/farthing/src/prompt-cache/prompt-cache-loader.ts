import type { Call } from '../call.js';
import type { CacheTtl } from '../dialects/prompt-caching.js';
import type { PromptCache, PromptCacheParts } from './prompt-cache.js';

/**
 * Loads prompt caching apart from the rest, with the first call: most applications use the gate without. Calls that come
 * before it is there wait for it, some milliseconds. Where it can't be loaded, calls go as they are.
 */
export function loadPromptCache(parts: PromptCacheParts): Pick<PromptCache, 'stage'> & {
  readonly report: () => ReturnType<PromptCache['report']> | undefined;
  readonly dearestMark: (call: Call) => Promise<CacheTtl | undefined>;
} {
  let cache: PromptCache | undefined;
  let loading: Promise<PromptCache | undefined> | undefined;
  const load = (): Promise<PromptCache | undefined> => {
    loading ??= import('./prompt-cache.js').then(
      ({ createPromptCache }) => {
        cache = createPromptCache(parts);
        return cache;
      },
      () => undefined, // calls are only dearer without it
    );
    return loading;
  };
  return {
    stage: (call, next) => {
      if (cache) return cache.stage(call, next);
      return load().then((loaded) => (loaded ? loaded.stage(call, next) : next(call)));
    },
    report: () => cache?.report(),
    dearestMark: async (call) => (await load())?.dearestMark(call),
  };
}
