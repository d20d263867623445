import type { CountTokens } from '../dialects/dialect.js';

let loading: Promise<CountTokens | undefined> | undefined;
let loaded: CountTokens | undefined;

/**
 * Loads `gpt-tokenizer` (o200k_base) if it is installed; 30 MB and a fifth of a second, so only when it is needed.
 * `undefined` without it: bounds by bytes then stand.
 */
export function loadTokenizer(): Promise<CountTokens | undefined> {
  loading ??= import('gpt-tokenizer').then(
    // Text that looks like a special token is text here: it must be counted, not refused.
    ({ countTokens }) => {
      loaded = (text) => countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() });
      return loaded;
    },
    () => undefined,
  );
  return loading;
}

/** The tokenizer, if it is loaded already. */
export function loadedTokenizer(): CountTokens | undefined {
  return loaded;
}
