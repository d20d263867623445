/**
 * Cuts an amount into whole parts in the ratio of some weights: each gets its share rounded down, and what is left goes, one
 * each, to those that lost most (largest remainder; of equals, the first). The parts sum to the amount exactly. Pure.
 * @param weights non-negative integers; where all are 0, they count as equal
 */
export function apportion(total: bigint, weights: readonly number[]): readonly bigint[] {
  const given = weights.some((weight) => weight > 0) ? weights.map(BigInt) : weights.map(() => 1n);
  const sum = given.reduce((all, weight) => all + weight, 0n);
  const parts = given.map((weight) => (total * weight) / (sum || 1n));
  const left = Number(total - parts.reduce((all, part) => all + part, 0n));
  const byLoss = given
    .map((weight, index) => ({ index, lost: (total * weight) % (sum || 1n) }))
    .toSorted((a, b) => (a.lost < b.lost ? 1 : a.lost > b.lost ? -1 : a.index - b.index));
  for (const { index } of byLoss.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}

/** What one of several that share a bill may be taken to have used. */
export interface Weight {
  /** In tokens, by the best count there is. */
  readonly likely: number;
  /** In tokens: what was set aside covers so much. */
  readonly most: number;
}

/**
 * The weights by which a bill is shared: the likely ones, unless somebody would then pay for more than it can have used,
 * and so for more than its budget has set aside; by the bounds, nobody does as long as the bill is within their sum. Pure.
 */
export function weightsFor(total: bigint, weights: readonly Weight[]): readonly number[] {
  const likely = weights.map((weight) => weight.likely);
  const fits = apportion(total, likely).every((part, index) => part <= BigInt(weights[index]?.most ?? 0));
  return fits ? likely : weights.map((weight) => weight.most);
}
