import { type CurveFigures, figuresOf } from '../../packages/farthing/src/routing/curve.js';
import type { Dollars } from './dollars.js';

/** A call of a cascade: how much its answer seems to need the strongest target's, what that brings and costs. */
export interface EscalationCall {
  readonly score: number;
  readonly weak: number;
  readonly strong: number;
  /** A call that may be in two places, since it is not known whether answers agreed, is in each with a part of its weight. */
  readonly weight: number;
  /** What is paid whether it escalates or not, and what more if it does. */
  readonly dollars: { readonly always: number; readonly more: number; readonly strong: number } | undefined;
}

/** Figures of a cascade, and dollars per 1,000 calls. */
export interface EscalationFigures extends CurveFigures {
  readonly usd: EscalationDollars | undefined;
}

/** Dollars per 1,000 calls. */
export interface EscalationDollars {
  readonly alwaysStrong: number;
  /** The least with which the mix is as good as the strongest alone, and its share of escalated calls. */
  readonly equalQuality: number;
  readonly equalShare: number;
  /** `equalQuality` by `alwaysStrong`: above 1 the cascade costs more than it saves. */
  readonly ratio: number;
  /** With 80 % and with 95 % of the gap recovered. */
  readonly at80: number;
  readonly at95: number;
}

/** What both legs cost, where the first is always paid. */
export function legsOf(dollars: Dollars | undefined, second = 0): EscalationCall['dollars'] {
  return dollars && { always: dollars.weak + second, more: dollars.strong, strong: dollars.strong };
}

/** The whole curve: the highest score escalates first; calls of equal score share their gain. */
export function escalationFigures(calls: readonly EscalationCall[]): EscalationFigures {
  const order = calls.filter(({ weight }) => weight > 0).toSorted((a, b) => b.score - a.score);
  const figures = figuresOf(
    order.map(({ score }) => score),
    order.map(({ weak, strong }) => strong - weak),
    order.map(({ weight }) => weight),
  );
  return { ...figures, usd: dollarsAlong(order) };
}

function dollarsAlong(order: readonly EscalationCall[]): EscalationDollars | undefined {
  let [size, gap, strong, paid] = [0, 0, 0, 0];
  for (const { dollars, weight, ...call } of order) {
    if (!dollars) return undefined;
    size += weight;
    gap += weight * (call.strong - call.weak);
    strong += weight * dollars.strong;
    paid += weight * dollars.always;
  }
  const found = new Map<number, { readonly paid: number; readonly share: number }>();
  let [recovered, share] = [0, 0];
  for (let from = 0; from < order.length; ) {
    for (const level of [0.8, 0.95, 1])
      if (!found.has(level) && gap > 0 && recovered >= level * gap - 1e-9) found.set(level, { paid, share });
    // calls of equal score go together
    const { score } = order[from] ?? { score: 0 };
    for (; from < order.length && order[from]?.score === score; from++) {
      const call = order[from];
      if (!call?.dollars) continue;
      recovered += call.weight * (call.strong - call.weak);
      paid += call.weight * call.dollars.more;
      share += call.weight / size;
    }
  }
  const thousand = (dollars: number): number => (1000 * dollars) / size;
  const at = (level: number) => found.get(level) ?? { paid, share };
  return {
    alwaysStrong: thousand(strong),
    equalQuality: thousand(at(1).paid),
    equalShare: at(1).share,
    ratio: at(1).paid / strong,
    at80: thousand(at(0.8).paid),
    at95: thousand(at(0.95).paid),
  };
}
