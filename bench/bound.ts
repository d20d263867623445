/**
 * Simulates the error bound: `npm run bench -- bound [--runs 200] [--seed 1] [--strict 0.95] [--scores FILE] [--only
 * s1,qqp]`. FILE is JSONL of top-1 scores, `{ score, repeat, right, entry }`; without it a synthetic stand-in with the
 * published shares of MiniLM on QQP is used. "In violation" is a run in which the expected error of the threshold in force,
 * computed from the pool without sampling, ever passed the rate asked for. Ends with one line of JSON per setting.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Controller, createController } from '../packages/farthing/src/audit/controller.js';
import { seeded } from '../packages/farthing/src/audit/seeded-random.js';
import { gridOf, warmUpSize } from '../packages/farthing/src/audit/threshold-grid.js';

type Random = () => number;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN; // indices run over the pool

// ---- Worlds: what candidates there are, how often they come and how often their cheap answer is wrong.

interface Candidate {
  readonly score: number;
  readonly wrong: number;
  readonly weight: number;
  readonly entry: number;
}

interface World {
  readonly scores: Float64Array;
  readonly wrong: Float64Array;
  readonly entries: Int32Array;
  readonly pick: (random: Random) => number;
  readonly errorFrom: (threshold: number) => number;
  readonly shareFrom: (threshold: number) => number;
  /** The largest share of traffic that can be served at this error rate by any threshold. */
  readonly oracleShare: (maxErrorRate: number) => number;
}

function worldOf(candidates: readonly Candidate[]): World {
  const sorted = [...candidates].sort((a, b) => b.score - a.score);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const share = new Float64Array(sorted.length);
  const error = new Float64Array(sorted.length);
  sorted.forEach(({ weight, wrong }, index) => {
    share[index] = (share[index - 1] ?? 0) + weight / total;
    error[index] = (error[index - 1] ?? 0) + (weight / total) * wrong;
  });
  const scores = Float64Array.from(sorted, ({ score }) => score);
  let alias: World['pick'] | undefined;
  const lastFrom = (threshold: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(scores, middle) >= threshold) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  return {
    scores,
    wrong: Float64Array.from(sorted, ({ wrong }) => wrong),
    entries: Int32Array.from(sorted, ({ entry }) => entry),
    pick: (random) => {
      alias ??= aliasOf(sorted.map(({ weight }) => weight / total));
      return alias(random);
    },
    errorFrom: (threshold) => {
      const last = lastFrom(threshold);
      return last < 0 ? 0 : at(error, last) / at(share, last);
    },
    shareFrom: (threshold) => share[lastFrom(threshold)] ?? 0,
    oracleShare: (maxErrorRate) => {
      let best = 0;
      for (let index = 0; index < sorted.length; index++)
        // A threshold takes all candidates of one score or none.
        if (scores[index + 1] !== scores[index] && at(error, index) <= maxErrorRate * at(share, index))
          best = at(share, index);
      return best;
    },
  };
}

/** Draws from a discrete distribution in constant time (Walker's alias method). */
function aliasOf(probabilities: readonly number[]): World['pick'] {
  const size = probabilities.length;
  const keep = Float64Array.from(probabilities, (probability) => probability * size);
  const alias = new Int32Array(size);
  const small: number[] = [];
  const large: number[] = [];
  keep.forEach((value, index) => {
    (value < 1 ? small : large).push(index);
  });
  for (;;) {
    const high = large.at(-1);
    const low = high === undefined ? undefined : small.pop();
    if (high === undefined || low === undefined) break;
    alias[low] = high;
    keep[high] = at(keep, high) + at(keep, low) - 1;
    if (at(keep, high) < 1) small.push(large.pop() ?? high);
  }
  // What is left over is 1, but for rounding.
  for (const index of small) keep[index] = 1;
  return (random) => {
    const index = Math.floor(random() * size);
    return random() < at(keep, index) ? index : at(alias, index);
  };
}

/** Scores of the synthetic worlds: near duplicates around 0.98, the rest around 0.87; about 25 % lie above 0.95. */
function syntheticScore(random: Random): number {
  for (;;) {
    const score = random() < 0.25 ? 0.98 + 0.02 * normal(random) : 0.87 + 0.04 * normal(random);
    if (score <= 1) return score;
  }
}

