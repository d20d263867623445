import { LRUCache } from 'lru-cache';
import type { TurnContext } from '../features/dense.js';

/** A call of which the application may still tell how it went. */
export interface RoutedCall {
  readonly turn: string;
  readonly context: TurnContext;
  readonly routed: 'weak' | 'strong';
  readonly atMs: number;
  /** Its turn may not be put to an embedder elsewhere. */
  readonly mustStay: boolean;
}

/** Calls of which the application may tell; each is told of once. In memory only. */
export interface ToldOutcomes {
  readonly remember: (id: string, call: RoutedCall) => void;
  readonly take: (id: string) => RoutedCall | undefined;
}

/** How many calls are remembered, … */
const maxCalls = 5000;
/** … and how many UTF-16 units of their turns, all in all. */
const maxLength = 16 * 1024 * 1024;

/** Remembers the latest calls. */
export function createToldOutcomes(): ToldOutcomes {
  const calls = new LRUCache<string, RoutedCall>({
    max: maxCalls,
    maxSize: maxLength,
    sizeCalculation: ({ turn }) => turn.length + 1,
  });
  return {
    remember: (id, call) => {
      calls.set(id, call);
    },
    take: (id) => {
      const call = calls.get(id);
      calls.delete(id);
      return call;
    },
  };
}
