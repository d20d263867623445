import { createHash } from 'node:crypto';

/** What a model is asked to do with a prompt, as far as this provider needs to know. */
export interface Asked {
  readonly prompt: string;
  readonly seed: string;
  readonly maxTokens: number | undefined;
}

const openings = [
  'Thanks for reaching out.',
  'Good question.',
  'I can help with that.',
  'Sorry for the trouble.',
  'Let me look into this with you.',
];
const steps = [
  'Please open the settings page and check what it says about %.',
  'The quickest way with % is to try it once more and to note the exact message.',
  'For % our team needs the order number and the date.',
  'Most people solve % by signing out and in again.',
  'If % still does not work after that, write to us and we take it from there.',
  'You will find % under "My account", in the second tab.',
];
const closings = ['Is there anything else?', 'Let me know how it goes.', 'We are here until six.'];

/** An answer in a support assistant's voice, made of the prompt's own words: the same prompt, the same answer. */
export function answerTo({ prompt, seed }: Asked): string {
  const digest = createHash('sha256').update(seed).update(prompt).digest();
  const words = prompt.toLowerCase().match(/\p{L}{4,}/gu) ?? ['this'];
  const pick = <Item>(list: readonly Item[], at: number): Item => list[(digest[at] ?? 0) % list.length] as Item; // the list is not empty
  const middle = Array.from({ length: 2 + ((digest[3] ?? 0) % 3) }, (_, index) =>
    pick(steps, 4 + index).replace('%', `"${pick(words, 10 + index)}"`),
  );
  return [pick(openings, 0), ...middle, pick(closings, 1)].join(' ');
}

/** The answer in pieces, as a stream brings it. */
export function piecesOf(text: string, wordsPerPiece: number): readonly string[] {
  const words = text.match(/\S+\s*/g) ?? [];
  const pieces: string[] = [];
  for (let from = 0; from < words.length; from += wordsPerPiece)
    pieces.push(words.slice(from, from + wordsPerPiece).join(''));
  return pieces;
}

/** A value that fits a JSON schema, so far as types, enums, required fields and arrays go. */
export function valueFor(schema: unknown, seed: string): unknown {
  const {
    type,
    enum: choices,
    properties,
    items,
    const: constant,
  } = (schema ?? {}) as {
    type?: unknown;
    enum?: unknown[];
    properties?: Record<string, unknown>;
    items?: unknown;
    const?: unknown;
  }; // a schema, read loosely
  if (constant !== undefined) return constant;
  if (Array.isArray(choices)) return choices[0];
  const kind = Array.isArray(type) ? type[0] : type;
  if (kind === 'object' || properties)
    return Object.fromEntries(
      Object.entries(properties ?? {}).map(([name, inner]) => [name, valueFor(inner, `${seed} ${name}`)]),
    );
  if (kind === 'array') return [valueFor(items, seed)];
  if (kind === 'integer' || kind === 'number') return seed.length % 100;
  if (kind === 'boolean') return seed.length % 2 === 0;
  return kind === 'null' ? null : seed.split(' ').at(-1);
}

/** Cuts a text to so many tokens, counted by words; says whether it was cut. */
export function cutTo(
  text: string,
  maxTokens: number | undefined,
  count: (text: string) => number,
): { readonly text: string; readonly cut: boolean } {
  if (maxTokens === undefined || count(text) <= maxTokens) return { text, cut: false };
  let kept = '';
  for (const word of text.match(/\S+\s*/g) ?? []) {
    if (count(kept + word) > maxTokens) break;
    kept += word;
  }
  return { text: kept, cut: true };
}
