import type { TestsSnapshot } from './controller-snapshot.js';
import type { Evidence } from './e-test.js';
import { gridOf, gridSize, startingAlpha } from './threshold-grid.js';

/**
 * One test for each threshold of the grid, index 0 the strictest. The tests share the error probability `delta`, and one
 * that rejects hands its part on: a graph of weighted Bonferroni tests (Bretz, Maurer, Brannath & Posch, 2009). Nothing
 * assumes that a stricter threshold is the safer one.
 */
export interface ThresholdTests {
  readonly grid: Float64Array;
  /** Audits of candidates at or above each threshold, and the failures among them. */
  readonly audits: Float64Array;
  readonly failures: Float64Array;
  /** What each test may still spend of `delta`. */
  readonly alpha: Float64Array;
  /** 1 where it is proved that the error rate is below the target. */
  readonly proved: Uint8Array;
  /** The loosest proved threshold; -1 where none is. */
  loosestProved: number;
}

/** Tests without any evidence, over thresholds taken from these scores. */
export function createTests(scores: ArrayLike<number>, delta: number): ThresholdTests {
  return {
    grid: gridOf(scores),
    audits: new Float64Array(gridSize),
    failures: new Float64Array(gridSize),
    alpha: startingAlpha(delta),
    proved: new Uint8Array(gridSize),
    loosestProved: -1,
  };
}

/** The tests of a snapshot. */
export function restoredTests({ grid, audits, failures, alpha, proved }: TestsSnapshot): ThresholdTests {
  return {
    grid: Float64Array.from(grid),
    audits: Float64Array.from(audits),
    failures: Float64Array.from(failures),
    alpha: Float64Array.from(alpha),
    proved: Uint8Array.from(proved),
    loosestProved: proved.lastIndexOf(1),
  };
}

/**
 * Counts one audit in every test it belongs to. `loosest` is the loosest threshold that was being audited when the coin
 * was thrown: for a looser one this candidate was no fair draw.
 */
export function countAudit(tests: ThresholdTests, score: number, loosest: number, failed: boolean): void {
  const { grid, audits, failures } = tests;
  for (let index = loosest; index >= 0; index--) {
    // The grid descends, so all stricter ones are above the score too.
    if (score < at(grid, index)) break;
    audits[index] = at(audits, index) + 1;
    if (failed) failures[index] = at(failures, index) + 1;
  }
}

/** The loosest threshold above which all candidates from this score on were audited alike; -1 where there is none. */
export function loosestFrom({ grid }: ThresholdTests, auditedFrom: number): number {
  let loosest = -1;
  while (loosest + 1 < gridSize && at(grid, loosest + 1) >= auditedFrom) loosest++;
  return loosest;
}

/** Takes every proof that the counts allow by this evidence against the target, and hands on what the proved tests had to spend. */
export function proveThresholds(tests: ThresholdTests, evidence: Evidence): void {
  const { audits, failures, alpha, proved } = tests;
  for (let index = 0; index < gridSize; ) {
    const spend = at(alpha, index);
    if (at(proved, index) || spend === 0 || evidence(at(audits, index), at(failures, index)) < -Math.log(spend)) {
      index++;
      continue;
    }
    proved[index] = 1;
    alpha[index] = 0;
    tests.loosestProved = Math.max(tests.loosestProved, index);
    const heir = heirOf(proved, index);
    if (heir < 0) return;
    alpha[heir] = at(alpha, heir) + spend;
    // An heir that was passed already may reject now; a looser one is still to come.
    index = Math.min(index, heir);
  }
}

/** The next looser test that is open, else the next stricter; -1 where all are proved. */
function heirOf(proved: Uint8Array, from: number): number {
  for (let index = from + 1; index < gridSize; index++) if (!at(proved, index)) return index;
  for (let index = from - 1; index >= 0; index--) if (!at(proved, index)) return index;
  return -1;
}

/** An element of one of the arrays above: indices run over the grid, so it is there. */
export function at(values: Float64Array | Uint8Array, index: number): number {
  return values[index] ?? Number.NaN;
}
