import type { PromptCache, PromptCacheParts } from './prompt-cache.js';

/**
 * Loads prompt caching apart from the rest, with the first call: most applications use the gate without. Calls that come
 * before it is there wait for it, some milliseconds. Where it can't be loaded, calls go as they are.
 */
export function loadPromptCache(parts: PromptCacheParts): Pick<PromptCache, 'stage'> & {
  readonly report: () => ReturnType<PromptCache['report']> | undefined;
} {
  let cache: PromptCache | undefined;
  let loading: Promise<PromptCache | undefined> | undefined;
  return {
    stage: (call, next) => {
      if (cache) return cache.stage(call, next);
      loading ??= import('./prompt-cache.js').then(
        ({ createPromptCache }) => {
          cache = createPromptCache(parts);
          return cache;
        },
        () => undefined, // calls are only dearer without it
      );
      return loading.then((loaded) => (loaded ? loaded.stage(call, next) : next(call)));
    },
    report: () => cache?.report(),
  };
}
