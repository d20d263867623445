import {
  countLoss,
  createLossTable,
  drawnAt,
  drawsToGo,
  levelOf,
  levels,
  lossAt,
  lossBound,
  proveLosses,
  restoredLossTable,
  shareAt,
  storedLossTable,
} from './loss-table.js';
import { createLossWatch, isRisen, watchLoss } from './loss-watch.js';

/** The chance, in each epoch, that the promise fails. */
const delta = 0.05;

/** What is promised of a route's net loss, and what is known of it. */
export interface LossReport {
  /** `proving`: the policy share is in force, unproved. `revoked`: the loss rose, and it is being proved anew. */
  readonly state: 'proving' | 'proved' | 'revoked';
  /** The largest acceptable net loss per call: quality of always-strong minus that of the mix. */
  readonly maxQualityLoss: number;
  readonly confidence: number;
  /** Counts from 0; each revocation begins a new one. */
  readonly epoch: number;
  /** Calls of this epoch that were drawn. Those that need the strongest target most lose nothing, and are not asked again. */
  readonly drawn: number;
  /** The net loss that the draws showed for the mix in force; `undefined` before the first. */
  readonly estimate: number | undefined;
  /** Upper bound of the net loss of the mix in force; 1 while nothing can be said. */
  readonly bound: number;
  /** Draws until a smaller share of strong calls is proved, if they go on as so far; `undefined` where that is not in sight. */
  readonly drawsToGo: number | undefined;
}

/** Holds the share of calls that go to the cheapest target where its net loss is proved to be small enough. */
export interface LossControl {
  /** The share of calls that goes to the strongest target. */
  readonly strongShare: () => number;
  /** Counts revocations. */
  readonly epoch: () => number;
  /** How a call of this rank is drawn, where this share of all calls may be audited. */
  readonly drawOf: (rank: number, auditRate: number) => Draw;
  /** Counts a call that was drawn; answers whether the promise was revoked by it. */
  readonly count: (drawn: DrawnLoss) => boolean;
  readonly report: () => LossReport;
  /** As plain JSON. */
  readonly snapshot: () => unknown;
  /** Goes on from a snapshot of the same promise; answers whether it was one. */
  readonly restore: (snapshot: unknown) => boolean;
}

/**
 * How a call is drawn: with `probability`, as one that speaks for all levels up to `upTo`; and with the smaller `forAll`, as
 * one that speaks for all.
 */
export interface Draw {
  readonly probability: number;
  readonly forAll: number;
  readonly upTo: number;
  /** At all those levels it goes to the strongest target: it loses nothing, which nobody need be asked. */
  readonly isFree: boolean;
}

/** A call that was drawn, as it counts. */
export interface DrawnLoss {
  readonly rank: number;
  /** The highest level that it speaks for. */
  readonly upTo: number;
  /** Quality of the strongest target's answer minus that of the cheapest one's, −1 to 1. */
  readonly gain: number;
  /** Where it really went. */
  readonly routed: 'weak' | 'strong';
}

/** Levels above those in force that are audited as closely: what may be proved next. */
const lookahead = 4;
/** Of all audits, the part that is drawn from all calls alike: the predictor learns from those. */
const evenPart = 0.5;

/**
 * Control over one route. The promise: with probability 95 % in each epoch, no share is taken for proved whose net loss is
 * `maxLoss` or more, as the judge sees it, while traffic stays alike. Until then the policy share is in force, and after a
 * revocation only what is proved again.
 */
export function createLossControl(maxLoss: number, policyStrongShare: number): LossControl {
  let table = createLossTable();
  let watch = createLossWatch();
  let epoch = 0;
  const proved = (): number => 1 - shareAt(table.proved);
  const strongShare = (): number => (epoch > 0 ? proved() : Math.min(policyStrongShare, proved()));
  // a policy share between two levels stands at the next higher one: not to its good
  const levelInForce = (): number => Math.ceil((1 - strongShare()) / shareAt(1) - 1e-9);
  return {
    epoch: () => epoch,
    strongShare,
    drawOf: (rank, auditRate) => {
      const upTo = Math.min(levels, Math.max(levelInForce(), table.proved + lookahead));
      const share = shareAt(upTo);
      const probability = Math.min(1, (auditRate * (1 - evenPart * (1 - share))) / share);
      const forAll = share === 1 ? auditRate : (auditRate - share * probability) / (1 - share);
      return { probability, forAll, upTo, isFree: levelOf(rank) > upTo };
    },
    count: ({ rank, gain, routed, upTo }) => {
      countLoss(table, rank, gain, upTo);
      watchLoss(watch, routed === 'weak' ? gain : 0, maxLoss);
      if (isRisen(watch, maxLoss)) {
        table = createLossTable();
        watch = createLossWatch();
        epoch++;
        return true;
      }
      proveLosses(table, maxLoss, delta);
      return false;
    },
    report: () => {
      const level = levelInForce();
      const drawn = drawnAt(table, Math.max(1, level));
      const isProved = table.proved > 0 && proved() <= strongShare();
      const bound = lossBound(table, level, delta);
      return {
        state: isProved ? 'proved' : epoch > 0 ? 'revoked' : 'proving',
        maxQualityLoss: maxLoss,
        confidence: 1 - delta,
        epoch,
        drawn,
        estimate: drawn === 0 ? undefined : level === 0 ? 0 : lossAt(table, level),
        bound: isProved ? Math.min(bound, maxLoss) : bound,
        drawsToGo: drawsToGo(table, maxLoss, delta),
      };
    },
    snapshot: () => ({ maxLoss, epoch, table: storedLossTable(table), watch: [...watch.evidence] }),
    restore: (snapshot) => {
      const saved = (snapshot ?? {}) as { maxLoss?: unknown; epoch?: unknown; table?: unknown; watch?: unknown }; // any value has some such fields or none
      const restored = restoredLossTable(saved.table);
      const isWhole = restored && Number.isSafeInteger(saved.epoch) && Number(saved.epoch) >= 0;
      if (!isWhole || saved.maxLoss !== maxLoss || !Array.isArray(saved.watch)) return false;
      if (!saved.watch.every((each) => Number.isFinite(each) && each >= 1)) return false;
      table = restored;
      // what the counts can't have proved is not believed
      if (!(lossAt(table, table.proved) <= maxLoss)) table.proved = 0;
      watch = createLossWatch(saved.watch);
      epoch = Number(saved.epoch);
      return true;
    },
  };
}
