import type { Blend, Ridge } from './blend.js';
import { readFile, writeFile } from './file.js';
import type { Model } from './model.js';

/** A model as text: what it needs to predict, in single floats. */
export function saveModel(model: Model): string {
  return writeFile('model', storedModel(model));
}

/**
 * The model that was saved: it scores as it did. What lets its ridges take single outcomes is not stored and comes back
 * with the next refit.
 * @throws Error that says what is wrong with the file
 */
export function loadModel(file: string): Model {
  return modelOf(readFile('model', file));
}

/** The model without what only updates need. */
export function storedModel(model: Model): Model {
  const { gain, tiers, gainWeight, imputed } = model.estimator;
  return {
    ...model,
    estimator: {
      gain: gain && storedBlend(gain),
      tiers: tiers && { weak: storedBlend(tiers.weak), strong: storedBlend(tiers.strong) },
      gainWeight,
      imputed: imputed && { ...imputed, blend: storedBlend(imputed.blend) },
    },
  };
}

/** What was stored, as a model; the checksum has shown that this program wrote it. */
export function modelOf(stored: unknown): Model {
  const model = stored as Model; // see above
  const { apgr, atLeast } = model.evidence as { apgr: number | null; atLeast: number | null }; // JSON has no NaN
  return { ...model, evidence: { ...model.evidence, apgr: apgr ?? Number.NaN, atLeast: atLeast ?? Number.NaN } };
}

function storedBlend(blend: Blend): Blend {
  const { meaning } = blend;
  return {
    ...blend,
    meaning: meaning && { ...meaning, linear: bare(meaning.linear), clusters: bare(meaning.clusters) },
  };
}

function bare(ridge: Ridge | undefined): Ridge | undefined {
  return ridge && { weights: ridge.weights, state: undefined };
}
