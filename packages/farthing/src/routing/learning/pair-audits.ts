import { auditStopped } from '../../auditor.js';
import type { Call, Completion } from '../../call.js';
import type { Warn } from '../../warnings.js';
import type { Compare, Qualities } from './quality.js';

/** An answered call of which the other target's answer is to be seen, too. */
export interface PairCheck {
  readonly call: Call;
  readonly turn: string;
  readonly routed: 'weak' | 'strong';
  /** The answer that the caller got. */
  readonly answer: string;
  /** The name of the target that did not answer; `undefined`: nobody need be asked, it is only drawn like the others. */
  readonly other: string | undefined;
  /** `undefined`: it was lost, or nobody was asked. */
  readonly done: (qualities: Qualities | undefined) => void;
}

/** Asks both targets, off the callers' path, a few at a time. */
export interface PairAudits {
  /** Whether a further audit may be drawn: not while a budget has no room for it. It knows nothing of the call. */
  readonly isOpen: () => boolean;
  readonly check: (check: PairCheck) => void;
  /** What the audits have cost so far, in nano-dollars, without the judge's calls. */
  readonly spentNanoUsd: () => number;
  /** Resolves when all audits so far have ended. */
  readonly idle: () => Promise<void>;
  /** Begins no further audit. */
  readonly close: () => void;
}

/** What audits need. */
export interface PairAuditsOptions {
  /** Sends a call again, to the target of this name; its own record tells the cost. Never rejects. */
  readonly ask: (call: Call, target: string) => Promise<Completion>;
  readonly compare: Compare;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly warn: Warn;
}

const atOnce = 2;
/** More wait in vain: they are given up, whatever they are about. */
const mostWaiting = 100;
const tries = 3;
/** No call is drawn for so long where a budget has no room, or a target is away: for all calls alike, so none is favoured. */
const pauseMs = 600_000;

/**
 * Runs audits in the order in which they were drawn. Where a budget has no room for one, or the other target is away, it is
 * lost, and all that waits behind it is given up. Where the cheapest target has no answer, that is a bad one; where the
 * strongest has none, the audit is lost.
 */
export function createPairAudits({ ask, compare, now, warn }: PairAuditsOptions): PairAudits {
  const waiting: PairCheck[] = [];
  const running = new Set<Promise<void>>();
  let pausedUntilMs = 0;
  let picoUsd = 0n;
  let closed = false;

  /** The other target's answer; or why there is none. */
  const secondOf = async (
    call: Call,
    other: string,
  ): Promise<{ readonly text: string } | 'denied' | 'away' | 'none' | 'stopped'> => {
    for (let attempt = 0; attempt < tries; attempt++) {
      const ended = await ask(call, other);
      picoUsd += ended.cost?.totalPicoUsd ?? 0n;
      const text = textOf(ended);
      if (text !== undefined) return { text };
      if (ended.error === auditStopped) return 'stopped';
      if (ended.httpStatus === 402) return 'denied';
      if (ended.httpStatus >= 400 && ended.httpStatus < 429) return 'none';
      if (ended.httpStatus === 200 && ended.status === 'complete') return 'none';
    }
    return 'away';
  };
  const audit = async ({ call, turn, routed, other, answer, done }: PairCheck): Promise<void> => {
    if (other === undefined) return done(undefined);
    const second = await secondOf(call, other);
    if (closed || second === 'stopped') return;
    if (second === 'denied' || second === 'away') {
      pausedUntilMs = now() + pauseMs;
      waiting.length = 0;
      // It may be for what it asks that it can't be had: only what waited behind it was chosen by nobody.
      done(undefined);
    } else if (second === 'none') done(routed === 'strong' ? { weak: 0, strong: 1 } : undefined);
    else {
      const { text } = second;
      done(await (routed === 'weak' ? compared(turn, answer, text) : compared(turn, text, answer)));
    }
  };
  const compared = async (turn: string, weak: string, strong: string): Promise<Qualities | undefined> => {
    try {
      return await compare(turn, weak, strong);
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      warn(
        'callback_error',
        `What compares the answers of audits threw ${name}: they count against what is to be proved.`,
      );
      return undefined;
    }
  };
  const next = (): void => {
    if (closed || running.size >= atOnce) return;
    const check = waiting.shift();
    if (!check) return;
    const ended = audit(check).finally(() => {
      running.delete(ended);
      next();
    });
    running.add(ended);
  };
  return {
    isOpen: () => !closed && waiting.length < mostWaiting && now() >= pausedUntilMs,
    check: (check) => {
      waiting.push(check);
      next();
    },
    spentNanoUsd: () => Number(picoUsd / 1000n),
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
    close: () => {
      closed = true;
      waiting.length = 0;
    },
  };
}

/** The text of an answer that ended well, or at the caller's own length limit. */
export function textOf({ status, httpStatus, answer, altered }: Completion): string | undefined {
  const ended = answer && (answer.finished || answer.truncated);
  return status === 'complete' && httpStatus === 200 && ended && !altered ? answer.outputText() : undefined;
}
