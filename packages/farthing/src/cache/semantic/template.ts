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
  // Back to where words begin and end.
  while (head > 0 && !isBlank(left[head - 1])) head--;
  while (tail > 0 && !isBlank(left[left.length - tail])) tail--;
  const frame = head + tail;
  if (frame < longFrame || frame < frameShare * Math.max(left.length, right.length)) return undefined;
  return { left: left.slice(head, left.length - tail).trim(), right: right.slice(head, right.length - tail).trim() };
}

function isBlank(character: string | undefined): boolean {
  return character !== undefined && character.trim() === '';
}
