import type { EngineName } from './options.js';
import type { EmbedderWarning } from './warnings.js';

/** What the process that embeds is asked. */
export interface Request {
  readonly serial: number;
  readonly texts: readonly string[];
}

/** What it makes of the texts of one request. */
export interface Batch {
  /** One vector after the other. */
  readonly vectors: Float32Array;
  readonly readLengths: readonly number[];
  readonly unreadWords: readonly (readonly string[])[];
}

/** What it says. */
export type Answer =
  | { readonly kind: 'ready'; readonly engine: EngineName; readonly warnings: readonly EmbedderWarning[] }
  | { readonly kind: 'unusable'; readonly message: string }
  | ({ readonly kind: 'batch'; readonly serial: number } & Batch)
  | { readonly kind: 'failed'; readonly serial: number; readonly message: string };
