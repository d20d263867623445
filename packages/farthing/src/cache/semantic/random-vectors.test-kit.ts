/** A source of numbers between 0 and 1 that gives the same ones for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A direction without preference, by its seed. */
export function randomUnit(dimensions: number, seed: number): Float32Array {
  const next = numbers(seed);
  return toUnit(
    Float32Array.from(
      { length: dimensions },
      () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    ),
  );
}

/** A vector near another one: the two stand at an angle whose tangent is `noise`, about. */
export function nearTo(center: Float32Array, noise: number, seed: number): Float32Array {
  const other = randomUnit(center.length, seed);
  return toUnit(center.map((value, index) => value + noise * (other[index] ?? 0)));
}

function toUnit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}
