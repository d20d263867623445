import { contextStep, estimateMemory, type MemorySettings, padContext } from './memory-estimate.js';
import type { ModelFacts } from './model-facts.js';

/** Common quantizations and their bits per weight, the best first. */
const quantizations = [
  ['F16', 16],
  ['Q8_0', 8.5],
  ['Q6_K', 6.56],
  ['Q5_K_M', 5.69],
  ['Q4_K_M', 4.85],
  ['Q3_K_M', 3.91],
  ['Q2_K', 2.96],
] as const;

/**
 * What to do where a model does not fit into memory.
 * @param freeBytes memory that is free for it
 * @returns `undefined` where it fits
 */
export function adviseMemory(facts: ModelFacts, wanted: MemorySettings, freeBytes: number): string | undefined {
  const needs = (changed: Partial<MemorySettings> = {}, of: ModelFacts = facts): number =>
    estimateMemory(of, { ...wanted, ...changed }).total;
  const need = needs();
  if (need <= freeBytes) return undefined;

  const { contextTokens, slots } = wanted;
  const largestContext = (count: number): number => {
    const fits = (steps: number): boolean => needs({ contextTokens: steps * contextStep, slots: count }) <= freeBytes;
    let [most, tooMany] = [0, padContext(contextTokens) / contextStep + 1];
    while (tooMany - most > 1) {
      const middle = Math.floor((most + tooMany) / 2);
      if (fits(middle)) most = middle;
      else tooMany = middle;
    }
    return Math.min(contextTokens, most * contextStep);
  };

  const ways: string[] = [];
  const sameSlots = largestContext(slots);
  if (sameSlots > 0) ways.push(`with ${contextIn(sameSlots, slots)}`);
  const fewer = fewerSlots(wanted, largestContext);
  if (fewer && fewer.context > sameSlots) ways.push(`with ${contextIn(fewer.context, fewer.slots)}`);
  const smaller = quantizations
    .map(([name, bits]) => ({ name, facts: withBits(facts, bits) }))
    .find(({ facts: other }) => other.weightBytes < facts.weightBytes && needs({}, other) <= freeBytes);
  if (smaller)
    ways.push(`as ${smaller.name} of the same model (about ${readable(needs({}, smaller.facts), Math.ceil)})`);

  const refusal = `The model needs about ${readable(need, Math.ceil)} of memory with ${contextIn(contextTokens, slots)}, and ${readable(Math.max(0, freeBytes), Math.floor)} are free.`;
  if (ways.length > 0) return `${refusal} It fits ${listed(ways)}.`;
  const [name, bits] = quantizations[quantizations.length - 1] ?? ['Q2_K', 0];
  const isSmaller = bits < (8 * facts.weightBytes) / facts.parameters;
  const least = needs({ contextTokens: contextStep, slots: 1 }, isSmaller ? withBits(facts, bits) : facts);
  return least <= freeBytes
    ? `${refusal} It fits only as ${name} of the same model with a smaller context or fewer slots. Take a smaller model.`
    : `${refusal} Even ${isSmaller ? `as ${name} ` : ''}with ${contextIn(contextStep, 1)} ${readable(least - freeBytes, Math.ceil)} would be missing. Take a smaller model, or free memory.`;
}

/** The most slots that have room for the wanted context; else the one slot with the most context. */
function fewerSlots(
  { contextTokens, slots }: MemorySettings,
  largestContext: (slots: number) => number,
): { readonly slots: number; readonly context: number } | undefined {
  for (let count = slots - 1; count > 1; count -= 1)
    if (largestContext(count) === contextTokens) return { slots: count, context: contextTokens };
  return slots > 1 ? { slots: 1, context: largestContext(1) } : undefined;
}

function withBits(facts: ModelFacts, bits: number): ModelFacts {
  return { ...facts, weightBytes: Math.ceil((facts.parameters * bits) / 8) };
}

function contextIn(tokens: number, slots: number): string {
  return `${tokens} tokens of context in ${slots === 1 ? 'one slot' : `each of ${slots} slots`}`;
}

function listed(ways: readonly string[]): string {
  return ways.length < 2 ? ways.join() : `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`;
}

/** Bytes as people read them, such as `5.2 GB`. */
export function readable(bytes: number, round: (value: number) => number = Math.round): string {
  const [unit, name] = bytes >= 1e9 ? [1e9, 'GB'] : [1e6, 'MB'];
  const digits = bytes >= 1e9 ? 10 : 1;
  return `${round((bytes / unit) * digits) / digits} ${name}`;
}
