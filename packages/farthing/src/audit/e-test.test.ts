import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditsNeeded, evidenceAgainst, logEValue, upperBound } from './e-test.js';
import { seeded } from './seeded-random.js';

describe('the e-value', () => {
  it('is a fair bet at the rate it tests: the next audit changes nothing on average', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3000 }),
        fc.double({ min: 0, max: 0.2, noNaN: true }),
        fc.double({ min: 0.002, max: 0.9, noNaN: true }),
        (audits, failing, p) => {
          const failures = Math.floor(audits * failing);
          const now = logEValue(audits, failures, p);
          fc.pre(now > -300 && now < 300);
          const failed = Math.exp(logEValue(audits + 1, failures + 1, p) - now);
          const passed = Math.exp(logEValue(audits + 1, failures, p) - now);
          expect(p * failed + (1 - p) * passed).toBeCloseTo(1, 9);
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  it.each([0.01, 0.05, 0.24])('ever reaches 20 in at most one run of twenty at the very rate %d', (rate) => {
    const random = seeded(11);
    const evidence = evidenceAgainst(rate);
    const runs = 1500;
    let reached = 0;
    for (let run = 0; run < runs; run++) {
      let failures = 0;
      for (let audits = 1; audits <= 1500; audits++) {
        if (random() < rate) failures++;
        if (evidence(audits, failures) < Math.log(20)) continue;
        reached++;
        break;
      }
    }
    expect(reached / runs).toBeLessThanOrEqual(0.05);
    // A test that never rejects would pass the line above.
    expect(reached).toBeGreaterThan(0);
  });

  it('says nothing before the first audit', () => {
    expect(logEValue(0, 0, 0.02)).toBeCloseTo(0, 12);
    expect(upperBound(0, 0, 0.05)).toBe(1);
  });

  it('speaks for the rate, not against it, after many failures', () => {
    expect(logEValue(100, 100, 0.02)).toBeLessThan(-25);
    expect(upperBound(10, 10, 0.05)).toBe(1);
  });
});

describe('the upper bound', () => {
  it.each([
    [412, 0, 0.0125],
    [1000, 2, 0.0106],
    [1000, 4, 0.0146],
    [3000, 10, 0.0083],
    [3000, 20, 0.0131],
  ])('of %i audits with %i failures is %d', (audits, failures, bound) => {
    expect(upperBound(audits, failures, 0.0125)).toBeCloseTo(bound, 4);
  });

  it('covers the true rate at all looks together', () => {
    const random = seeded(5);
    const runs = 200;
    let missed = 0;
    for (let run = 0; run < runs; run++) {
      let failures = 0;
      for (let audits = 1; audits <= 400; audits++) {
        if (random() < 0.05) failures++;
        if (audits % 20 !== 0 || upperBound(audits, failures, 0.05) >= 0.05) continue;
        missed++;
        break;
      }
    }
    expect(missed / runs).toBeLessThanOrEqual(0.05);
  });
});

describe('audits needed', () => {
  it.each([
    [0.005, [797, 1421, 1843, 2239, 2966]],
    [0.01, [397, 709, 920, 1117, 1481]],
    [0.02, [198, 353, 458, 557, 738]],
    [0.05, [78, 140, 181, 221, 293]],
  ])('at %d, by failures seen', (rate, expected) => {
    expect([0, 1, 2, 3, 5].map((failures) => auditsNeeded(failures, rate, 0.0375))).toEqual(expected);
  });

  it('is the first number that rejects', () => {
    const needed = auditsNeeded(4, 0.03, 0.01);
    expect(logEValue(needed, 4, 0.03)).toBeGreaterThanOrEqual(Math.log(100));
    expect(logEValue(needed - 1, 4, 0.03)).toBeLessThan(Math.log(100));
  });
});
