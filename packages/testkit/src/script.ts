/** An answer that a test lays down, for the next request or for those that fit. */
export interface Scripted {
  /** @default every request */
  readonly when?: (request: { readonly path: string; readonly json: Record<string, unknown> }) => boolean;
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Record<string, unknown> }[];
  readonly thinking?: string;
  readonly usage?: Record<string, unknown>;
  readonly model?: string;
  readonly serviceTier?: string;
  readonly headers?: Record<string, string>;
  /** A whole body of its own, sent as it is. */
  readonly body?: string;
  readonly contentType?: string;
  readonly status?: number;
  /** How often it holds. @default 1 */
  readonly times?: number;
}