const logistic =
  (slope: number, middle: number) =>
  (score: number): number =>
    1 / (1 + Math.exp(slope * (score - middle)));

/** Even traffic over 3,000 entries, ten candidates each, whose error follows a curve over the score. */
function curveWorld(seed: number, errorAt: (score: number) => number): World {
  const random = seeded(seed);
  return worldOf(
    Array.from({ length: 30_000 }, (_, index) => {
      const score = syntheticScore(random);
      return { score, wrong: errorAt(score), weight: 1, entry: index % 3000 };
    }),
  );
}

/** A blunt score: the curve is flatter and lies elsewhere for each of 300 entries; a few entries have most visits. */
function bluntWorld(seed: number): World {
  const random = seeded(seed);
  const middles = Array.from({ length: 300 }, () => 0.86 + 0.02 * normal(random));
  return worldOf(
    Array.from({ length: 30_000 }, (_, index) => {
      const score = syntheticScore(random);
      const entry = index % 300;
      return { score, wrong: logistic(40, at(middles, entry))(score), weight: (entry + 1) ** -0.9, entry };
    }),
  );
}

interface ScoredRow {
  readonly score: number;
  readonly repeat: boolean;
  readonly right: boolean;
  readonly entry?: number;
}

/**
 * Stands in for real scores: a stream of 60 % repeats whose every figure in bound.md's tables is met. From each score on:
 * the share of traffic, and the error rate among it.
 */
const standIn = [
  { from: 0.95, share: 0.107, error: 0.0065 },
  { from: 0.915, share: 0.24, error: 0.005 },
  { from: 0.9, share: 0.296, error: 0.0067 },
  { from: 0.895, share: 0.31, error: 0.01 },
  { from: 0.875, share: 0.37, error: 0.02 },
  { from: 0.84, share: 0.47, error: 0.05 },
  { from: 0.2, share: 1, error: 0.43 },
] as const;

function standInWorld(repeatShare: number, seed: number): World {
  const random = seeded(seed);
  let [above, shareAbove, wrongAbove] = [1, 0, 0];
  const candidates = standIn.flatMap(({ from, share, error }) => {
    const wrong = (share * error - wrongAbove) / (share - shareAbove);
    // 2,000 scores a band, which share its traffic and its error; fewer repeats make what is left of it more wrong.
    const repeats = (repeatShare / 0.6) * (1 - wrong);
    const weight = ((share - shareAbove) * (repeats + wrong)) / 2000;
    const band = Array.from({ length: 2000 }, () => ({
      score: from + random() * (above - from),
      wrong: wrong / (repeats + wrong),
      weight,
      // Zipf: popularity falls as one over the rank.
      entry: Math.floor(3000 ** random()),
    }));
    [above, shareAbove, wrongAbove] = [from, share, share * error];
    return band;
  });
  return worldOf(candidates);
}

/**
 * The order of popularity decides how hard this stream is, since the first entry alone gets 7 % of the traffic. That of
 * bound.md is not recorded, but these shares of its tables are: served by the best threshold at a rate, and error and
 * traffic from two scores on.
 */
const published = {
  oracle: [
    [0.005, 0.24],
    [0.01, 0.31],
    [0.02, 0.37],
    [0.05, 0.47],
  ],
  from: [
    [0.95, 0.0065, 0.107],
    [0.9, 0.0067, 0.296],
  ],
} as const;

/** The order of popularity, among 2,000 drawn, whose stream is most like that one. */
function publishedOrder(rows: readonly ScoredRow[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let order = 0; order < 2000; order++) {
    const world = scoredWorld(rows, 0.6, order);
    let gap = 0;
    for (const [rate, share] of published.oracle) gap += (world.oracleShare(rate) / share - 1) ** 2;
    for (const [score, error, share] of published.from)
      gap += (world.errorFrom(score) / error - 1) ** 2 + (world.shareFrom(score) / share - 1) ** 2;
    if (gap < least) [best, least] = [order, gap];
  }
  return best;
}

