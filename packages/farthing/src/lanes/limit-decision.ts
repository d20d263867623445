/** Why a limit is what it is: what moved it last. */
export type LimitReason =
  | 'start'
  /** No queue was seen at the provider. */
  | 'grown'
  /** First bytes came late. */
  | 'latency'
  /** The provider said no: 429, 503, 529. */
  | 'refused'
  /** A trial is under way: would more, or less, change anything? */
  | 'trial'
  /** A trial changed nothing: the limit is as before. */
  | 'restored';

/** A changed limit whose effect is being measured. */
interface Trial {
  readonly kind: 'up' | 'down' | 'shrink';
  readonly limit: number;
  readonly ratio: number;
  readonly load: number;
}

/** What is known of the limit of one provider, model and key. */
export interface LimitState {
  readonly limit: number;
  /** By which share the next growth is; it doubles while growth is free. */
  readonly step: number;
  /** What it last shrank to, as first bytes came late beyond; 0 where they never did. */
  readonly edge: number;
  /** What the provider was seen to refuse beyond; infinite where it was not. */
  readonly ceiling: number;
  /** How late first bytes come that wait for nobody, against those at first. */
  readonly level: number;
  /** Windows since the limit moved, and after how many it is put to a trial. */
  readonly calm: number;
  readonly patience: number;
  /** Mean ratio of the calm windows. */
  readonly calmRatio: number;
  readonly nextTrial: 'up' | 'down';
  readonly trial: Trial | undefined;
  readonly reason: LimitReason;
}

/** What some calls together showed. */
export interface LimitWindow {
  /** Median first-byte time against what is usual at `level` 1. */
  readonly ratio: number;
  /** The ratio is to an objective, which holds as it is, and not to what is usual. */
  readonly isAbsolute: boolean;
  /** Standard error of the ratio's logarithm. */
  readonly error: number;
  /** Calls under way when these were sent, on average. */
  readonly load: number;
  /** Whether the limit was what held them back. */
  readonly isBound: boolean;
}

/** What a limit is learned for. */
export interface LimitAim {
  readonly min: number;
  readonly max: number;
  readonly start: number;
  /** The slowdown that is accepted, above 1. */
  readonly slowdown: number;
}

/** Growth until the first slow window, and after it. */
const [fastStep, slowStep, largestStep] = [0.5, 0.05, 0.5];
/** Where a queue was seen before, growth does not gather speed until it is well past it: the provider has grown, too. */
const [edgeStep, wellPast] = [0.12, 1.2];
/** A limit shrinks to no less than this share at once. */
const largestCut = 0.4;
const cutOnRefusal = 0.8;
const [upTrial, downTrial] = [1.2, 0.8];
const [leastPatience, mostPatience] = [6, 96];
/** From here on, latency followed the load as a queue's would; below, it did something else. */
const followed = 0.45;

/** Below this ratio a limit grows. Until a queue was seen for the first time, growth may overshoot. Pure. */
export function growsBelow({ edge, ceiling }: LimitState, { slowdown }: LimitAim): number {
  const isNew = edge === 0 && !Number.isFinite(ceiling);
  return 1 + (isNew ? 0.8 : 0.4) * (slowdown - 1);
}

/** Above this ratio it shrinks; between the two it stands. Pure. */
export function shrinksAbove({ slowdown }: LimitAim): number {
  return 1 + 1.2 * (slowdown - 1);
}

/** Whether the last window made it grow: the next growth is then larger. */
export function isGrowing({ step }: LimitState): boolean {
  return step > slowStep;
}

/** Below this ratio, first bytes come earlier than they did under the same limit: there is more room than there was. */
export function fallenBelow({ calm, calmRatio }: LimitState): number {
  return calm >= 2 ? 0.93 * calmRatio : 0;
}

/** A limit of which nothing is known yet. */
export function startLimit({ start }: LimitAim): LimitState {
  return {
    limit: start,
    step: fastStep,
    edge: 0,
    ceiling: Number.POSITIVE_INFINITY,
    level: 1,
    calm: 0,
    patience: leastPatience,
    calmRatio: 1,
    nextTrial: 'up',
    trial: undefined,
    reason: 'start',
  };
}

/**
 * Moves a limit by what a window of calls showed. Pure.
 *
 * Latency against a baseline, as Netflix's Gradient2 and TCP Vegas take it: a first byte that comes later than it does
 * without a queue tells of a queue. A baseline may be wrong, and a provider may become slower for everyone; so a change
 * counts only where latency follows the load: a cut that does not help is taken back, and a limit that has stood for a
 * while is put to a small trial, upwards and downwards in turn.
 */
export function decideLimit(state: LimitState, window: LimitWindow, aim: LimitAim): LimitState {
  const next = decide(state, { ...window, ratio: window.ratio / state.level }, aim);
  // An objective may be out of reach, which the level excuses; it is never more than it says.
  return window.isAbsolute && next.level < 1 ? { ...next, level: 1 } : next;
}

/** `window.ratio` is against the level. */
function decide(state: LimitState, window: LimitWindow, aim: LimitAim): LimitState {
  const { ratio, isBound } = window;
  if (state.trial) return judgeTrial(state, state.trial, window, aim);
  if (ratio > shrinksAbove(aim)) return isBound ? shrink(state, window, aim) : drift(state, ratio, 0.25);
  const settled = ratio < 0.85 ? drift(state, ratio, 0.5) : state;
  if (!isBound) return settled;
  if (ratio < Math.max(growsBelow(state, aim), fallenBelow(state)) && state.limit < Math.min(state.ceiling, aim.max))
    return grow(settled, aim);
  return hold(settled, window, aim);
}

