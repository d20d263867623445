import { LRUCache } from 'lru-cache';

/** Keeps calls away from servers that fail, each by its id. */
export interface Breakers {
  /** Whether a server may be asked now. */
  readonly allows: (id: string) => boolean;
  /** Failures in a row. */
  readonly failures: (id: string) => number;
  /** A call goes out: of those that try a server again after its pause, only the first does. */
  readonly began: (id: string) => void;
  readonly succeeded: (id: string) => void;
  /** @param retryAfterMs how long the server itself asks to be left alone */
  readonly failed: (id: string, retryAfterMs?: number) => void;
}

/** So many failures in a row open a breaker, … */
const failuresToOpen = 5;
/** … for so long; then one call tries. */
const openMs = 30_000;
/** A server that asks for more than this is tried again all the same. */
const maxRetryAfterMs = 600_000;
const maxRemembered = 10_000;

interface State {
  readonly failures: number;
  readonly openUntilMs: number;
  readonly retryAtMs: number;
}

const closed: State = { failures: 0, openUntilMs: 0, retryAtMs: 0 };

/**
 * Circuit breakers that know nothing at first. A few lines rather than a library: what is a failure here is a response,
 * the clock is the gate's, and the pause is the server's own word (docs/decisions/0014).
 */
export function createBreakers(now: () => number): Breakers {
  const states = new LRUCache<string, State>({ max: maxRemembered });
  const of = (id: string): State => states.get(id) ?? closed;
  return {
    allows: (id) => {
      const { openUntilMs, retryAtMs } = of(id);
      return now() >= Math.max(openUntilMs, retryAtMs);
    },
    failures: (id) => of(id).failures,
    began: (id) => {
      const state = of(id);
      if (state.failures >= failuresToOpen && now() >= state.openUntilMs)
        states.set(id, { ...state, openUntilMs: now() + openMs });
    },
    succeeded: (id) => {
      const state = states.get(id);
      if (state) states.set(id, { ...closed, retryAtMs: state.retryAtMs });
    },
    failed: (id, retryAfterMs = 0) => {
      const state = of(id);
      const failures = state.failures + 1;
      states.set(id, {
        failures,
        openUntilMs: failures >= failuresToOpen ? now() + openMs : state.openUntilMs,
        retryAtMs: Math.max(state.retryAtMs, now() + Math.min(retryAfterMs, maxRetryAfterMs)),
      });
    },
  };
}

/** How long a server asks to be left alone, by the headers of its answer. Milliseconds. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (exact >= 0) return exact;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const wait = /^\s*[\d.]+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return wait >= 0 ? wait : undefined;
}
