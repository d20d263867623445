import { readDense, type TurnContext } from './dense.js';
import { type Grams, readGrams } from './grams.js';
import { readPassages } from './passages.js';
import { readWords } from './words.js';

/** All that the predictor knows of a call: numbers, no text. */
export interface Features {
  /** Raw values in the order of `denseNames`. */
  readonly dense: Float32Array;
  readonly grams: Grams;
  /** A sketch of the 12-word runs, by which texts that share a passage are kept in one fold. */
  readonly passages: Uint32Array;
  /** Of length 1; where an embedder is configured. */
  readonly embedding: Float32Array | undefined;
}

/** UTF-16 units of a turn that are read: more tell nothing more, and cost time. */
export const maxTextLength = 20_000;
/** Runs that are kept of each text. */
const keptPassages = 32;

/**
 * Reads the features of a user's turn, never those of a system prompt: pure, deterministic, linear in what is read of the
 * text (its first and last 10,000 units where it is longer).
 */
export function readFeatures(text: string, embedding?: Float32Array, context: TurnContext = {}): Features {
  const half = maxTextLength / 2;
  const read = text.length > maxTextLength ? `${text.slice(0, half)}\n${text.slice(-half)}` : text;
  const words = readWords(read);
  return {
    dense: readDense(read, words, context),
    grams: readGrams(words),
    passages: readPassages(words, keptPassages),
    // an embedder that answers what is no unit vector is as good as none
    embedding: embedding?.every((value) => Math.abs(value) <= 1.001) ? embedding : undefined,
  };
}
