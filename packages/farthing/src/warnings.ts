/** Something the user should know and that did not stop a call. Holds no prompt and no key. */
export interface Warning {
  readonly code:
    | 'foreign_options'
    | 'unknown_price'
    | 'stale_prices'
    | 'unaccounted_usage'
    | 'ledger_error'
    | 'cache_error'
    | 'record_error'
    | 'listener_error'
    | 'dearer_tier'
    | 'callback_error'
    | 'routing_error'
    | 'lane_error'
    | 'batch_error'
    | 'target_refused'
    | 'unmetered';
  readonly message: string;
}

/** Passes a warning on; the same `key` only once, so that a busy server is not flooded. */
export type Warn = (code: Warning['code'], message: string, key?: string) => void;

/** More keys of one code than any honest cause has; past it, new ones are dropped rather than remembered without end. */
const maxRemembered = 1000;

/** Warns each kind once, by `onWarning` or on the console. */
export function createWarn(
  onWarning: (warning: Warning) => void = ({ code, message }) => console.warn(`[farthing] ${code}: ${message}`),
): Warn {
  const seen = new Map<Warning['code'], Set<string>>();
  return (code, message, key = '') => {
    const keys = seen.get(code) ?? new Set();
    seen.set(code, keys);
    if (keys.has(key) || keys.size >= maxRemembered) return;
    keys.add(key);
    try {
      onWarning({ code, message });
    } catch {
      // A warning that can't be delivered must not break the call it is about.
    }
  };
}
