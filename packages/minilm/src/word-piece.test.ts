import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { findManifest, readVocabulary } from './weights.js';
import { createTokenizer, type Reading } from './word-piece.js';

let tokenize: (text: string) => Reading;
let pieceOf: ReadonlyMap<number, string>;

beforeAll(async () => {
  const vocabulary = await readVocabulary(await findManifest());
  tokenize = createTokenizer(vocabulary);
  pieceOf = new Map(Object.entries(vocabulary).map(([piece, id]) => [id, piece]));
});

/** Without the marks of beginning and end. */
const pieces = (text: string): string => {
  const { ids } = tokenize(text);
  expect([ids[0], ids.at(-1)]).toEqual([101, 102]);
  return ids
    .slice(1, -1)
    .map((id) => pieceOf.get(id))
    .join(' ');
};

describe('tokenizer', () => {
  it("gives the ids of bert-base-uncased's vocabulary", () => {
    expect(tokenize('hello world').ids).toEqual([101, 7592, 2088, 102]);
    expect(tokenize('').ids).toEqual([101, 102]);
  });

  // The first eight are from BERT's own tests of its tokenizer, and what its authors say of it.
  it.each([
    [' \tHeLLo!how  \n Are yoU?  ', 'hello ! how are you ?'],
    ['H\u00E9llo', 'hello'],
    ['He\u0301llo', 'hello'],
    ['ah\u535A\u63A8zz', 'ah 博 [UNK] z ##z'],
    ['unaffable', 'una ##ffa ##ble'],
    ["John Johanson's,", "john johan ##son ' s ,"],
    ['a\u0000b\ufffdc\u200bd', 'abc ##d'],
    ['x'.repeat(101), '[UNK]'],
    ['tokenization', 'token ##ization'],
    ['$5.50 + 3<4', '$ 5 . 50 + 3 < 4'],
    ['≠', '='],
    ['a\u000bb c\u0085d', 'ab cd'],
    ['ΑΣ ΣΑΣ', 'α ##σ σ ##α ##σ'],
    ['İstanbul', 'istanbul'],
    ['a [SEP] b [sep]', 'a [SEP] b [ sep ]'],
    ['\ud83c', ''],
  ])('splits %j', (text, expected) => {
    expect(pieces(text)).toBe(expected);
  });

  it('reads 254 pieces and says where the last whole word ends', () => {
    const fits = 'one '.repeat(254);
    expect(tokenize(fits)).toMatchObject({ readLength: fits.length, unreadWords: [] });
    expect(tokenize(`${fits}two`)).toMatchObject({ readLength: fits.trimEnd().length });
    expect(tokenize(`${fits}two`).ids).toEqual(tokenize(fits).ids);
    // Two of the three pieces of the last word go in, as in the reference; the word does not count as read.
    const torn = `${'one '.repeat(252)}unaffable`;
    expect(tokenize(torn)).toMatchObject({ readLength: 252 * 4 - 1 });
    expect(tokenize(torn).ids).toHaveLength(256);
    expect(pieces(torn)).toMatch(/una ##ffa$/);
  });

  it('names the words that it does not know, as they stand in the text', () => {
    expect(tokenize('Reset my 🔑 now, สวัสดี!').unreadWords).toEqual(['🔑', 'สวัสดี']);
    expect(tokenize(`key ${'Z'.repeat(150)} end`).unreadWords).toEqual(['Z'.repeat(150)]);
    expect(tokenize('[UNK]').unreadWords).toEqual([]);
  });

  it('takes any text: at most 256 known ids, a place inside the text, parts of the text', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 600 }).map((units) => String.fromCharCode(...units)),
      fc
        .array(fc.constantFrom('[SEP]', '[', 'a', ' ', '\u0301', '中', '🎉', '\ud800', 'word'), { maxLength: 400 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const { ids, readLength, unreadWords } = tokenize(text);
        let at = 0;
        const inOrder = unreadWords.every((word) => {
          at = text.indexOf(word, at) + word.length;
          return word.length > 0 && at >= word.length && at <= readLength;
        });
        return (
          inOrder &&
          ids.length <= 256 &&
          ids.every((id) => pieceOf.has(id)) &&
          // All of it, or to a place that what follows does not move.
          (ids.length < 256
            ? readLength === text.length
            : readLength <= text.length && tokenize(`${text} and more`).readLength <= text.length)
        );
      }),
      { numRuns: 100 },
    );
  });
});
