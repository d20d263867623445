import type { LimitWindow } from './limit-decision.js';

/** One answered call, as the limit learns from it. */
export interface LatencySample {
  /** Calls alike in what makes them slow: streamed or not, and about as long. Only such are compared. */
  readonly kind: string;
  /** Milliseconds from sending to the first byte. */
  readonly firstByteMs: number;
  /** What it may take, where the lane says so: then `kind` does not matter. */
  readonly usualMs: number | undefined;
  /** Calls under way when it was sent, itself among them. */
  readonly load: number;
  readonly isBound: boolean;
}

/** Collects samples until they say something. */
export interface LatencyWindows {
  /** Takes a sample in; answers a window once there are enough. `level` as in the limit's state. */
  readonly add: (sample: LatencySample, demand: WindowDemand, level: number) => LimitWindow | undefined;
  /** The limit has moved: what came before tells nothing of it. */
  readonly reset: () => void;
  /** The usual first-byte time of calls, in milliseconds; `undefined`: nothing is known. */
  readonly typicalMs: () => number | undefined;
}

/** When a window has seen enough. Errors are standard errors of a logarithm, ratios are against `level`. */
export interface WindowDemand {
  readonly least: number;
  /** Enough for any decision. */
  readonly error: number;
  /** Enough, where fewer calls already show a ratio below this one … */
  readonly early?: { readonly below: number; readonly error: number } | undefined;
  /** … or one that is surely above this one. */
  readonly surelyAbove?: number | undefined;
}

/** However much latencies scatter, a window ends after so many calls, and after so many for each that runs at once. */
const [fewestMost, mostSamples, mostPerLoad] = [96, 320, 8];
/** By so many calls the baseline is known well enough: what moves from then on is the provider. */
const baselineSamples = 256;
/** Kinds that are told apart; more than any traffic has. */
const maxKinds = 256;
/** How much of what sets a kind apart from the others is taken over from one window. */
const levelling = 0.1;

/**
 * Compares each call with calls of its kind, so that long outputs, large prompts and a change in the mixture are no
 * congestion. A kind that is seen for the first time is taken to be as fast as the others of its window.
 */
export function createLatencyWindows(): LatencyWindows {
  /** Mean logarithm of the first-byte time, at `level` 1. */
  const usual = new Map<string, number>();
  let samples: LatencySample[] = [];
  let typical: number | undefined;
  /** How many calls the baseline rests on. */
  let weight = 0;

  /** Logarithms of ratios: to the objective, where a fair part of the calls has one, and else to the usual. */
  const ratiosOf = (
    list: readonly LatencySample[],
  ): { readonly known: readonly number[]; readonly isAbsolute: boolean } => {
    const absolute = list.flatMap(({ firstByteMs, usualMs }) =>
      usualMs === undefined ? [] : [logOf(firstByteMs) - logOf(usualMs)],
    );
    if (absolute.length * 4 >= list.length) return { known: absolute, isAbsolute: true };
    const known = list.flatMap(({ kind, firstByteMs }) => {
      const base = usual.get(kind);
      return base === undefined ? [] : [logOf(firstByteMs) - base];
    });
    return { known, isAbsolute: false };
  };

  return {
    add: (sample, demand, level) => {
      samples.push(sample);
      typical = typical === undefined ? sample.firstByteMs : typical + (sample.firstByteMs - typical) / 16;
      const { length } = samples;
      // Looked at anew with every eighth call: each look sorts.
      if (length < demand.least || (length - demand.least) % 8 !== 0) return undefined;
      const { known, isAbsolute } = ratiosOf(samples);
      const isFirst = known.length === 0;
      const middle = isFirst ? Math.log(level) : medianOf(known);
      const scatter = isFirst ? 0 : medianError * spreadOf(known);
      const errors = { own: scatter / Math.sqrt(known.length), base: isAbsolute ? 0 : scatter / Math.sqrt(weight) };
      const isEnough =
        isFirst || (known.length * (isAbsolute ? 4 : 2) >= length && says(middle - Math.log(level), errors, demand));
      const most = Math.max(fewestMost, Math.min(mostSamples, mostPerLoad * sample.load));
      if (!isEnough && length < most) return undefined;
      const shift = isFirst || isAbsolute ? 0 : settle(middle - Math.log(level), errors, length);
      if (!isAbsolute) {
        weight = Math.min(baselineSamples, weight + length);
        learn(middle - shift, isFirst);
      }
      const window: LimitWindow = {
        ratio: Math.exp(middle - shift),
        error: errors.own,
        isAbsolute,
        load: samples.reduce((sum, { load }) => sum + load, 0) / samples.length,
        isBound: samples.filter(({ isBound }) => isBound).length * 2 >= samples.length,
      };
      samples = [];
      return window;
    },
    reset: () => {
      samples = [];
    },
    typicalMs: () => typical,
  };

  /**
   * A baseline that rests on few calls is itself uncertain: as far as a window may only show that, it moves the baseline.
   * Answers by how much.
   */
  function settle(middle: number, { own, base }: Errors, length: number): number {
    if (weight >= baselineSamples || Math.abs(middle) > 2 * Math.hypot(own, base)) return 0;
    const shift = (middle * length) / (weight + length);
    for (const [kind, before] of usual) usual.set(kind, before + shift);
    return shift;
  }

  function learn(middle: number, isFirst: boolean): void {
    const kinds = new Map<string, LatencySample[]>();
    for (const sample of samples) {
      const list = kinds.get(sample.kind);
      if (list) list.push(sample);
      else kinds.set(sample.kind, [sample]);
    }
    for (const [kind, list] of kinds) {
      const own = medianOf(list.map(({ firstByteMs }) => logOf(firstByteMs))) - middle;
      const before = usual.get(kind);
      if (before === undefined && usual.size >= maxKinds) usual.clear();
      // What all kinds share is the level's; only what sets this one apart is its own.
      usual.set(kind, before === undefined || isFirst ? own : before + (own - before) * levelling * shareOf(list));
    }
  }

  function shareOf(list: readonly LatencySample[]): number {
    return list.length / samples.length;
  }
}

/** Standard errors of a window's median and of the baseline. */
interface Errors {
  readonly own: number;
  readonly base: number;
}

/** The median of a bell curve is a quarter less sure than its mean. */
const medianError = 1.25;

/** Whether a window whose median logarithm is `middle` has seen enough. */
function says(middle: number, { own, base }: Errors, { error, early, surelyAbove }: WindowDemand): boolean {
  if (own <= error) return true;
  if (early && own <= early.error && middle < Math.log(early.below)) return true;
  return surelyAbove !== undefined && middle - 2 * Math.hypot(own, base) > Math.log(surelyAbove);
}

function logOf(milliseconds: number): number {
  return Math.log(Math.max(0.01, milliseconds));
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? (upper + (sorted[half - 1] ?? upper)) / 2 : upper;
}

/** Standard deviation, by the median distance from the median: one answer that hangs does not widen it. */
function spreadOf(values: readonly number[]): number {
  const middle = medianOf(values);
  return 1.4826 * medianOf(values.map((value) => Math.abs(value - middle)));
}
