import { LRUCache } from 'lru-cache';
import { createScoreRanks, leastScores, type ScoreRanks } from './score-ranks.js';

/**
 * Ranks of a route's scores, each account among its own calls once there are enough, so that none can move the others' by
 * what it asks. Until then an account is ranked among what others began with.
 */
export interface ScopedRanks {
  readonly rankOf: (scope: string, score: number, draw: number) => number | undefined;
  readonly add: (scope: string, score: number) => void;
  /** Begins anew with the scores of a refit, which nobody's earlier ones can be compared with. */
  readonly replace: (scores: readonly number[]) => void;
  /** What accounts are ranked by that have too few scores of their own. */
  readonly recent: () => readonly number[];
}

/** The least recently used accounts beyond so many are ranked like new ones. */
const maxScopes = 1000;

/** Ranks of no scores yet. */
export function createScopedRanks(): ScopedRanks {
  const common = createScoreRanks();
  const scopes = new LRUCache<string, ScoreRanks>({ max: maxScopes });
  const has = (ranks: ScoreRanks | undefined): ranks is ScoreRanks => (ranks?.recent().length ?? 0) >= leastScores;
  return {
    rankOf: (scope, score, draw) => {
      const own = scopes.get(scope);
      return (has(own) ? own : common).rankOf(score, draw);
    },
    add: (scope, score) => {
      const own = scopes.get(scope) ?? createScoreRanks();
      // What it adds once it has ranks of its own would only move the others'.
      if (!has(own)) common.add(score);
      own.add(score);
      scopes.set(scope, own);
    },
    replace: (scores) => {
      common.replace(scores);
      scopes.clear();
    },
    recent: common.recent,
  };
}
