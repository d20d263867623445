import { apportion, type Weight, weightsFor } from '../embedding-batches/apportion.js';
import { picoUsdOf, tokens } from '../pricing/usage-reader.js';
import type { JsonObject } from './dialect.js';
import { asObject } from './json.js';

/**
 * A usage body cut into one for each part of a joint request. Every count and every cost in it sums to the whole exactly;
 * times and words are everyone's. Pure.
 */
export function usageShares(usage: JsonObject, weights: readonly Weight[]): readonly JsonObject[] {
  const total = BigInt(tokens(usage['prompt_tokens'] ?? usage['input_tokens'] ?? usage['total_tokens']));
  return cut(usage, weightsFor(total, weights));
}

/** Usage is no deeper than this; what is stands as it came, for a hostile answer could go deeper than a stack does. */
const deepest = 8;

function cut(body: JsonObject, weights: readonly number[], depth = 0): readonly JsonObject[] {
  const shares = weights.map((): Record<string, unknown> => ({}));
  for (const [field, value] of Object.entries(body)) {
    const parts = partsOf(field, value, weights, depth);
    for (const [at, share] of shares.entries()) share[field] = parts ? parts[at] : value;
  }
  return shares;
}

function partsOf(
  field: string,
  value: unknown,
  weights: readonly number[],
  depth: number,
): readonly unknown[] | undefined {
  const inner = asObject(value);
  if (inner) return depth < deepest ? cut(inner, weights, depth + 1) : undefined;
  if (typeof value !== 'number' || value < 0 || /time$/.test(field)) return undefined;
  if (Number.isSafeInteger(value) && !/(?:^|_)cost$/.test(field)) return apportion(BigInt(value), weights).map(Number);
  // A decimal of at most twelve digits behind the point, as costs are read: through a double and back it stays what it is.
  return apportion(picoUsdOf(value), weights).map((part) => Number(part) / 1e12);
}
