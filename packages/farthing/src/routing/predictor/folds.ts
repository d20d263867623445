import { shuffled } from './draw.js';
import type { Steps } from './steps.js';

/** A run that stands in more texts than this is a template, not a passage. */
const maxShared = 12;

/**
 * A fold for each text, of about equal size, so that texts with a passage in common are in the same: else a model that
 * learned the one by heart would look as if it understood the other.
 */
export function* foldsOf(passages: readonly Uint32Array[], folds: number, random: () => number): Steps<Uint8Array> {
  const groups = yield* groupsOf(passages);
  const sizes = new Uint32Array(folds);
  const foldOfGroup = new Map<number, number>();
  const members = new Map<number, number>();
  for (const group of groups) members.set(group, (members.get(group) ?? 0) + 1);
  const order = shuffled(passages.length, random);
  // large groups first, so that the small ones can even the folds out
  const distinct = [...new Set([...order].map((text) => groups[text] ?? 0))];
  distinct.sort((a, b) => (members.get(b) ?? 0) - (members.get(a) ?? 0));
  for (const group of distinct) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    sizes[smallest] = (sizes[smallest] ?? 0) + (members.get(group) ?? 0);
    foldOfGroup.set(group, smallest);
  }
  return Uint8Array.from(groups, (group) => foldOfGroup.get(group) ?? 0);
}

/** For each text, the first text that it is connected with through shared runs (union-find). */
function* groupsOf(passages: readonly Uint32Array[]): Steps<Int32Array> {
  const textsByRun = new Map<number, number[]>();
  for (const [text, runs] of passages.entries()) {
    for (const run of runs) {
      const texts = textsByRun.get(run);
      if (!texts) textsByRun.set(run, [text]);
      else if (texts.length <= maxShared) texts.push(text);
    }
    if (text % 128 === 0) yield;
  }
  const parent = Int32Array.from(passages, (_, text) => text);
  const rootOf = (text: number): number => {
    let root = text;
    while (parent[root] !== root) root = parent[root] ?? root;
    parent[text] = root;
    return root;
  };
  let seen = 0;
  for (const texts of textsByRun.values()) {
    if (seen++ % 4096 === 0) yield;
    if (texts.length === 1 || texts.length > maxShared) continue;
    const roots = texts.map(rootOf);
    const first = Math.min(...roots);
    for (const root of roots) parent[root] = first;
  }
  return Int32Array.from(passages, (_, text) => rootOf(text));
}
