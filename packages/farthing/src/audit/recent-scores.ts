/** The latest scores, oldest first, in a ring of fixed size: what the next grid of thresholds is made of. */
export interface RecentScores {
  readonly add: (score: number) => void;
  /** How many are missing until the ring is full. */
  readonly missing: () => number;
  readonly all: () => number[];
}

/** A ring for so many scores, that may begin with some. */
export function createRecentScores(size: number, first: readonly number[] = []): RecentScores {
  const ring = new Float64Array(size);
  let count = 0;
  let next = 0;
  const add = (score: number): void => {
    ring[next] = score;
    next = next + 1 === size ? 0 : next + 1;
    if (count < size) count++;
  };
  for (const score of first) add(score);
  return {
    add,
    missing: () => size - count,
    all: () => (count < size ? [...ring.subarray(0, count)] : [...ring.subarray(next), ...ring.subarray(0, next)]),
  };
}
