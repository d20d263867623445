import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerFeatureNames, checkSums, readAnswerFeatures } from './answer-features.js';

const featureOf = (name: string, turn: string, answer: string): number =>
  readAnswerFeatures({ turn, answer })[answerFeatureNames.indexOf(name)] ?? Number.NaN;

describe('sums', () => {
  it.each<[string, number, number]>([
    ['48/2 = <<48/2=24>>24 clips', 1, 0],
    ['3 + 4 = 7 and 5 * 6 = 31', 1, 1],
    ['12 - 3 + 4 = 13, 2 + 3 * 4 = 14', 2, 0],
    ['2 + 3 × 4 = 20', 0, 1],
    ['10 / 3 = 3.33', 1, 0],
    ['1,000 * 2 = $2,000', 1, 0],
    ['60 minutes * 2 = 120 minutes', 1, 0],
    ['200 * 10% = 20', 1, 0],
    ['x + 4 = 7', 0, 0],
    ['2024-11-05 = a day', 0, 0],
    ['5 / 0 = 1', 0, 0],
  ])('%j: %i right, %i wrong', (text, right, wrong) => {
    expect(checkSums(text)).toEqual({ right, wrong });
  });
});

describe('features of an answer', () => {
  it('tell what is left out, repeated, cut off or given back', () => {
    const turn = 'Ann has 3 apples and 12 pears. How many fruits?';
    expect(featureOf('unusedNumbers', turn, '3 + 4 = 7')).toBeCloseTo(Math.log(2));
    expect(featureOf('unusedNumbers', turn, '3 + 12 = 15')).toBe(0);
    expect(featureOf('finalIsGiven', turn, '#### 12')).toBe(1);
    expect(featureOf('finalIsGiven', turn, '#### 15')).toBe(0);
    expect(featureOf('repetition', turn, 'so it is so it is so it is so it is')).toBeGreaterThan(0.5);
    expect(featureOf('isCut', turn, 'The number of fru')).toBe(1);
    expect(featureOf('isCut', turn, 'The number of fruits is 15.')).toBe(0);
    expect(featureOf('steps', turn, '1. Add.\n2. Tell.\nThen rest.')).toBeCloseTo(Math.log(4));
    expect(featureOf('openFence', turn, '```js\nlet a')).toBe(1);
  });

  it('are finite for any text, and no more than the length without one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 500 }), (turn, answer) => {
        expect(readAnswerFeatures({ turn, answer }).every(Number.isFinite)).toBe(true);
      }),
    );
    const bare = readAnswerFeatures({ turn: 'a', answer: undefined, length: 100 });
    expect(bare[0]).toBeCloseTo(Math.log(101));
    expect(bare.slice(2).every((value) => value === 0)).toBe(true);
  });
});
