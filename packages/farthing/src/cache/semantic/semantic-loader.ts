import type { SemanticCache, SemanticCacheParts } from './semantic-cache.js';

/** A semantic cache that is being loaded. */
export interface LoadingSemanticCache extends Omit<SemanticCache, 'bound' | 'inForce' | 'ready'> {
  /** The cache itself, once it is loaded. */
  readonly loaded: () => SemanticCache | undefined;
}

/**
 * Loads the semantic cache apart from the rest: its word lists are larger than the whole gate, which most applications
 * use without. Calls that come before it is there wait for it, some milliseconds.
 */
export function loadSemanticCache(parts: SemanticCacheParts): LoadingSemanticCache {
  let cache: SemanticCache | undefined;
  const loading = import('./semantic-cache.js').then(async ({ createSemanticCache }) => {
    const made = createSemanticCache(parts);
    await made.ready;
    cache = made;
    return made;
  });
  loading.catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : typeof error;
    parts.warn('cache_error', `The semantic cache could not be started: ${reason}. Calls go on without it.`);
  });
  /** What fails to load costs hits, never a call. */
  const use = async <Result>(work: (cache: SemanticCache) => Promise<Result>, otherwise: Result): Promise<Result> => {
    const ready = await loading.catch(() => undefined);
    return ready ? work(ready) : otherwise;
  };
  return {
    loaded: () => cache,
    stage: async (call, next) => {
      const ready = cache ?? (await loading.catch(() => undefined));
      return ready ? ready.stage(call, next) : next(call);
    },
    look: (call) => use((ready) => ready.look(call), { bar: 'error', candidates: [] }),
    remove: (matches) => use((ready) => ready.remove(matches), 0),
    evict: (entry) => use((ready) => ready.evict(entry), false),
    embed: async (text) => {
      const ready = cache ?? (await loading);
      return ready.embed(text);
    },
    idle: () => use((ready) => ready.idle(), undefined),
    replay: (records) => use((ready) => ready.replay(records), { read: 0, counted: 0, duplicates: 0, refused: {} }),
    close: () => use((ready) => ready.close(), undefined),
  };
}
