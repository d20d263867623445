import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denseNames } from './dense.js';
import { maxTextLength, readFeatures } from './features.js';
import { gramColumns } from './grams.js';

const named = (text: string): Record<string, number> => {
  const { dense } = readFeatures(text);
  return Object.fromEntries(denseNames.map((name, at) => [name, dense[at] ?? Number.NaN]));
};

describe('features of a turn', () => {
  it('are finite and the same each time, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        const features = readFeatures(text);
        expect(features.dense).toHaveLength(denseNames.length);
        expect(features.dense.every(Number.isFinite)).toBe(true);
        expect(readFeatures(text)).toEqual(features);
      }),
    );
  });

  it('hash words and pairs of words to columns in ascending order, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('one', 'two', 'three', 'Two', '7'), { maxLength: 40 }), (words) => {
        const { columns, counts } = readFeatures(words.join(' ')).grams;
        expect(
          columns.every((column, at) => column < gramColumns && (at === 0 || column > (columns[at - 1] ?? 0))),
        ).toBe(true);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Math.max(0, 2 * words.length - 1));
      }),
    );
  });

  it('see no difference in the case of letters, and one in the order of words', () => {
    expect(readFeatures('What Is This').grams).toEqual(readFeatures('what is this').grams);
    expect(readFeatures('man bites dog').grams).not.toEqual(readFeatures('dog bites man').grams);
  });

  it('count what can be seen of a question', () => {
    const question = 'A train needs 3 hours for 240 km. How fast is it?\nA. 60\nB. 80.5\nC. 1000\nAnswer:';
    expect(named(question)).toMatchObject({
      choices: 3,
      numericChoices: 1,
      asksForAnswer: 1,
      lines: expect.closeTo(Math.log1p(5), 5),
      questions: expect.closeTo(Math.log1p(1), 5),
      decimals: expect.closeTo(Math.log1p(1), 5),
      longNumbers: expect.closeTo(Math.log1p(1), 5),
      'class.how': expect.closeTo(Math.log1p(1), 5),
      'class.time': expect.closeTo(Math.log1p(1), 5),
    });
  });

  it('take the conversation and the constraints of the call from beside the text', () => {
    const context = { earlierTurns: 4, tools: 2, schema: true, maxTokens: Number.POSITIVE_INFINITY };
    const { dense } = readFeatures('hi', undefined, context);
    const at = (name: string) => dense[denseNames.indexOf(name)];
    expect(at('earlierTurns')).toBeCloseTo(Math.log1p(4), 5);
    expect(at('tools')).toBeCloseTo(Math.log1p(2), 5);
    expect(at('schema')).toBe(1);
    expect(at('maxTokens')).toBe(0);
  });

  it('read the beginning and the end of a long text, and no more', () => {
    const half = maxTextLength / 2;
    const [begin, end] = ['alpha '.repeat(half).slice(0, half), ' omega'.repeat(half).slice(-half)];
    const long = `${begin}${'middle '.repeat(50_000)}${end}`;
    expect(readFeatures(long)).toEqual(readFeatures(`${begin}${'other '.repeat(90_000)}${end}`));
    expect(readFeatures(long)).not.toEqual(readFeatures(`${begin}${'other '.repeat(90_000)}${end.slice(1)}!`));
  });

  it('leave out an embedding that is no unit vector', () => {
    expect(readFeatures('hi', Float32Array.of(0, 1e30)).embedding).toBeUndefined();
    expect(readFeatures('hi', Float32Array.of(0, Number.NaN)).embedding).toBeUndefined();
    expect(readFeatures('hi', Float32Array.of(0, 1)).embedding).toEqual(Float32Array.of(0, 1));
  });
});
