import type { ModelFacts } from './model-facts.js';
import type { MetadataValue } from './read-metadata.js';

/**
 * Architectures of which llama.cpp knows that all layers but every n-th look back no further than a window, the first or
 * the last of each n being the one that looks back all the way. In others the file may speak of a window that is not used.
 */
const patterns: ReadonlyMap<string, { readonly every: number; readonly denseFirst?: true }> = new Map([
  ['afmoe', { every: 4 }],
  ['cohere2', { every: 4 }],
  ['cohere2moe', { every: 4, denseFirst: true }],
  ['exaone-moe', { every: 4 }],
  ['gemma2', { every: 2 }],
  ['gemma3', { every: 6 }],
  ['gemma3n', { every: 5 }],
  ['gpt-oss', { every: 2 }],
  ['mellum', { every: 4 }],
  ['olmo2', { every: 4 }],
  ['plamo3', { every: 8 }],
  ['smallthinker', { every: 4, denseFirst: true }],
]);

/** Which layers of a model keep only a window of keys and values; `undefined` where none does for sure. */
export function slidingWindowOf(
  architecture: string,
  layers: number,
  of: (key: string) => MetadataValue | undefined,
): ModelFacts['slidingWindow'] {
  const [tokens, pattern] = [of('attention.sliding_window'), of('attention.sliding_window_pattern')];
  const known = patterns.get(architecture);
  if (!known || typeof tokens !== 'number' || !Number.isInteger(tokens) || tokens < 1) return undefined;
  if (Array.isArray(pattern))
    return { tokens, layers: Array.from({ length: layers }, (_, at) => pattern[at] === true || pattern[at] === 1) };
  const every = typeof pattern === 'number' && Number.isInteger(pattern) && pattern > 0 ? pattern : known.every;
  const isDense = (at: number): boolean => at % every === (known.denseFirst ? 0 : every - 1);
  return { tokens, layers: Array.from({ length: layers }, (_, at) => !isDense(at)) };
}