/** Real or stand-in scores: so many repeats, which Zipf's law spreads over entries, in an order of their own. */
function scoredWorld(rows: readonly ScoredRow[], repeatShare: number, seed: number): World {
  const random = seeded(seed);
  const entryOf = ({ entry }: ScoredRow, index: number): number => entry ?? index;
  const entries = [...new Set(rows.map(entryOf))].map((entry) => ({ entry, order: random() }));
  entries.sort((a, b) => a.order - b.order);
  const rank = new Map(entries.map(({ entry }, index) => [entry, index + 1]));
  const weightOf = (row: ScoredRow, index: number): number =>
    row.repeat ? 1 / (rank.get(entryOf(row, index)) ?? 1) : 1;
  const sum = (repeat: boolean): number =>
    rows.reduce((total, row, index) => total + (row.repeat === repeat ? weightOf(row, index) : 0), 0);
  const [repeats, novels] = [sum(true), sum(false)];
  return worldOf(
    rows.map((row, index) => ({
      score: row.score,
      wrong: row.right ? 0 : 1,
      weight: row.repeat ? (repeatShare * weightOf(row, index)) / repeats : (1 - repeatShare) / novels,
      entry: entryOf(row, index),
    })),
  );
}

// ---- Methods: each sees scores, decides, and is told verdicts of what it audits.

/** One method in one run. */
interface Method {
  readonly provedFrom: () => number;
  readonly servedFrom: () => number;
  /** Whether it audits this candidate; `label` follows at once if so. */
  readonly consider: (score: number) => boolean;
  readonly label: (failed: boolean) => void;
}

function ours(controller: Controller): Method {
  let ticket: ReturnType<Controller['consider']>['audit'];
  return {
    provedFrom: () => controller.inForce().provedFrom,
    servedFrom: () => controller.inForce().servedFrom,
    consider: (score) => {
      ticket = controller.consider(score).audit;
      return ticket !== undefined;
    },
    label: (failed) => {
      if (ticket) controller.label(ticket, failed);
    },
  };
}

/** The usual mistake: a 95 % Clopper-Pearson bound on a quarter of the traffic, looked at after every verdict. */
function peeking(maxErrorRate: number, needs: (failures: number) => number, random: Random): Method {
  const recent: number[] = [];
  let grid: Float64Array | undefined;
  const audits = new Int32Array(32);
  const failures = new Int32Array(32);
  let threshold = Number.POSITIVE_INFINITY;
  let score = 0;
  return {
    provedFrom: () => threshold,
    servedFrom: () => threshold,
    consider: (next) => {
      score = next;
      if (!grid) {
        recent.push(next);
        if (recent.length === warmUpSize) grid = gridOf(recent);
        return false;
      }
      return next >= at(grid, 31) && random() < 0.25;
    },
    label: (failed) => {
      if (!grid) return;
      threshold = Number.POSITIVE_INFINITY;
      for (let index = 0; index < 32; index++) {
        if (score >= at(grid, index)) {
          audits[index] = at(audits, index) + 1;
          failures[index] = at(failures, index) + (failed ? 1 : 0);
        }
        const count = at(failures, index);
        // No limit lies below the estimate itself.
        if (count < at(audits, index) * maxErrorRate && at(audits, index) >= needs(count)) threshold = at(grid, index);
      }
    },
  };
}

/** The audits after which so many failures have an upper limit below the rate: P(at most f of n) <= 5 %. */
function clopperPearsonNeeds(rate: number): (failures: number) => number {
  const known: number[] = [];
  return (failures) => {
    for (let next = known.length; next <= failures; next++) {
      let audits = known[next - 1] ?? 1;
      while (binomialTail(audits, next, rate) > 0.05) audits++;
      known.push(audits);
    }
    return at(known, failures);
  };
}

function binomialTail(audits: number, failures: number, rate: number): number {
  let term = audits * Math.log(1 - rate);
  let sum = Math.exp(term);
  for (let count = 1; count <= Math.min(failures, audits); count++) {
    term += Math.log((audits - count + 1) / count) + Math.log(rate / (1 - rate));
    sum += Math.exp(term);
  }
  return sum;
}

/**
 * vCache (arXiv 2502.03771), from its description: each entry explores until its own logistic curve, with a confidence
 * band, says that error over *all* responses stays below the rate. Fitted with a little ridge, so that the exploration
 * rates published for separable observations come out; error rates on a logarithmic grid; the entries are fixed.
 */
