import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowAt } from './window.js';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Havana',
  'Africa/Cairo',
  'Pacific/Apia',
  'America/Sao_Paulo',
];
const fixed = (
  per: 'minute' | 'hour' | 'day' | 'week' | 'month',
  timeZone: string,
  at: number,
): { startMs: number; endMs: number } => {
  const window = windowAt({ per, timeZone, rolling: false }, at);
  if (window.kind !== 'fixed' || window.endMs === null) throw new Error('expected a calendar window');
  return { startMs: window.startMs, endMs: window.endMs };
};
const clockOf = (timeZone: string, at: number): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);

describe('calendar windows', () => {
  it('hold the moment, and follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2035, 0) }),
        fc.constantFrom(...zones),
        fc.constantFrom('minute' as const, 'hour' as const, 'day' as const, 'week' as const, 'month' as const),
        (at, zone, per) => {
          const window = fixed(per, zone, at);
          expect(window.startMs <= at && at < window.endMs).toBe(true);
          expect(fixed(per, zone, window.endMs).startMs).toBe(window.endMs);
          expect(fixed(per, zone, window.startMs - 1).endMs).toBe(window.startMs);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('begin a day when the zone’s date changes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2035, 0) }),
        fc.constantFrom(...zones),
        (at, zone) => {
          const { startMs, endMs } = fixed('day', zone, at);
          const date = clockOf(zone, at).slice(0, 10);
          expect(clockOf(zone, startMs).slice(0, 10)).toBe(date);
          expect(clockOf(zone, startMs - 1).slice(0, 10)).not.toBe(date);
          expect(clockOf(zone, endMs - 1).slice(0, 10)).toBe(date);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('have days of 23 and of 25 hours', () => {
    const hours = (at: number): number =>
      (fixed('day', 'Europe/Berlin', at).endMs - fixed('day', 'Europe/Berlin', at).startMs) / 3_600_000;
    expect(hours(Date.UTC(2026, 2, 29, 12))).toBe(23);
    expect(hours(Date.UTC(2026, 9, 25, 12))).toBe(25);
  });

  it.each([
    [
      'an hour in Lord Howe, where clocks go back by half an hour',
      'hour',
      'Australia/Lord_Howe',
      Date.UTC(2026, 3, 4, 13),
    ],
    [
      'an hour in Lord Howe, where clocks go on by half an hour',
      'hour',
      'Australia/Lord_Howe',
      Date.UTC(2026, 9, 3, 13),
    ],
    ['a day in St. John’s, whose midnight was shown twice', 'day', 'America/St_Johns', Date.UTC(2007, 10, 4, 0)],
    ['a day in Havana, whose first hour is shown twice', 'day', 'America/Havana', Date.UTC(2026, 10, 1, 2)],
    ['a day in Cairo, whose midnight is skipped', 'day', 'Africa/Cairo', Date.UTC(2026, 3, 23, 20)],
    ['a day in Apia, which skipped one whole', 'day', 'Pacific/Apia', Date.UTC(2011, 11, 30, 6)],
  ] as const)('follow each other through %s', (_, per, zone, from) => {
    // Each window met begins where the last one ended.
    let end = fixed(per, zone, from).startMs;
    for (let at = from; at < from + 8 * 3_600_000; at += 300_000) {
      const window = fixed(per, zone, at);
      expect(window.startMs <= at && at < window.endMs).toBe(true);
      if (window.endMs === end) continue;
      expect(window.startMs).toBe(end);
      end = window.endMs;
    }
  });

  it('begin weeks on Monday, and months on the first', () => {
    expect(clockOf('Europe/Berlin', fixed('week', 'Europe/Berlin', Date.UTC(2026, 10, 24)).startMs)).toBe(
      '2026-11-23 00:00:00',
    );
    expect(clockOf('Asia/Kolkata', fixed('month', 'Asia/Kolkata', Date.UTC(2026, 10, 24)).startMs)).toBe(
      '2026-11-01 00:00:00',
    );
  });
});

it('knows rolling windows, and the one that never ends', () => {
  expect(windowAt({ per: 'month', timeZone: 'UTC', rolling: true }, 0)).toEqual({
    kind: 'rolling',
    lengthMs: 30 * 86_400_000,
  });
  expect(windowAt({ per: 'total', timeZone: 'UTC', rolling: false }, 5)).toEqual({
    kind: 'fixed',
    startMs: 0,
    endMs: null,
  });
});
