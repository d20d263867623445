import type { PromptAdvice } from './prompt-cache-report.js';

/** A text as hashes of its words and marks: enough to compare with, not to read. */
export interface TextShape {
  readonly hashes: Uint32Array;
  /** The smallest hashes of three pieces in a row: two texts that share few of them are not nearly equal. */
  readonly sketch: ReadonlySet<number>;
}

/** The shape of a text that is at hand, with where its pieces begin. */
export interface PlacedShape extends TextShape {
  readonly starts: Uint32Array;
}

/** Where two texts that are nearly equal begin to differ, as a span of the newer one. In UTF-16 units. */
export interface ChangingPart {
  readonly start: number;
  readonly end: number;
}

/** Further pieces are not compared: a change that matters is near the top. */
const maxPieces = 50_000;
const sketchSize = 32;
/** Of two sketches, so much is shared by texts that are the same but for a tenth, with room for chance. */
const leastShared = 0.25;

/** The shape of a text: a piece is a word, a number, or a mark; blanks are none. */
export function shapeOf(text: string): PlacedShape {
  const hashes: number[] = [];
  const starts: number[] = [];
  let hash = 0;
  let isOpen = false;
  for (let at = 0; at < text.length && hashes.length < maxPieces; at++) {
    const code = text.charCodeAt(at);
    const isWord = isWordUnit(code);
    if (isOpen && !isWord) hashes.push(hash >>> 0);
    if (code > 32 && !(isOpen && isWord)) {
      starts.push(at);
      hash = fnvOffset;
    }
    hash = Math.imul(hash ^ code, fnvPrime);
    if (!isWord && code > 32) hashes.push(hash >>> 0);
    isOpen = isWord;
  }
  if (isOpen && hashes.length < starts.length) hashes.push(hash >>> 0);
  return {
    hashes: Uint32Array.from(hashes),
    starts: Uint32Array.from(starts.slice(0, hashes.length)),
    sketch: sketchOf(hashes),
  };
}

/** Letters and digits run on; scripts that are written without blanks are taken sign by sign. */
function isWordUnit(code: number): boolean {
  if (code >= 128) return code < 0x2e80;
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

const fnvOffset = 0x811c9dc5;
const fnvPrime = 0x01000193;

function sketchOf(hashes: readonly number[]): ReadonlySet<number> {
  // The smallest are below this, but for a freak of chance: the rest need not be sorted.
  const limit = 2 ** 32 * Math.min(1, (sketchSize * 4) / Math.max(1, hashes.length));
  const small = new Set<number>();
  for (let at = 2; at < hashes.length; at++) {
    let triple = fnvOffset;
    for (let back = 0; back < 3; back++) triple = Math.imul(triple ^ (hashes[at - back] ?? 0), fnvPrime);
    if (triple >>> 0 < limit) small.add(triple >>> 0);
  }
  return new Set([...small].sort((a, b) => a - b).slice(0, sketchSize));
}

/** Whether two texts can be nearly equal: cheap, so that different ones are told apart at once. */
function areAlike(before: TextShape, now: TextShape): boolean {
  const [less, more] = [before.hashes.length, now.hashes.length].sort((a, b) => a - b) as [number, number]; // two in, two out
  if (less < more * (1 - maxChangedShare)) return false;
  if (more <= sketchSize) return true;
  let shared = 0;
  for (const each of now.sketch) if (before.sketch.has(each)) shared++;
  return shared >= sketchSize * leastShared;
}

/** Texts are nearly equal where at most this share of their pieces differs. */
const maxChangedShare = 0.1;
/** So many pieces may be replaced by others at one place, … */
const maxRun = 60;
/** … and so many must agree behind them. */
const anchor = 8;

/**
 * The first part in which a text differs from one of this shape, where the two are equal but for small parts; `undefined`
 * where they are equal, or are different texts.
 */
export function changingPartOf(last: TextShape, text: string, now: PlacedShape): ChangingPart | undefined {
  if (!areAlike(last, now)) return undefined;
  const before = last.hashes;
  const { hashes, starts } = now;
  const most = Math.max(1, Math.floor(Math.max(before.length, hashes.length) * maxChangedShare));
  let [left, right, changed] = [0, 0, 0];
  let first: ChangingPart | undefined;
  while (left < before.length && right < hashes.length) {
    if (before[left] === hashes[right]) {
      left++;
      right++;
      continue;
    }
    const next = whereEqualAgain(before, hashes, left, right);
    if (!next) return undefined;
    first ??= { start: starts[right] ?? 0, end: starts[next.right] ?? text.length };
    changed += Math.max(next.left - left, next.right - right);
    if (changed > most) return undefined;
    left = next.left;
    right = next.right;
  }
  const rest = Math.max(before.length - left, hashes.length - right);
  if (changed + rest > most) return undefined;
  if (!first && rest > 0) return { start: starts[right] ?? text.length, end: text.length };
  return first;
}

function whereEqualAgain(
  before: Uint32Array,
  now: Uint32Array,
  left: number,
  right: number,
): { readonly left: number; readonly right: number } | undefined {
  for (let skipped = 1; skipped <= maxRun * 2; skipped++)
    for (let inLeft = Math.max(0, skipped - maxRun); inLeft <= Math.min(skipped, maxRun); inLeft++) {
      const [a, b] = [left + inLeft, right + skipped - inLeft];
      if (a > before.length || b > now.length) continue;
      // At both ends at once there is nothing left to agree.
      const length = Math.min(anchor, Math.max(before.length - a, now.length - b));
      let agreed = 0;
      while (agreed < length && before[a + agreed] === now[b + agreed]) agreed++;
      if (agreed === length) return { left: a, right: b };
    }
  return undefined;
}

const date =
  /\d{4}-\d{1,2}-\d{1,2}|\d{1,2}:\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b.{0,4}\d|\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b|^\D{0,3}1[5-9]\d{8}(?:\d{3})?\D{0,3}$/;
const uuid = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i;

/** What a part looks like, with the rest of the words that it is in. */
export function kindOf(part: string): PromptAdvice['kind'] {
  if (uuid.test(part)) return 'uuid';
  if (date.test(part)) return 'timestamp';
  return /^\D{0,8}\d[\d.,_ ]*\D{0,3}$/.test(part) ? 'number' : 'other';
}

/** How far words are read that have no end. */
const longestWord = 40;

/** The part with the rest of its words: from blank to blank. */
export function wholeWords(text: string, { start, end }: ChangingPart): ChangingPart {
  const isBlank = (at: number): boolean => text.charCodeAt(at) <= 32;
  let [from, to] = [start, end];
  while (to > from + 1 && isBlank(to - 1)) to--;
  const [lowest, highest] = [Math.max(0, from - longestWord), Math.min(text.length, to + longestWord)];
  while (from > lowest && !isBlank(from - 1)) from--;
  while (to < highest && !isBlank(to)) to++;
  return { start: from, end: to };
}

/** Line and character of a place in a text, both from 1. */
export function placeIn(text: string, at: number): { readonly line: number; readonly character: number } {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, character: at - (before.lastIndexOf('\n') + 1) + 1 };
}