function vcache(
  maxErrorRate: number,
  random: Random,
): { explores: (entry: number, score: number) => boolean; learn: (right: boolean) => void } {
  const curves = new Map<number, EntryCurve>();
  let curve: EntryCurve | undefined;
  let rounded = 0;
  return {
    explores: (entry, score) => {
      curve = curves.get(entry) ?? createEntryCurve();
      curves.set(entry, curve);
      rounded = Math.round(score * 1000) / 1000;
      return curve.count() < 6 || random() <= curve.exploration(rounded, maxErrorRate);
    },
    learn: (right) => curve?.add(rounded, right),
  };
}

interface EntryCurve {
  readonly count: () => number;
  readonly add: (score: number, right: boolean) => void;
  /** The least probability of asking the model that keeps the error at most `maxErrorRate`. */
  readonly exploration: (score: number, maxErrorRate: number) => number;
}

const bandRates = Float64Array.from({ length: 200 }, (_, index) => 1e-5 * 99_900 ** (index / 199));
const bandQuantiles = bandRates.map((rate) => normalQuantile(1 - rate));
/** The published standard deviations for separable observations, by their number. */
const separableDeviations = [
  [48, 0.0153],
  [40, 0.0052],
  [32, 0.0073],
  [24, 0.013],
  [16, 0.0117],
  [12, 0.0114],
  [10, 0.0194],
  [8, 0.0264],
  [0, 0.0354],
] as const;

function createEntryCurve(): EntryCurve {
  const scores = [0, 1];
  const rights = [0, 1];
  const wrongs = [1, 0];
  let [count, intercept, slope, middle, deviation, stale] = [2, 0, 1, 0.5, 0, true];
  const refit = (): void => {
    let [varianceOfMiddle, lowestRight, highestWrong] = [0, 1, 0];
    for (let step = 0; step < 30; step++) {
      let [gradient0, gradient1, h00, h01, h11] = [0, -0.01 * slope, 1e-9, 0, 0.01];
      for (let index = 0; index < scores.length; index++) {
        const score = at(scores, index);
        const total = at(rights, index) + at(wrongs, index);
        const chance = 1 / (1 + Math.exp(-intercept - slope * score));
        const residual = at(rights, index) - total * chance;
        const weight = total * chance * (1 - chance);
        gradient0 += residual;
        gradient1 += residual * score;
        h00 += weight;
        h01 += weight * score;
        h11 += weight * score * score;
        if (step === 0 && at(rights, index) > 0) lowestRight = Math.min(lowestRight, score);
        if (step === 0 && at(wrongs, index) > 0) highestWrong = Math.max(highestWrong, score);
      }
      const determinant = h00 * h11 - h01 * h01;
      const change = Math.max(-5, Math.min(5, (h00 * gradient1 - h01 * gradient0) / determinant));
      intercept += (h11 * gradient0 - h01 * gradient1) / determinant;
      slope += change;
      const [by0, by1] = [-1 / slope, intercept / (slope * slope)];
      varianceOfMiddle = (by0 * by0 * h11 - 2 * by0 * by1 * h01 + by1 * by1 * h00) / determinant;
      if (Math.abs(change) < 1e-4) break;
    }
    slope = Math.max(slope, 1e-6);
    middle = Math.min(1, Math.max(0, -intercept / slope));
    const separable = lowestRight > highestWrong;
    const published = separableDeviations.find(([least]) => count >= least)?.[1] ?? 0;
    deviation = separable ? published : Math.sqrt(Math.max(0, varianceOfMiddle));
    stale = false;
  };
  return {
    count: () => count,
    add: (score, right) => {
      let index = scores.indexOf(score);
      if (index < 0) {
        index = scores.push(score) - 1;
        rights.push(0);
        wrongs.push(0);
      }
      const side = right ? rights : wrongs;
      side[index] = at(side, index) + 1;
      count++;
      stale = true;
    },
    exploration: (score, maxErrorRate) => {
      if (stale) refit();
      let least = 1;
      for (let index = 0; index < bandRates.length; index++) {
        const upper = Math.min(1, Math.max(0, middle + at(bandQuantiles, index) * deviation));
        const right = (1 - at(bandRates, index)) / (1 + Math.exp(-slope * (score - upper)));
        least = Math.min(least, 1 - maxErrorRate / (1 - right));
      }
      return least;
    },
  };
}

