import type { JsonObject } from '../dialects/dialect.js';
import { asCount } from '../dialects/json.js';

/** What a server says of its own time for one call, in milliseconds (Groq, `@farthing/local`). */
export interface ServerTimes {
  /** Waited for its turn there. */
  readonly queueMs: number;
  /** Read the prompt, to the first token. */
  readonly promptMs: number;
  /** Wrote the answer, from the first token to the last. */
  readonly outputMs: number;
}

/** Reads `queue_time`, `prompt_time` and `completion_time`, in seconds, out of a usage body that has them. */
export function readServerTimes(usage: JsonObject): ServerTimes | undefined {
  const output = asCount(usage['completion_time']);
  if (output === undefined) return undefined;
  return {
    queueMs: (asCount(usage['queue_time']) ?? 0) * 1000,
    promptMs: (asCount(usage['prompt_time']) ?? 0) * 1000,
    outputMs: output * 1000,
  };
}
