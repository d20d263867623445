/** What is looked for, what takes its place, and letters of which a text must hold some: without them nobody need look. */
export type Rewrite = readonly [
  pattern: RegExp,
  replacement: string | ((match: string, ...groups: string[]) => string),
  ...needles: string[],
];

/** Letters to look for, and where their pairs of neighbours are marked. */
interface Needle {
  readonly text: string;
  readonly pairs: readonly number[];
}

interface Step {
  readonly pattern: RegExp;
  readonly replacement: Rewrite[1];
  readonly needles: readonly Needle[];
}

/** A bit for each pair of neighbouring letters, hashed; filled anew for each text. */
const marks = new Int32Array(64);
const markOf = (one: number, other: number): number => ((one << 5) ^ other) & 2_047;

function mark(text: string): void {
  marks.fill(0);
  let last = text.charCodeAt(0);
  for (let at = 1; at < text.length; at++) {
    const next = text.charCodeAt(at);
    const bit = markOf(last, next);
    marks[bit >> 5] = (marks[bit >> 5] ?? 0) | (1 << (bit & 31));
    last = next;
  }
}

/** Most needles lack a pair of letters already, and one look at a bit is ten times cheaper than a search. */
function holds(text: string, needle: Needle): boolean {
  const { pairs } = needle;
  for (let i = 0; i < pairs.length; i++) {
    const bit = pairs[i] ?? 0;
    if (((marks[bit >> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
  }
  return text.includes(needle.text);
}

function holdsAny(text: string, needles: readonly Needle[]): boolean {
  for (let i = 0; i < needles.length; i++) {
    const needle = needles[i];
    if (needle && holds(text, needle)) return true;
  }
  return false;
}

/** One function that applies all the rewrites, each to what the ones before it have left. */
export function applyAll(rewrites: readonly Rewrite[]): (text: string) => string {
  const steps: readonly Step[] = rewrites.map(([pattern, replacement, ...needles]) => ({
    pattern,
    replacement,
    needles: needles.map((text) => ({
      text,
      pairs: Array.from({ length: text.length - 1 }, (_, at) => markOf(text.charCodeAt(at), text.charCodeAt(at + 1))),
    })),
  }));
  return (text) => {
    let rewritten = text;
    mark(rewritten);
    for (const { pattern, replacement, needles } of steps) {
      if (needles.length > 0 && !holdsAny(rewritten, needles)) continue;
      const before = rewritten;
      rewritten =
        typeof replacement === 'string' ? before.replace(pattern, replacement) : before.replace(pattern, replacement);
      if (rewritten !== before) mark(rewritten);
    }
    return rewritten;
  };
}
