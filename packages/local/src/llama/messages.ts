import type { EngineFacts, Generation, Piece, Prompt, Work } from '../engine.js';
import type { LocalErrorCode } from '../local-error.js';

/** How the process that runs the model is started. */
export interface ChildSettings {
  readonly path: string;
  readonly contextTokens: number;
  readonly slots: number;
  /** `auto`: measured once the model is loaded. */
  readonly threads: number | 'auto';
  /** `false`: the processor alone. */
  readonly gpu: 'auto' | 'metal' | 'cuda' | 'vulkan' | false;
  /** A Jinja template in place of the model's own. */
  readonly chatTemplate?: string;
}

/** What the process is asked. */
export type ToChild =
  /** Comes first. */
  | { readonly kind: 'open'; readonly settings: ChildSettings }
  | { readonly kind: 'generate'; readonly id: number; readonly request: Generation }
  | { readonly kind: 'embed'; readonly id: number; readonly texts: readonly string[] }
  | { readonly kind: 'count'; readonly id: number; readonly prompt: Prompt }
  | { readonly kind: 'abort'; readonly id: number }
  /** Whether it still answers. */
  | { readonly kind: 'ping' };

/** A request: each has an answer, or fails. */
export type Asked = Extract<ToChild, { kind: 'generate' | 'embed' | 'count' }>;

/** What it says. */
export type FromChild =
  | { readonly kind: 'loaded'; readonly facts: EngineFacts; readonly warnings: readonly string[] }
  | ({ readonly kind: 'unusable' } & Failure)
  | { readonly kind: 'pong' }
  /** Pieces of any requests, in order; text alone is the text, as nearly all of them are. */
  | { readonly kind: 'pieces'; readonly pieces: readonly (readonly [id: number, piece: Piece | string])[] }
  | {
      readonly kind: 'embeddings';
      readonly id: number;
      readonly vectors: readonly (readonly number[])[];
      readonly promptTokens: number;
      readonly work: Work;
    }
  | { readonly kind: 'count'; readonly id: number; readonly tokens: number }
  | ({ readonly kind: 'failed'; readonly id: number } & Failure);

/** An error on its way between processes. */
export interface Failure {
  readonly code: LocalErrorCode;
  readonly message: string;
  readonly param?: string;
  readonly retryAfterSeconds?: number;
}
