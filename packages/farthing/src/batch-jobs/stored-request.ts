import type { CallOptions } from '../options.js';
import { sha256 } from '../platform.js';
import type { Envelope } from '../scope.js';
import type { BatchRequest } from './batch-job-options.js';

/** A request of a job, as the disk keeps it. */
export interface StoredRequest {
  readonly id: string;
  /** Tells it from another that is submitted in its place. */
  readonly digest: string;
  /** Its body as JSON text, as it was asked. */
  readonly body: string;
  /** The same as it goes out, where a budget made it smaller. */
  readonly sent?: string;
  readonly model: string;
  /** How many texts it asks to embed, where it is more than one. */
  readonly inputs?: number;
  readonly options: CallOptions;
  readonly envelopes: readonly Envelope[];
  readonly atMs: number;
  /** `done`: answered or denied as it came in. A number: the place of an equal request, whose answer it gets. */
  readonly fate: 'queued' | 'done' | number;
}

/** What identifies a request within a job: all that its caller said. */
export function digestOf(id: string, body: string, options: BatchRequest['options']): string {
  return sha256(JSON.stringify([id, body, options ?? {}])).slice(0, 22);
}
