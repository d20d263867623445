import type { NanoUsd } from '../pricing/money.js';

/** Why a place in a prompt was marked, or was not. */
export type MarkReason =
  /** The provider holds it: it is read. */
  | 'warm'
  /** It comes again often enough that writing it pays. */
  | 'reused'
  /** It does not come again often enough, as far as is known. */
  | 'rare'
  /** Too short for the provider to keep. */
  | 'short'
  /** Another call that runs is writing it; two would pay twice. */
  | 'writing'
  /** It would pay, and what may be risked is used up. */
  | 'room'
  /** A mark further on covers it, or it is a part of what is read. */
  | 'covered';

/** One place at which a prompt could be marked. */
export interface MarkPlace {
  /** The end of the tools, of the system prompt, of the last turn, or of an earlier turn that the provider holds. */
  readonly at: 'tools' | 'system' | 'turn' | 'earlier';
  readonly reason: MarkReason;
  /** How long it shall be kept, where it is marked. */
  readonly ttl: '5m' | '1h' | undefined;
  /** From the beginning of the prompt to here, estimated. */
  readonly tokens: number;
  /** How likely it comes again within five minutes, and within an hour; of a thousand. */
  readonly reusePermille: { readonly '5m': number; readonly '1h': number };
}

/** What prompt caching did to one request. No text. */
export interface PromptCacheDecision {
  /** `would_` under `observe`. `left`: the request was not changed, and `reason` says why. */
  readonly action: 'marked' | 'keyed' | 'left' | 'would_mark' | 'would_key';
  /**
   * Of what was left: `own`: the caller steers the cache itself; `host`: not known to take it; `price`: not known, or no
   * cheaper when read; `short`: too short for any cache; `none`: no place was worth it; `text`: the body could not be changed.
   */
  readonly reason: 'own' | 'host' | 'price' | 'short' | 'none' | 'text' | undefined;
  readonly places: readonly MarkPlace[];
  /** What the marks do to this request's bill, by what is known: reads less premiums. Below zero where it writes more. */
  readonly expectedNanoUsd: NanoUsd;
}