/** The quantile of the normal distribution, by halving its tail (a continued fraction would be faster, and longer). */
function normalQuantile(probability: number): number {
  let [low, high] = [-9, 9];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < probability) low = middle;
    else high = middle;
  }
  return low;
}

function normalBelow(value: number): number {
  // Marsaglia's series: exact enough in double precision for |value| < 7.
  if (Math.abs(value) > 7) return value < 0 ? 0 : 1;
  let [sum, term] = [value, value];
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
    term *= (value * value) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-value * value) / 2)) / Math.sqrt(2 * Math.PI);
}

// ---- Runs.

interface Setting {
  readonly name: string;
  readonly world: (seed: number) => World;
  /** The world from half time on. */
  readonly later?: (seed: number) => World;
  readonly judgeNoise?: number;
}

interface RunResult {
  /** The expected error of what is served as proved, and of all that is served, passed the rate at some time. */
  readonly provedViolated: boolean;
  readonly servedViolated: boolean;
  readonly served: number;
  readonly provedServed: number;
  /** Expected wrong answers among all served, and among those served unproved. */
  readonly wrong: number;
  readonly unprovedWrong: number;
  readonly overRate: number;
  readonly paidAudits: number;
  readonly labels: number;
  readonly firstServing: number;
  readonly oracle: number;
  readonly revoked: boolean;
  /** For drift: candidates after half time until serving was revoked. */
  readonly revokedAfter: number;
  /** For drift: whether the bound was broken after half time, and candidates until it was kept again. */
  readonly broken: boolean;
  readonly backAfter: number;
}

