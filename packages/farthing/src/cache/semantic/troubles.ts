import type { Warn } from '../../warnings.js';

/** What went wrong off the callers' path: a warning tells it once, and the record of the next call each time. */
export interface Troubles {
  readonly warn: Warn;
  /** The reasons since it was last asked. */
  readonly take: () => readonly string[];
}

/** Passes warnings on, and keeps what they are about. */
export function createTroubles(warn: Warn): Troubles {
  const reasons = new Set<string>();
  return {
    warn: (code, message, key = '') => {
      const reason = reasonOf(key);
      if (reason) reasons.add(reason);
      warn(code, message, key);
    },
    take: () => {
      if (reasons.size === 0) return none;
      const taken = [...reasons];
      reasons.clear();
      return taken;
    },
  };
}

const none: readonly string[] = [];

/** By the key of a warning; `undefined` for what is no failure, such as a package that would make it faster. */
function reasonOf(key: string): string | undefined {
  if (key === 'semantic/disk') return 'disk';
  if (key === 'semantic/bound') return 'bound_file';
  return key.includes('.set-aside-') ? 'set_aside' : undefined;
}
