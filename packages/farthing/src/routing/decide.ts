import type { Bar } from './constraints.js';

/** What a scorer is told of a call. */
export interface RouteSample {
  /**
   * The user's turn that opened the conversation, and never a system prompt: all turns of a conversation score alike, so
   * that it stays where it began.
   */
  readonly turn: string;
}

/**
 * Scores how much a call needs the strongest target: the higher, the more. Synchronous, and deterministic for equal
 * samples.
 */
export interface RouteScorer {
  /** `none`: its scores tell nothing yet, and the policy share decides. `learned`: they tell calls apart. */
  readonly evidence: 'none' | 'learned';
  readonly score: (sample: RouteSample) => number;
}

/** Why a call goes where it goes. */
export type RouteReason =
  /** The caller said so. */
  | 'pinned'
  /** Nothing else may take it. */
  | 'only'
  /** None fits; the one that comes nearest. */
  | 'no_fit'
  /** An earlier turn, whose state lies at its provider, went there. */
  | 'conversation'
  /** Earlier turns of the conversation went there, or were to: it stays together, and with what its provider has cached. */
  | 'affinity'
  /** A budget is running out. */
  | 'budget_low'
  | 'high_value'
  | 'low_value'
  /** A scorer's, or what was learned. */
  | 'score'
  /** No evidence: the policy's share of conversations. */
  | 'share'
  /** An audit asks the strongest. */
  | 'audit';

/** A target and what speaks against it for one call. */
export interface Candidate {
  readonly name: string;
  readonly bars: readonly Bar[];
  /** In tokens, as far as it is known. */
  readonly contextWindow: number | undefined;
}

/** What a decision rests on. */
export interface DecisionInput {
  readonly pin: string | undefined;
  /** The target that holds the state of the conversation. */
  readonly held: string | undefined;
  readonly isAudit: boolean;
  readonly budgetLow: boolean;
  readonly value: number | undefined;
  readonly high: number;
  readonly low: number;
  /** `undefined`: there is no evidence. */
  readonly score: number | undefined;
  readonly threshold: number | undefined;
  /** Which share of the route's calls needs the strongest target less, where scores are known by their rank. */
  readonly rank: number | undefined;
  /** The share of calls for the strongest target. */
  readonly share: number;
  /** The conversation's own number in [0, 1): below `share` it is one of the strong ones. */
  readonly draw: number;
  /** Where the earlier turns of the conversation went. */
  readonly place: KnownPlace | undefined;
}

/** Where a conversation is. */
export interface KnownPlace {
  /** The target that was chosen for it, and the one that answered last. */
  readonly chosen: string;
  readonly target: string;
  /** Whether its next turn is cheaper there, with what is cached, than at another target. */
  readonly isCheaperThan: (other: string) => boolean;
}

/** Where a call goes; `target` of `undefined`: nowhere, since it may not. */
export interface Decided {
  readonly target: string | undefined;
  readonly reason: RouteReason;
}

/** Bars that no wish and no need lifts. */
const isPolicy = ({ constraint }: Bar): boolean => constraint === 'residency' || constraint === 'air_gap';

/** Whether a target may be sent this call at all. */
function isLawful({ bars }: Candidate): boolean {
  return !bars.some(isPolicy);
}

/**
 * Where a call goes. Hard constraints first, then the caller's word, then budgets, value, the score, and the policy share.
 * Pure.
 * @param candidates cheapest first
 */
export function decide(candidates: readonly Candidate[], input: DecisionInput): Decided {
  const lawful = candidates.filter(isLawful);
  if (input.pin !== undefined) return { target: lawful.find(({ name }) => name === input.pin)?.name, reason: 'pinned' };
  const fitting = lawful.filter(({ bars }) => bars.length === 0);
  if (fitting.length === 0) return { target: nearest(lawful), reason: 'no_fit' };
  const held = fitting.find(({ name }) => name === input.held);
  if (held) return { target: held.name, reason: 'conversation' };
  const cheapest = fitting[0]?.name;
  const strongest = fitting.at(-1)?.name;
  if (fitting.length === 1) return { target: cheapest, reason: 'only' };
  if (input.isAudit) return { target: strongest, reason: 'audit' };
  const isLow = input.value !== undefined && input.value <= input.low;
  if (input.budgetLow || isLow)
    // To save money, it stays where that is what saves it.
    return cheapest !== undefined && isBetterKept(fitting, input.place, cheapest)
      ? { target: input.place?.target, reason: 'affinity' }
      : { target: cheapest, reason: input.budgetLow ? 'budget_low' : 'low_value' };
  if (input.value !== undefined && input.value >= input.high) return { target: strongest, reason: 'high_value' };
  const kept = keptTarget(fitting, input.place);
  if (kept !== undefined) return { target: kept, reason: 'affinity' };
  if (input.rank !== undefined)
    return { target: input.rank >= 1 - input.share ? strongest : cheapest, reason: 'score' };
  if (input.score !== undefined && input.threshold !== undefined)
    return { target: input.score >= input.threshold ? strongest : cheapest, reason: 'score' };
  return { target: input.draw < input.share ? strongest : cheapest, reason: 'share' };
}

/** The target of a conversation whose earlier turns are known: the one that was chosen, unless moving back costs more. */
function keptTarget(fitting: readonly Candidate[], place: KnownPlace | undefined): string | undefined {
  if (!place) return undefined;
  const fits = (name: string): boolean => fitting.some((each) => each.name === name);
  if (place.target !== place.chosen && isBetterKept(fitting, place, place.chosen)) return place.target;
  return [place.chosen, place.target].find(fits);
}

function isBetterKept(fitting: readonly Candidate[], place: KnownPlace | undefined, other: string): boolean {
  return place !== undefined && fitting.some(({ name }) => name === place.target) && place.isCheaperThan(other);
}

/** The fewest bars, then the largest window, then the strongest. */
function nearest(candidates: readonly Candidate[]): string | undefined {
  return candidates.reduce<Candidate | undefined>((best, each) => {
    if (!best || each.bars.length < best.bars.length) return each;
    if (each.bars.length > best.bars.length) return best;
    return (each.contextWindow ?? Infinity) >= (best.contextWindow ?? Infinity) ? each : best;
  }, undefined)?.name;
}
