import type { Mode } from '../options.js';

/** Prompt caching at the provider: prefixes that come again are read at a tenth of their price. */
export interface PromptCacheOptions {
  /** How long providers that ask shall keep a prefix; `auto` chooses by the gaps between its uses. @default 'auto' */
  readonly ttl?: 'auto' | '5m' | '1h' | undefined;
  /**
   * What writing prefixes that nobody reads may cost at most, as a share of the input's cost. Smaller is safer, and takes
   * longer to begin. @default 0.01
   */
  readonly maxLoss?: number | undefined;
  /** Prefixes that are remembered, as hashes. @default 10_000 */
  readonly maxPrefixes?: number | undefined;
  /** Show in `advice` the text that changes from call to call. It is what your users or programs wrote. @default false */
  readonly adviceText?: boolean | undefined;
  /** @default 'enforce' */
  readonly mode?: Mode | undefined;
}
