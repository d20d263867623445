/**
 * What is known about the net loss of routing: the quality of always-strong minus that of the mix, per call. For each share
 * of calls that might go to the cheapest target, how many of the calls that were drawn would have lost how much by it: a
 * call whose rank is over the share loses nothing.
 */
export interface LossTable {
  /** Calls by what they lose, as rows of {@link lossBins} counts, one row for each of {@link levels} shares. */
  readonly counts: Uint32Array;
  /** The highest level that is proved, with all below it; 0 where none is. */
  proved: number;
}

/** Shares of calls that are tested: 5 %, 10 %, …, 100 %. */
export const levels = 20;
/** Steps in which a loss, −1 to 1, is counted, rounded up: never to the good of the cheapest target. */
const stepsPerUnit = 10;
const lossBins = 2 * stepsPerUnit + 1;

/** Parts of its wealth that a bettor may put on "it loses less"; equal shares of the first capital. All are under 1. */
const bets = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.9];

/** A proof that would take so many times the audits so far is not in sight. */
const furthest = 1000;

/** A table without audits. */
export function createLossTable(): LossTable {
  return { counts: new Uint32Array(levels * lossBins), proved: 0 };
}

/** The share of calls that goes to the cheapest target at a level. */
export function shareAt(level: number): number {
  return level / levels;
}

/** The lowest level at which a call of this rank, 0 to 1, goes to the cheapest target. */
export function levelOf(rank: number): number {
  return Math.min(levels, Math.max(0, Math.floor(rank * levels)) + 1);
}

/**
 * Counts a call that was drawn, with what it would lose at the cheapest target.
 * @param upTo the highest level for which it was a fair draw: for those above, others like it were not drawn
 */
export function countLoss({ counts }: LossTable, rank: number, gain: number, upTo: number): void {
  // a gain of 0.3 must not become 0.4 by the last bit of 0.3 * 10
  const bin = stepsPerUnit + Math.ceil(Math.min(1, Math.max(-1, gain)) * stepsPerUnit - 1e-9);
  for (let level = 1; level <= upTo; level++) {
    const at = (level - 1) * lossBins + (level < levelOf(rank) ? stepsPerUnit : bin);
    counts[at] = (counts[at] ?? 0) + 1;
  }
}

/**
 * Takes each proof that the counts allow that the net loss is at most `maxLoss`, from the smallest share upwards and no
 * further than the first that is not proved: so trying many costs no confidence (fixed sequence). It may be asked after
 * every audit (anytime-valid).
 */
export function proveLosses(table: LossTable, maxLoss: number, delta: number): void {
  while (table.proved < levels) {
    if (evidence(table, table.proved + 1, maxLoss) < -Math.log(delta)) return;
    table.proved++;
  }
}

/**
 * The logarithm of the evidence against "the net loss at this level is `loss` or more". Betting e-values (Waudby-Smith &
 * Ramdas, "Estimating means of bounded random variables by betting", 2024): a call that loses x multiplies each bet by
 * `1 + bet * (loss - x)`, whose mean is at most 1 where the mean of x is `loss` or more.
 * @param times how often over each audit is counted: for a look ahead
 */
function evidence(table: LossTable, level: number, loss: number, times = 1): number {
  const losses = lossesAt(table, level);
  let [largest, sum] = [Number.NEGATIVE_INFINITY, 0];
  for (const bet of bets) {
    let wealth = 0;
    for (let bin = 0; bin < lossBins; bin++) {
      const count = losses[bin] ?? 0;
      if (count > 0) wealth += times * count * Math.log1p(bet * (loss - (bin - stepsPerUnit) / stepsPerUnit));
    }
    // the largest is taken out of the sum, so that nothing overflows
    if (wealth > largest) [sum, largest] = [sum * Math.exp(largest - wealth) + 1, wealth];
    else sum += Math.exp(wealth - largest);
  }
  return largest + Math.log(sum / bets.length);
}

function lossesAt({ counts }: LossTable, level: number): Uint32Array {
  return counts.subarray((level - 1) * lossBins, level * lossBins);
}

/** Calls that were drawn fairly for a level. */
export function drawnAt(table: LossTable, level: number): number {
  return lossesAt(table, level).reduce((sum, count) => sum + count, 0);
}

/** What routing at a level would have lost per call, as far as was drawn; NaN before the first. */
export function lossAt(table: LossTable, level: number): number {
  const total = lossesAt(table, level).reduce((sum, count, bin) => sum + count * (bin - stepsPerUnit), 0);
  return total / stepsPerUnit / drawnAt(table, level);
}

/** The smallest net loss that is rejected at `delta`: an upper bound after every draw at once. 1 while nothing can be said. */
export function lossBound(table: LossTable, level: number, delta: number): number {
  if (level === 0) return 0;
  const needed = -Math.log(delta);
  if (evidence(table, level, 1) < needed) return 1;
  let [accepted, rejected] = [lossAt(table, level), 1];
  for (let step = 0; step < 40; step++) {
    const middle = (accepted + rejected) / 2;
    if (evidence(table, level, middle) >= needed) rejected = middle;
    else accepted = middle;
  }
  return rejected;
}

/**
 * Draws after which the next level is proved, if they go on as so far; undefined where that is not in sight. A guess for the
 * report, and nothing rests on it.
 */
export function drawsToGo(table: LossTable, maxLoss: number, delta: number): number | undefined {
  const { proved } = table;
  if (proved === levels) return 0;
  const drawn = drawnAt(table, proved + 1);
  const isEnough = (times: number): boolean => evidence(table, proved + 1, maxLoss, times) >= -Math.log(delta);
  let [low, high] = [1, 1];
  while (!isEnough(high)) {
    if (high > furthest || drawn === 0) return undefined;
    [low, high] = [high, 2 * high];
  }
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return Math.ceil((high - 1) * drawn);
}

/** The table of a snapshot; `undefined` where it is none. */
export function restoredLossTable(value: unknown): LossTable | undefined {
  const { counts, proved } = (value ?? {}) as { counts?: unknown; proved?: unknown }; // any value has some such fields or none
  if (!Array.isArray(counts) || counts.length !== levels * lossBins) return undefined;
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count < 2 ** 32)) return undefined;
  if (!Number.isSafeInteger(proved) || Number(proved) < 0 || Number(proved) > levels) return undefined;
  return { counts: Uint32Array.from(counts), proved: Number(proved) };
}

/** The table as plain JSON. */
export function storedLossTable({ counts, proved }: LossTable): { readonly counts: number[]; readonly proved: number } {
  return { counts: [...counts], proved };
}
