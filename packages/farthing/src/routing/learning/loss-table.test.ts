import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../audit/seeded-random.js';
import {
  countLoss,
  createLossTable,
  drawnAt,
  drawsToGo,
  levels,
  lossAt,
  lossBound,
  proveLosses,
  restoredLossTable,
  shareAt,
  storedLossTable,
} from './loss-table.js';

const delta = 0.05;
const audits = fc.array(
  fc.record({ rank: fc.double({ min: 0, max: 1, noNaN: true }), gain: fc.constantFrom(-1, -0.3, 0, 0.3, 0.55, 1) }),
  {
    maxLength: 200,
  },
);

/** Audits of a route of which this share of calls, of whatever rank, loses all by the cheapest target. */
function audited(
  count: number,
  failing: number,
  seed: number,
  look: (table: ReturnType<typeof createLossTable>) => void = () => {},
) {
  const random = seeded(seed);
  const table = createLossTable();
  for (let index = 0; index < count; index++) {
    countLoss(table, random(), random() < failing ? 1 : 0, levels);
    look(table);
  }
  return table;
}

describe('a loss table', () => {
  it('knows what each level would have lost, and rounds a gain up', () => {
    fc.assert(
      fc.property(audits, (all) => {
        const table = createLossTable();
        for (const { rank, gain } of all) countLoss(table, rank, gain, levels);
        for (let level = 1; level <= levels && all.length > 0; level++) {
          expect(drawnAt(table, level)).toBe(all.length);
          const lost = all.filter(({ rank }) => Math.floor(rank * levels) < level || level === levels);
          const exact = lost.reduce((sum, { gain }) => sum + gain, 0) / all.length;
          expect(lossAt(table, level)).toBeGreaterThanOrEqual(exact - 1e-9);
          expect(lossAt(table, level)).toBeLessThanOrEqual(exact + 0.1);
          expect(lossBound(table, level, delta)).toBeGreaterThanOrEqual(Math.max(0, lossAt(table, level)) - 1e-9);
        }
        expect(lossBound(table, 0, delta)).toBe(0);
        expect(restoredLossTable(JSON.parse(JSON.stringify(storedLossTable(table))))).toEqual(table);
      }),
    );
  });

  it('counts a draw for the levels that it speaks for, and no other', () => {
    const table = createLossTable();
    countLoss(table, 0.12, 1, 5);
    countLoss(table, 0.9, 1, 5);
    expect([1, 5, 6].map((level) => drawnAt(table, level))).toEqual([2, 2, 0]);
    expect([1, 2, 3, 5].map((level) => lossAt(table, level))).toEqual([0, 0, 0.5, 0.5]);
  });

  it('proves, from the smallest share on, what loses little', () => {
    const table = audited(3000, 0.01, 1);
    proveLosses(table, 0.02, delta);
    expect(shareAt(table.proved)).toBeGreaterThan(0.5);
    expect(lossBound(table, table.proved, delta)).toBeLessThanOrEqual(0.021);
    expect(audited(0, 0, 1).proved).toBe(0);
  });

  it('proves what is not so in no more runs than it says, however often it is asked', () => {
    let wrong = 0;
    const runs = 200;
    for (let seed = 1; seed <= runs; seed++) {
      // 20 % of the calls at the cheapest target lose exactly the 2 % that must not be reached
      const table = audited(1500, 0.1, seed, (each) => proveLosses(each, 0.02, delta));
      if (shareAt(table.proved) >= 0.2) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(runs * delta + 3 * Math.sqrt(runs * delta));
  });

  it('guesses how long it takes, and that some take for ever', () => {
    const good = audited(100, 0, 3);
    const togo = drawsToGo(good, 0.02, delta) ?? 0;
    const later = audited(100 + togo, 0, 3);
    proveLosses(later, 0.02, delta);
    expect(togo).toBeGreaterThan(0);
    expect(later.proved).toBeGreaterThan(0);
    expect(drawsToGo(audited(1000, 1, 4), 0.02, delta)).toBeUndefined();
    expect(drawsToGo(createLossTable(), 0.02, delta)).toBeUndefined();
  });

  it('takes nothing for a table that is none', () => {
    const whole = storedLossTable(createLossTable());
    for (const broken of [
      undefined,
      null,
      3,
      {},
      { ...whole, counts: whole.counts.slice(1) },
      { ...whole, counts: whole.counts.map(() => -1) },
      { ...whole, proved: levels + 1 },
      { ...whole, proved: 0.5 },
    ])
      expect(restoredLossTable(broken)).toBeUndefined();
  });
});
