import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import * as o200k from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { openAIChat } from './openai-chat.js';

/** The dearer of both vocabularies. */
const real = (text: string): number => {
  const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
  return Math.max(o200k.countTokens(text, asText), cl100k.countTokens(text, asText));
};
const inputOf = (text: string): number =>
  openAIChat.measure({ model: 'gpt-4o', messages: [{ role: 'user', content: text }] }, {}).bound.inputTokens;
/** What a text adds to the bound of its request: without the tokens that every request is given on top. */
const boundOf = (text: string): number => inputOf(text) - inputOf('');

/** Deterministic, so that a failure can be seen again. */
const seeded = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
const pick = <Item>(items: ArrayLike<Item>, random: () => number): Item =>
  items[Math.floor(random() * items.length)] as Item; // never empty
const letters = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .filter((code) => (code < 0xd800 || code > 0xdfff) && /\P{Unassigned}/u.test(String.fromCodePoint(code)))
    .map((code) => String.fromCodePoint(code));
const randomText = (from: ArrayLike<string>, length: number, wordLength: number, random: () => number): string => {
  let text = '';
  for (let index = 0; index < length; index++)
    text += wordLength > 0 && random() < 1 / wordLength ? ` ${pick(from, random)}` : pick(from, random);
  return text;
};
const lower = 'abcdefghijklmnopqrstuvwxyz';

describe('the bound of a text', () => {
  it.each([
    ['letters', lower],
    ['letters without vowels', 'bcdfghjklmnpqrstvwxz'],
    ['rare letters', 'qzxjvkwpbf'],
    ['vowels', 'aeiou'],
    ['bases', 'acgt'],
    ['capital bases', 'ACGT'],
    ['capitals', lower.toUpperCase()],
    ['both cases', lower + lower.toUpperCase()],
    ['base64', `${lower}${lower.toUpperCase()}0123456789+/`],
    ['hex', '0123456789abcdef'],
    ['digits', '0123456789'],
    ['digits and points', '0123456789.,-'],
    ['marks', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
    ['brackets', '{}[]()":,'],
    ['rare marks', '^~`\\@$'],
    ['white space', '\t\n\r '],
    ['tabs and blanks', '\t '],
    ['carriage returns', '\r'],
    ['line feeds', '\n'],
    ['blanks', ' '],
    ['all of ASCII', String.fromCharCode(...Array.from({ length: 128 }, (_, code) => code))],
  ])('of random %s is one', (_, alphabet) => {
    const random = seeded(1);
    for (const wordLength of [0, 1, 2, 3, 4, 6, 8, 12, 40]) {
      const text = randomText(alphabet, 1500, wordLength, random);
      expect(boundOf(text), `words of ${wordLength}`).toBeGreaterThanOrEqual(real(text));
    }
  });

  it('of words that could be is one', () => {
    const random = seeded(2);
    for (const length of [2, 3, 4, 5, 6, 8, 12]) {
      let text = '';
      for (let word = 0; word < 800; word++) {
        text += ' ';
        for (let index = 0; index < length; index++) text += pick(index % 2 ? 'aeiou' : 'bcdfglmnprst', random);
      }
      expect(boundOf(text), `words of ${length}`).toBeGreaterThanOrEqual(real(text));
    }
  });

  // Han and Hangul are measured over all their characters at once: a text of nothing but the rarest is not one.
  const measuredWhole: readonly (readonly [number, number])[] = [
    [0x4e00, 0x9fff],
    [0xac00, 0xd7ff],
  ];
  it('of random text of every block of Unicode is one', () => {
    const random = seeded(3);
    const blocks = [...measuredWhole];
    for (let first = 0x80; first < 0x20000; first += 0x80)
      if (!measuredWhole.some(([from, to]) => first >= from && first <= to)) blocks.push([first, first + 0x7f]);
    for (const [first, last] of blocks) {
      const from = letters(first, last);
      if (from.length === 0) continue;
      for (const wordLength of [0, 1, 5]) {
        const text = randomText(from, 200, wordLength, random);
        expect(boundOf(text), `from ${first.toString(16)}, words of ${wordLength}`).toBeGreaterThanOrEqual(real(text));
      }
    }
  }, 60_000);

  it.each([
    ['Latin', [0xc0, 0x17f]],
    ['Greek', [0x386, 0x3ce]],
    ['Russian', [0x410, 0x44f]],
    ['Hebrew', [0x5d0, 0x5ea]],
    ['Arabic', [0x621, 0x64a]],
    ['Devanagari', [0x904, 0x94d]],
    ['Thai', [0xe01, 0xe4e]],
    ['Georgian', [0x10d0, 0x10f0]],
    ['Vietnamese', [0x1ea0, 0x1ef9]],
    ['hiragana', [0x3041, 0x3093]],
    ['katakana', [0x30a1, 0x30f6]],
    ['full-width', [0xff01, 0xff5e]],
    ['emoji', [0x1f300, 0x1f64f]],
  ] as const)('of random %s letters is one', (_, [first, last]) => {
    const random = seeded(4);
    for (const wordLength of [0, 1, 2, 4, 8]) {
      const text = randomText(letters(first, last), 1500, wordLength, random);
      expect(boundOf(text), `words of ${wordLength}`).toBeGreaterThanOrEqual(real(text));
    }
  });

  it('of mixtures of scripts is one', () => {
    const random = seeded(5);
    const all = letters(0x20, 0xfffd);
    const scripts = [[...lower], letters(0x410, 0x44f), letters(0x3041, 0x3093), [...'0123456789'], [...' \n\t.,"{}']];
    for (let run = 0; run < 20; run++) {
      const mixed = randomText(all, 1000, run % 5, random);
      expect(boundOf(mixed)).toBeGreaterThanOrEqual(real(mixed));
      let text = '';
      for (let part = 0; part < 200; part++) text += randomText(pick(scripts, random), 1 + (run % 8), 0, random);
      expect(boundOf(text)).toBeGreaterThanOrEqual(real(text));
    }
  });

  it('is no more than it need be for English and for code', () => {
    const english = 'It is a truth universally acknowledged, that a single man must be in want of a wife. '.repeat(50);
    const code = 'export function add(left: number, right: number): number {\n  return left + right;\n}\n'.repeat(50);
    for (const text of [english, code]) expect(boundOf(text) / real(text)).toBeLessThan(2.5);
  });
});
