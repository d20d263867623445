/** Whole numbers in ascending order, as `[first, last]` pairs: a hundred thousand in a row are one. */
export type Ranges = readonly (readonly [number, number])[];

/** @param numbers ascending, each once */
export function toRanges(numbers: Iterable<number>): Ranges {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

/** The numbers again. */
export function fromRanges(ranges: Ranges): number[] {
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}