function simulate(
  method: Method,
  worlds: { readonly first: World; readonly later: World | undefined },
  maxErrorRate: number,
  judgeNoise: number,
  seed: number,
): RunResult {
  const random = seeded(seed);
  const half = worlds.later ? 20_000 : Number.POSITIVE_INFINITY;
  const candidates = worlds.later ? 40_000 : 20_000;
  let world = worlds.first;
  let [served, provedServed, wrong, unprovedWrong, overRate, paidAudits, labels] = [0, 0, 0, 0, 0, 0, 0];
  let [provedViolated, servedViolated, broken, over, revoked] = [false, false, false, false, false];
  let [firstServing, backAfter, revokedAfter] = [candidates, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [provedFrom, servedFrom] = [Number.NaN, Number.NaN];
  const look = (candidate: number): void => {
    if (Number.isFinite(servedFrom) && method.servedFrom() === Number.POSITIVE_INFINITY) {
      revoked = true;
      if (candidate >= half) revokedAfter = Math.min(revokedAfter, candidate - half);
    }
    provedFrom = method.provedFrom();
    servedFrom = method.servedFrom();
    // Rounding alone must not count.
    const limit = maxErrorRate * (1 + 1e-9);
    provedViolated ||= world.errorFrom(provedFrom) > limit;
    over = world.errorFrom(servedFrom) > limit;
    servedViolated ||= over;
    broken ||= candidate >= half && over;
    if (broken && !over) backAfter = Math.min(backAfter, candidate - half);
  };
  look(0);
  const first = worlds.first.oracleShare(maxErrorRate);
  const oracle = worlds.later ? half * (first + worlds.later.oracleShare(maxErrorRate)) : candidates * first;
  for (let candidate = 0; candidate < candidates; candidate++) {
    if (candidate === half && worlds.later) {
      world = worlds.later;
      look(candidate);
    }
    const index = world.pick(random);
    const score = at(world.scores, index);
    const failed = random() < at(world.wrong, index);
    const serve = score >= servedFrom;
    if (serve) {
      if (served === 0) firstServing = candidate;
      served++;
      wrong += at(world.wrong, index);
      if (over) overRate++;
      if (score >= provedFrom) provedServed++;
      else unprovedWrong += at(world.wrong, index);
    }
    if (!method.consider(score)) continue;
    labels++;
    if (serve) paidAudits++;
    method.label(judged(failed, judgeNoise, random));
    if (method.servedFrom() !== servedFrom || method.provedFrom() !== provedFrom) look(candidate + 1);
  }
  return {
    provedViolated,
    servedViolated,
    served,
    provedServed,
    wrong,
    unprovedWrong,
    overRate,
    paidAudits,
    labels,
    firstServing,
    oracle,
    revoked,
    revokedAfter,
    broken,
    backAfter,
  };
}

/** A judge that errs at this rate, asked once more about each "fail": both looks must say so. */
function judged(failed: boolean, noise: number, random: Random): boolean {
  if (noise === 0) return failed;
  const look = (): boolean => (random() < noise ? !failed : failed);
  return look() && look();
}

/** vCache has no threshold in force: it is in violation if the expected error among its hits is over the rate at the end. */
function simulateVcache(world: World, maxErrorRate: number, seed: number): RunSummary {
  const random = seeded(seed);
  const cache = vcache(maxErrorRate, random);
  const candidates = 20_000;
  let [served, wrong, first] = [0, 0, candidates];
  for (let candidate = 0; candidate < candidates; candidate++) {
    const index = world.pick(random);
    const failed = random() < at(world.wrong, index);
    if (cache.explores(at(world.entries, index), at(world.scores, index))) cache.learn(!failed);
    else {
      if (served++ === 0) first = candidate;
      wrong += at(world.wrong, index);
    }
  }
  const labels = candidates - served;
  const oracle = candidates * world.oracleShare(maxErrorRate);
  return { violated: wrong > maxErrorRate * served, served, wrong, paidAudits: 0, labels, firstServing: first, oracle };
}

// ---- Figures.

interface RunSummary {
  readonly violated: boolean;
  readonly served: number;
  readonly wrong: number;
  readonly paidAudits: number;
  readonly labels: number;
  readonly firstServing: number;
  readonly oracle: number;
}

type Figures = Readonly<Record<string, number | null>>;

const rounded = (value: number, digits = 4): number | null =>
  Number.isFinite(value) ? Number(value.toFixed(digits)) : null;

function figuresOf(runs: readonly RunSummary[]): Figures {
  const sum = (part: 'served' | 'wrong' | 'paidAudits' | 'oracle'): number =>
    runs.reduce((total, run) => total + run[part], 0);
  return {
    violation_share: rounded(mean(runs.map(({ violated }) => (violated ? 1 : 0)))),
    hits_vs_oracle: rounded(sum('served') / sum('oracle')),
    hits: rounded(sum('served') / runs.length, 0),
    error: rounded(sum('wrong') / sum('served')),
    audits_per_1000_hits: rounded((1000 * sum('paidAudits')) / sum('served'), 1),
    labels: rounded(mean(runs.map(({ labels }) => labels)), 0),
    first_serving: median(runs.map(({ firstServing }) => firstServing)),
  };
}

/** What is promised for, and what is served beside it without a promise. */
function guardedFigures(runs: readonly RunResult[]): Figures {
  const sum = (part: 'served' | 'provedServed' | 'wrong' | 'unprovedWrong' | 'oracle' | 'paidAudits'): number =>
    runs.reduce((total, run) => total + run[part], 0);
  const unproved = sum('served') - sum('provedServed');
  return {
    proved_violation_share: rounded(mean(runs.map(({ provedViolated }) => (provedViolated ? 1 : 0)))),
    proved_hits_vs_oracle: rounded(sum('provedServed') / sum('oracle')),
    proved_error: rounded((sum('wrong') - sum('unprovedWrong')) / sum('provedServed')),
    unproved_hits_vs_oracle: rounded(unproved / sum('oracle')),
    unproved_error: rounded(sum('unprovedWrong') / unproved),
    unproved_share_of_hits: rounded(unproved / sum('served')),
    served_violation_share: rounded(mean(runs.map(({ servedViolated }) => (servedViolated ? 1 : 0)))),
    audits_per_1000_hits: rounded((1000 * sum('paidAudits')) / sum('served'), 1),
    revoked_share: rounded(mean(runs.map(({ revoked }) => (revoked ? 1 : 0)))),
  };
}

function driftFigures(runs: readonly RunResult[]): Figures {
  const broken = runs.filter((run) => run.broken);
  const share = (holds: (run: RunResult) => boolean, of: readonly RunResult[]): number | null =>
    rounded(mean(of.map((run) => (holds(run) ? 1 : 0))));
  return {
    broken_share: share((run) => run.broken, runs),
    revoked_share: share((run) => Number.isFinite(run.revokedAfter), broken),
    // Infinity sorts last, so the median is that of all, revoked or not; null says "not within the run".
    median_time_to_revoke: rounded(median(broken.map((run) => run.revokedAfter)), 0),
    median_time_to_safe: rounded(median(broken.map((run) => run.backAfter)), 0),
    never_safe_share: share((run) => run.backAfter === Number.POSITIVE_INFINITY, broken),
    hits_over_rate_share: rounded(
      runs.reduce((sum, run) => sum + run.overRate, 0) / runs.reduce((sum, run) => sum + run.served, 0),
    ),
  };
}

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    'vcache-runs': { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    strict: { type: 'string', default: '0.95' },
    scores: { type: 'string' },
    only: { type: 'string' },
  },
});
const [runCount, vcacheRuns, seed] = [Number(options.runs), Number(options['vcache-runs']), Number(options.seed)];
const strictThreshold = Number(options.strict);
const rows = options.scores
  ? readFileSync(options.scores, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ScoredRow) // the form that the usage above asks for
      // Worlds sort by score: cheap if it is done already.
      .sort((a, b) => b.score - a.score)
  : [];

