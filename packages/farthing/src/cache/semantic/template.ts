/** The parts of two texts that differ, where a long frame around them is the same. */
export interface Variables {
  readonly left: string;
  readonly right: string;
}

/** A frame this long, and this large a share of the longer text, drowns what stands in it. In UTF-16 units. */
const longFrame = 160;
const frameShare = 0.5;

/**
 * What is left of two texts without the words that they begin and end with in common, if these make up most of them: a
 * fixed template makes everything that stands in it look alike. `undefined` where there is no such frame.
 */
export function variablesOf(left: string, right: string): Variables | undefined {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < shorter - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
  if (head === left.length && head === right.length) return undefined;
  head = left.slice(0, head).search(/\S*$/);
  tail -= left.slice(left.length - tail).search(/\s|$/);
  const frame = head + tail;
  if (frame < longFrame || frame < frameShare * Math.max(left.length, right.length)) return undefined;
  return { left: left.slice(head, left.length - tail).trim(), right: right.slice(head, right.length - tail).trim() };
}
