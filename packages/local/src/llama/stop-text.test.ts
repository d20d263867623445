import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonEnd } from './json-end.js';
import { createStopText } from './stop-text.js';

/** Letters that make stops likely. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });

describe('createStopText', () => {
  it('lets through what comes before the first stop, however the text is cut', () => {
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), stops, (pieces, wanted) => {
        const whole = pieces.join('');
        const ends = wanted.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
        const expected = ends.length === 0 ? whole : whole.slice(0, Math.min(...ends));
        const passing = createStopText(wanted);
        let passed = '';
        let stopped: string | undefined;
        for (const piece of pieces) {
          const step = passing.push(piece);
          passed += step.text;
          stopped = step.stopped;
          if (stopped !== undefined) break;
        }
        if (stopped === undefined) passed += passing.end();
        expect(passed).toBe(expected);
        expect(stopped === undefined).toBe(ends.length === 0);
      }),
    );
  });

  it('holds nothing back that can be no stop', () => {
    const passing = createStopText(['END']);
    expect(passing.push('the E')).toEqual({ text: 'the ' });
    expect(passing.push('xit')).toEqual({ text: 'Exit' });
  });
});

describe('createJsonEnd', () => {
  it('finds the end of any object or list, however it is cut, and whatever blanks follow', () => {
    const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(value, fc.array(fc.nat(200)), fc.stringMatching(/^[ \n]*$/), (json, cuts, blanks) => {
        const whole = JSON.stringify(json);
        const end = createJsonEnd();
        let at = 0;
        for (const cut of [...cuts.map((each) => each % (whole.length + 1)), whole.length].toSorted((a, b) => a - b)) {
          const piece = cut === whole.length ? whole.slice(at) + blanks : whole.slice(at, cut);
          const found = end.push(piece);
          if (found !== undefined) {
            expect(at + found).toBe(whole.length);
            return;
          }
          at = Math.max(at, cut);
        }
        throw new Error('no end');
      }),
    );
  });
});