/** The synthetic pools don't change between runs; the order of popularity does. */
function fixed(make: (seed: number) => World): (run: number) => World {
  let made: World | undefined;
  return () => {
    made ??= make(seed);
    return made;
  };
}
const order = rows.length > 0 ? publishedOrder(rows) : 0;
const repeatsAt = (share: number): ((run: number) => World) =>
  fixed((at) => (rows.length > 0 ? scoredWorld(rows, share, order) : standInWorld(share, at)));
const manyRepeats = repeatsAt(0.6);
const fewRepeats = repeatsAt(0.3);
const clean = logistic(80, 0.88);
const flat =
  (rate: number) =>
  (score: number): number =>
    score >= 0.85 ? rate : 0.5;
const settingsAt = (maxErrorRate: number): readonly Setting[] => [
  { name: 's1', world: fixed((at) => curveWorld(at, clean)) },
  { name: 's3', world: fixed((at) => curveWorld(at, (score) => 0.004 + 0.996 * clean(score))) },
  { name: 's2', world: fixed(bluntWorld) },
  { name: 'qqp', world: manyRepeats },
  ...(rows.length > 0 ? [{ name: 'qqp-any-order', world: (run: number) => scoredWorld(rows, 0.6, run) }] : []),
  { name: 'flat-1.05', world: fixed((at) => curveWorld(at, flat(1.05 * maxErrorRate))) },
  { name: 'flat-1.2', world: fixed((at) => curveWorld(at, flat(1.2 * maxErrorRate))) },
  { name: 'noise-s1', world: fixed((at) => curveWorld(at, clean)), judgeNoise: 0.02 },
  { name: 'noise-qqp', world: manyRepeats, judgeNoise: 0.02 },
  {
    name: 'drift-s1',
    world: fixed((at) => curveWorld(at, clean)),
    later: fixed((at) => curveWorld(at, logistic(80, 0.91))),
  },
  {
    name: 'drift-qqp',
    world: manyRepeats,
    later: fewRepeats,
  },
];

