import { describe, expect, it } from 'vitest';
import { createScopedRanks } from './scoped-ranks.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('scoped ranks', () => {
  it('are moved by nobody else, once an account has scores enough', () => {
    const ranks = createScopedRanks();
    for (const score of upTo(100)) ranks.add('a', score);
    const before = ranks.rankOf('a', 50, 0.5);
    for (const score of upTo(5000)) ranks.add('b', 1000 + score);
    expect(ranks.rankOf('a', 50, 0.5)).toBe(before);
    expect(ranks.rankOf('b', 5900, 0.5)).toBeGreaterThan(0.7);
  });

  it('are those of beginners for one who has too few, whatever an account adds later', () => {
    const ranks = createScopedRanks();
    expect(ranks.rankOf('new', 1, 0)).toBeUndefined();
    for (const score of upTo(50)) ranks.add('a', score);
    const before = ranks.rankOf('new', 25, 0.5);
    expect(before).toBeCloseTo(0.5, 1);
    for (const score of upTo(1000)) ranks.add('a', 1000 + score);
    expect(ranks.rankOf('new', 25, 0.5)).toBe(before);
    ranks.replace([]);
    expect(ranks.rankOf('a', 25, 0.5)).toBeUndefined();
  });
});
