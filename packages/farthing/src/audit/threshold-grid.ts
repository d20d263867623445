/** How many thresholds are tested side by side. */
export const gridSize = 32;
/** Candidates whose scores fix the grid. */
export const warmUpSize = 300;

/** The share of candidates above each threshold, from strict (2 %) to loose (80 %), in even steps of the logarithm. */
export const gridShares: readonly number[] = Array.from(
  { length: gridSize },
  (_, index) => 0.02 * 40 ** (index / (gridSize - 1)),
);

/**
 * The thresholds, from strict to loose, that leave these shares of `scores` above them. No label takes part, so the
 * grid is fair to every test; scores that are much alike give equal thresholds, which are then equal tests.
 */
export function gridOf(scores: ArrayLike<number>): Float64Array {
  const descending = Float64Array.from(scores).sort().reverse();
  // The index is inside: shares lie between 0 and 1.
  return Float64Array.from(gridShares, (share) => descending[Math.floor((descending.length - 1) * share)] ?? Infinity);
}

/** What each test may spend of the error probability `delta` at first: one test near 6 % of traffic, one near 25 %. */
export function startingAlpha(delta: number): Float64Array {
  const alpha = new Float64Array(gridSize);
  alpha[nearestShare(0.06)] = 0.25 * delta;
  alpha[nearestShare(0.25)] = 0.75 * delta;
  return alpha;
}

function nearestShare(share: number): number {
  const distances = gridShares.map((each) => Math.abs(each - share));
  return distances.indexOf(Math.min(...distances));
}