console.log(
  `${runCount} runs per setting (vCache ${vcacheRuns}), 20,000 candidates (drift: 40,000, change at half time), ` +
    `QQP scores: ${options.scores ?? 'none given, a synthetic stand-in with the shares of bound.md'}; guarded serves unproved from ${strictThreshold}.`,
);
const methodNames = ['proven', 'researched', 'guarded', 'peeking'] as const;
const only = options.only?.split(',');
const lines: string[] = [];
for (const maxErrorRate of [0.01, 0.02, 0.05]) {
  const needs = clopperPearsonNeeds(maxErrorRate);
  const table: Record<string, Figures> = {};
  for (const setting of settingsAt(maxErrorRate)) {
    if (only && !only.includes(setting.name)) continue;
    const judge = setting.judgeNoise ? { falseFail: 0, falsePass: 0.1 } : { falseFail: 0, falsePass: 0 };
    const runs: Record<(typeof methodNames)[number], RunResult[]> = {
      proven: [],
      researched: [],
      guarded: [],
      peeking: [],
    };
    const statics: RunSummary[] = [];
    const vcaches: RunSummary[] = [];
    for (let run = 0; run < runCount; run++) {
      const runSeed = seed * 1_000_003 + run * 7919;
      const first = setting.world(runSeed);
      const worlds = { first, later: setting.later?.(runSeed) };
      const methods: Record<keyof typeof runs, Method> = {
        proven: oursWith('proven', maxErrorRate, judge, runSeed + 1),
        // The climbing budget as bound.md has it: ten over the target.
        researched: oursWith('proven', maxErrorRate, judge, runSeed + 1, 10 / maxErrorRate),
        guarded: oursWith('guarded', maxErrorRate, judge, runSeed + 2),
        peeking: peeking(maxErrorRate, needs, seeded(runSeed + 3)),
      };
      const plain = !setting.later && !setting.judgeNoise;
      for (const name of methodNames.filter((each) => plain || each !== 'researched'))
        runs[name].push(simulate(methods[name], worlds, maxErrorRate, setting.judgeNoise ?? 0, runSeed + 4));
      statics.push(staticRun(first, 0.95, maxErrorRate));
      if (run < vcacheRuns && plain) vcaches.push(simulateVcache(first, maxErrorRate, runSeed + 5));
    }
    const proven = figuresOf(runs.proven.map((run) => ({ ...run, violated: run.provedViolated })));
    const peek = figuresOf(runs.peeking.map((run) => ({ ...run, violated: run.provedViolated })));
    const researched =
      runs.researched.length > 0
        ? figuresOf(runs.researched.map((run) => ({ ...run, violated: run.provedViolated })))
        : undefined;
    const fixedThreshold = figuresOf(statics);
    const learned = vcaches.length > 0 ? figuresOf(vcaches) : undefined;
    const title = `${setting.name} ${maxErrorRate * 100} %`;
    table[`${title} ours`] = proven;
    if (researched) table[`${title} bound.md`] = researched;
    table[`${title} static .95`] = fixedThreshold;
    table[`${title} peeking`] = peek;
    if (learned) table[`${title} vCache`] = learned;
    lines.push(
      JSON.stringify({
        setting: setting.name,
        max_error_rate: maxErrorRate,
        runs: runCount,
        oracle_share: rounded(mean(runs.proven.map(({ oracle }) => oracle)) / (setting.later ? 40_000 : 20_000)),
        ...proven,
        revoked_share: rounded(mean(runs.proven.map(({ revoked }) => (revoked ? 1 : 0)))),
        ...(setting.later ? { drift: driftFigures(runs.proven), drift_peeking: driftFigures(runs.peeking) } : {}),
        guarded: guardedFigures(runs.guarded),
        ...(researched ? { as_researched: researched } : {}),
        static_95: fixedThreshold,
        clopper_pearson: peek,
        ...(learned ? { vcache: learned } : {}),
      }),
    );
  }
  console.table(table);
}
for (const line of lines) console.log(line);

function oursWith(
  assurance: 'guarded' | 'proven',
  maxErrorRate: number,
  judge: { readonly falseFail: number; readonly falsePass: number },
  runSeed: number,
  climbWithin = 700,
): Method {
  const random = seeded(runSeed);
  const fingerprint = 'bench';
  // Verdicts come at once here, so no audit ever times out.
  return ours(
    createController({
      maxErrorRate,
      judge,
      assurance,
      strictThreshold,
      climbWithin,
      fingerprint,
      random,
      now: () => 0,
    }),
  );
}

function staticRun(world: World, threshold: number, maxErrorRate: number): RunSummary {
  const served = 20_000 * world.shareFrom(threshold);
  return {
    violated: world.errorFrom(threshold) > maxErrorRate,
    served,
    wrong: served * world.errorFrom(threshold),
    paidAudits: 0,
    labels: 0,
    firstServing: 0,
    oracle: 20_000 * world.oracleShare(maxErrorRate),
  };
}
