import { inputTokens, type Usage } from '../pricing/usage.js';

/** What a model's tokens are to the estimate's, learned from its bills: 1 until there is one. */
export interface TokenScale {
  readonly of: (model: string) => number;
  readonly learn: (model: string, estimatedTokens: number, usage: Usage) => void;
}

/** Further models stay at 1. */
const maxModels = 200;
/** Estimates are never so far off; what else is in a bill (files, hidden prompts) is not to move the scale further. */
const [least, most] = [0.4, 2.5] as const;

/** A scale that has seen no bill. */
export function createTokenScale(): TokenScale {
  const sums = new Map<string, { readonly estimated: number; readonly billed: number }>();
  return {
    of: (model) => {
      const known = sums.get(model);
      return known ? Math.min(most, Math.max(least, known.billed / known.estimated)) : 1;
    },
    learn: (model, estimated, usage) => {
      const known = sums.get(model) ?? { estimated: 0, billed: 0 };
      const billed = inputTokens(usage);
      if (estimated === 0 || billed === 0 || (sums.size >= maxModels && !sums.has(model))) return;
      sums.set(model, { estimated: known.estimated + estimated, billed: known.billed + billed });
    },
  };
}
