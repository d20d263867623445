/**
 * Where a score stands among those of the latest calls: scores have no scale of their own, and change it with each refit;
 * a rank means the same on every day and holds the share of strong calls as traffic changes.
 */
export interface ScoreRanks {
  /**
   * The share of recent calls that score lower, 0 to 1; among equal ones `draw` decides, uniform in [0, 1). `undefined`
   * while too few are known.
   */
  readonly rankOf: (score: number, draw: number) => number | undefined;
  readonly add: (score: number) => void;
  /** Begins anew with the scores of a refit. */
  readonly replace: (scores: readonly number[]) => void;
  readonly recent: () => readonly number[];
}

/** Scores that are remembered; … */
const windowSize = 500;
/** … and fewer give no rank. */
export const leastScores = 50;

/** Ranks among these scores, the oldest first. */
export function createScoreRanks(scores: readonly number[] = []): ScoreRanks {
  let recent: number[] = [];
  let ascending: number[] = [];
  const replace = (next: readonly number[]): void => {
    recent = next.filter(Number.isFinite).slice(-windowSize);
    ascending = recent.toSorted((a, b) => a - b);
  };
  replace(scores);
  return {
    replace,
    recent: () => recent,
    rankOf: (score, draw) => {
      if (ascending.length < leastScores) return undefined;
      const below = firstAtLeast(ascending, score);
      const tied = firstAbove(ascending, score) - below;
      return (below + draw * (tied + 1)) / (ascending.length + 1);
    },
    add: (score) => {
      if (!Number.isFinite(score)) return;
      recent.push(score);
      ascending.splice(firstAtLeast(ascending, score), 0, score);
      const oldest = recent.length > windowSize ? recent.shift() : undefined;
      if (oldest !== undefined) ascending.splice(firstAtLeast(ascending, oldest), 1);
    },
  };
}

function firstAtLeast(ascending: readonly number[], score: number): number {
  return firstWhere(ascending, (each) => each >= score);
}

function firstAbove(ascending: readonly number[], score: number): number {
  return firstWhere(ascending, (each) => each > score);
}

/** The first index at which it holds, as it does for all behind it. */
function firstWhere(ascending: readonly number[], holds: (score: number) => boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(ascending[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  return low;
}