/**
 * The provider refused a call. Pure.
 * @param load calls under way when it was sent, itself among them
 * @param isFirst no refusal has moved the limit since it was sent: one burst counts once
 * @param isConcurrency it is about how many run at once, for all that is known, and not about a rate
 */
export function refuseLimit(
  state: LimitState,
  {
    load,
    isFirst,
    isConcurrency,
  }: { readonly load: number; readonly isFirst: boolean; readonly isConcurrency: boolean },
  aim: LimitAim,
): LimitState {
  // Refused with nothing else under way, and no lower limit to try: it was never about how many run at once. What was
  // taken for a ceiling is forgotten, or a limit would stay at its lowest long after the provider answers again.
  if (load <= 1 && Math.floor(state.limit) <= aim.min)
    return { ...state, ceiling: Number.POSITIVE_INFINITY, patience: leastPatience, trial: undefined, calm: 0 };
  // Far under the limit it tells little of where the limit should be.
  const isTight = load >= state.limit / 2;
  const ceiling = isConcurrency && isTight ? Math.min(state.ceiling, Math.max(aim.min, load - 1)) : state.ceiling;
  const cut =
    isFirst && isConcurrency ? Math.min(state.limit, isTight ? load : state.limit) * cutOnRefusal : state.limit;
  const limit = clamp(Math.min(cut, ceiling), aim);
  if (limit === state.limit && ceiling === state.ceiling) return state;
  return {
    ...state,
    ...(limit < state.limit && { limit, reason: 'refused' as const, trial: undefined, calm: 0 }),
    ceiling,
    step: slowStep,
    // What was tried beyond the ceiling and refused is tried again later, and each time later.
    patience: isFirst ? Math.min(mostPatience, state.patience * 2) : state.patience,
    nextTrial: 'up',
  };
}

function judgeTrial(state: LimitState, trial: Trial, window: LimitWindow, aim: LimitAim): LimitState {
  const { ratio, load } = window;
  const expected = Math.log(load / trial.load);
  // Where the load did not change, nothing was tried.
  const queued = Math.abs(expected) < 0.03 ? 1 : Math.log(ratio / trial.ratio) / expected;
  const over = { ...state, trial: undefined, calm: 0, calmRatio: 1 };
  const isQueue = queued >= followed;
  const later = Math.min(mostPatience, state.patience * 2);
  switch (trial.kind) {
    case 'up':
      return isQueue || !window.isBound
        ? { ...over, limit: trial.limit, patience: later, nextTrial: 'down', reason: 'restored' }
        : { ...over, level: state.level * ratio, patience: leastPatience, reason: 'grown', step: slowStep * 2 };
    case 'down':
      return isQueue && ratio < trial.ratio && window.isBound
        ? { ...over, level: state.level * Math.min(1, ratio), patience: leastPatience, reason: 'latency' }
        : { ...over, limit: clamp(trial.limit, aim), patience: later, nextTrial: 'up', reason: 'restored' };
    case 'shrink': {
      if (!isQueue && window.isBound && ratio > 1)
        return { ...over, limit: clamp(trial.limit, aim), level: state.level * ratio, reason: 'restored' };
      return decide({ ...over, patience: leastPatience }, window, aim);
    }
  }
}

function shrink(state: LimitState, window: LimitWindow, aim: LimitAim): LimitState {
  const share = Math.max(largestCut, (1 + 0.6 * (aim.slowdown - 1)) / window.ratio);
  // Beyond what was under way, nothing was measured.
  const limit = clamp(Math.min(state.limit, window.load) * share, aim);
  if (limit === state.limit) return hold(state, window, aim);
  return {
    ...state,
    limit,
    step: slowStep,
    edge: limit,
    // Well under what was refused once, that is no longer what limits.
    ceiling: limit < 0.8 * state.ceiling ? Number.POSITIVE_INFINITY : state.ceiling,
    // It was looked at since it was high: part of that is chance, and would go by itself.
    trial: { kind: 'shrink', limit: state.limit, ratio: window.ratio * Math.exp(-window.error), load: window.load },
    calm: 0,
    reason: 'latency',
  };
}

function grow(state: LimitState, aim: LimitAim): LimitState {
  const limit = clamp(Math.min(state.ceiling, Math.max(state.limit + 1, state.limit * (1 + state.step))), aim);
  const most = limit < wellPast * state.edge ? edgeStep : largestStep;
  return { ...state, limit, step: Math.min(most, state.step * 2), calm: 0, calmRatio: 1, reason: 'grown' };
}

function hold(state: LimitState, window: LimitWindow, aim: LimitAim): LimitState {
  const calm = state.calm + 1;
  const calmRatio = state.calmRatio + (window.ratio - state.calmRatio) / calm;
  const held = { ...state, calm, calmRatio, step: slowStep };
  if (calm < state.patience) return held;
  const kind = state.nextTrial;
  const limit = clamp(kind === 'up' ? Math.max(state.limit * upTrial, state.limit + 1) : state.limit * downTrial, aim);
  if (limit === state.limit) return { ...held, calm: 0, calmRatio: 1, nextTrial: kind === 'up' ? 'down' : 'up' };
  return {
    ...held,
    limit,
    // What it was refused beyond is tried again.
    ceiling: kind === 'up' ? Math.max(state.ceiling, limit) : state.ceiling,
    trial: { kind, limit: state.limit, ratio: calmRatio, load: window.load },
    reason: 'trial',
  };
}

/** Latency that is not of our making moves the level, a part of the way. */
function drift(state: LimitState, ratio: number, part: number): LimitState {
  return { ...state, level: state.level * ratio ** part };
}

function clamp(limit: number, { min, max }: LimitAim): number {
  return Math.min(max, Math.max(min, limit));
}
