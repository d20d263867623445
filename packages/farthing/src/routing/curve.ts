/** A call as a router sees it: how much it seems to need the strong target, and how good each target's answer was. */
export interface ScoredCall {
  readonly score: number;
  readonly weak: number;
  readonly strong: number;
}

/** How well scores tell which calls need the strong target. */
export interface CurveFigures {
  /** Area under the curve of recovered gap by share of strong calls: 0.5 at random. NaN where the targets are equal. */
  readonly apgr: number;
  /** Share of strong calls that recovers 50 % of the gap between weak and strong, … */
  readonly cpt50: number;
  /** … and 80 %. */
  readonly cpt80: number;
}

/**
 * Average performance gap recovered and call-performance thresholds (Ong et al., "RouteLLM", 2024), exact over all calls:
 * sorted by score, strong for the highest first; calls of equal score share their gain linearly.
 */
export function curveFigures(calls: readonly ScoredCall[]): CurveFigures {
  const order = calls.toSorted((a, b) => b.score - a.score);
  return figuresOf(
    order.map(({ score }) => score),
    order.map(({ weak, strong }) => strong - weak),
  );
}

/** The figures of gains whose scores are in descending order; `weights` counts a call several times, or not at all. */
export function figuresOf(
  scores: ArrayLike<number>,
  gains: ArrayLike<number>,
  weights?: ArrayLike<number>,
): CurveFigures {
  const size = scores.length;
  let [calls, gap] = [0, 0];
  for (let at = 0; at < size; at++) {
    const weight = weights ? (weights[at] ?? 0) : 1;
    calls += weight;
    gap += weight * (gains[at] ?? 0);
  }
  if (calls === 0 || gap === 0) return { apgr: Number.NaN, cpt50: Number.NaN, cpt80: Number.NaN };
  let [share, recovered, area] = [0, 0, 0];
  let [cpt50, cpt80] = [Number.NaN, Number.NaN];
  for (let from = 0; from < size; ) {
    let [tied, gained, to] = [0, 0, from];
    for (; to < size && scores[to] === scores[from]; to++) {
      const weight = weights ? (weights[to] ?? 0) : 1;
      tied += weight;
      gained += weight * (gains[to] ?? 0);
    }
    const [width, height] = [tied / calls, gained / gap];
    const crossing = (level: number) => share + (width * (level - recovered)) / height;
    if (Number.isNaN(cpt50) && recovered + height >= 0.5) cpt50 = crossing(0.5);
    if (Number.isNaN(cpt80) && recovered + height >= 0.8) cpt80 = crossing(0.8);
    area += width * (recovered + height / 2);
    share += width;
    recovered += height;
    from = to;
  }
  return { apgr: area, cpt50, cpt80 };
}
