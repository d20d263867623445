import type { Call, Completion, Fact, Source } from './call.js';
import { assembleRecord, type CallRecord } from './call-record.js';
import type { Stage } from './pipeline.js';

/** What the record stage needs. */
export interface RecordStageOptions {
  /** A clock that never jumps, in milliseconds. */
  readonly clock: () => number;
  readonly recordText: boolean;
  readonly emit: (record: CallRecord) => void;
}

/**
 * The outermost stage: it sees hits, denials, failures and cancelled streams alike, and emits one record for each, once
 * the caller is done and every leg is settled (a coalesced call may be paid for after its first caller has left).
 */
export function record({ clock, recordText, emit }: RecordStageOptions): Stage {
  return async (call, next) => {
    const startedMs = clock();
    const facts: Fact[] = [];
    let openLegs = 0;
    let finish: (() => void) | undefined;
    const note = (fact: Fact): void => {
      facts.push(fact);
      if (fact.kind === 'leg_started') openLegs++;
      if ((fact.kind === 'leg' || fact.kind === 'leg_unsent') && --openLegs === 0) finish?.();
    };
    const end = (noted: Call, source: Source, completion: Completion | undefined, error?: unknown): void => {
      const endedMs = clock();
      finish = () => {
        finish = undefined;
        emit(assembleRecord(noted, facts, { source, completion, error, startedMs, endedMs, recordText }));
      };
      if (openLegs === 0) finish();
    };
    const noted = { ...call, note };
    try {
      const reply = await next(noted);
      if (reply.source === 'queued') return reply; // the record of it is that of its answer
      const ended = reply.completion.then((completion) => {
        end(noted, reply.source, completion);
        return completion;
      });
      // Where the answer is in hand, its record is out before the caller goes on.
      if (reply.whole) await ended;
      return reply;
    } catch (error) {
      end(noted, 'provider', undefined, error);
      throw error;
    }
  };
}
