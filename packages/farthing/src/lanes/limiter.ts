import { createLatencyWindows, type LatencySample, type WindowDemand } from './latency-window.js';
import {
  decideLimit,
  fallenBelow,
  growsBelow,
  isGrowing,
  type LimitAim,
  type LimitState,
  refuseLimit,
  shrinksAbove,
  startLimit,
} from './limit-decision.js';

/** A call under way, as its limit remembers it. */
export interface Sent {
  readonly serial: number;
  /** Calls under way when it was sent, itself among them. */
  readonly load: number;
  readonly isBound: boolean;
}

/** Learns how many calls may be under way at one provider, for one model and key. No clock: time comes with the facts. */
export interface Limiter {
  /** A whole number of calls. */
  readonly limit: () => number;
  /** A call goes out. */
  readonly sent: (load: number, isBound: boolean) => Sent;
  /** Its first byte came. */
  readonly answered: (sent: Sent, sample: Pick<LatencySample, 'kind' | 'firstByteMs' | 'usualMs'>) => void;
  /** The provider refused it. Answers whether it is the first of a burst: those sent before the last one was heard of. */
  readonly refused: (sent: Sent, isConcurrency: boolean) => boolean;
  readonly state: () => LimitState;
  /** The usual first-byte time, in milliseconds; `undefined`: nothing is known. */
  readonly typicalMs: () => number | undefined;
}

/** A window is rather more than half as many calls as run at once, within these. */
const [leastSamples, mostNeeded] = [12, 48];
const error = 0.03;
/** Growth that goes on may go by less. */
const [earlyError, fallenError] = [0.06, 0.045];

/** What shows early which way a limit has to go. A trial is a small change, and is seen only by many calls. */
function earlySigns(state: LimitState, aim: LimitAim): Pick<WindowDemand, 'early' | 'surelyAbove'> {
  if (state.trial && state.trial.kind !== 'shrink') return {};
  return {
    surelyAbove: shrinksAbove(aim),
    early: isGrowing(state)
      ? { below: growsBelow(state, aim), error: earlyError }
      : { below: Math.min(growsBelow(state, aim), fallenBelow(state)), error: fallenError },
  };
}

/** A limiter that knows nothing yet. */
export function createLimiter(aim: LimitAim): Limiter {
  const windows = createLatencyWindows();
  let state = startLimit(aim);
  let serial = 0;
  /** Calls sent before this one were sent under another limit. */
  let movedAt = 0;
  let refusedAt = 0;
  const move = (next: LimitState): void => {
    const hasMoved = next.limit !== state.limit;
    state = next;
    if (!hasMoved) return;
    movedAt = serial;
    windows.reset();
  };
  return {
    limit: () => Math.max(1, Math.floor(state.limit + 1e-9)),
    sent: (load, isBound) => ({ serial: serial++, load, isBound }),
    answered: (sent, sample) => {
      if (sent.serial < movedAt) return;
      const least = Math.min(mostNeeded, Math.max(leastSamples, Math.ceil(0.6 * state.limit)));
      const demand = { least, error, ...earlySigns(state, aim) };
      const { load, isBound } = sent;
      const window = windows.add({ ...sample, load, isBound }, demand, state.level);
      if (window) move(decideLimit(state, window, aim));
    },
    refused: (sent, isConcurrency) => {
      const isFirst = sent.serial >= refusedAt;
      if (isFirst) refusedAt = serial;
      move(refuseLimit(state, { load: sent.load, isFirst, isConcurrency }, aim));
      return isFirst;
    },
    state: () => state,
    typicalMs: windows.typicalMs,
  };
}
