import type { Ending } from '../engine.js';

const stopReasons = { end: 'end_turn', stop: 'stop_sequence', length: 'max_tokens', 'tool-calls': 'tool_use' } as const;

/** Why an answer ended, as Anthropic says it. */
export function stopOf({ reason, stopped }: Ending) {
  return { stop_reason: stopReasons[reason], stop_sequence: reason === 'stop' ? (stopped ?? null) : null };
}
