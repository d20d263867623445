import type { Weight } from '../embedding-batches/apportion.js';
import type { CountTokens, Dialect, JsonObject } from './dialect.js';
import { jointOpenAIEmbeddings } from './openai-joint-embeddings.js';

/** A request for embeddings, taken apart. */
export interface EmbeddingRequest {
  /** Texts, or lists of tokens; at least one. */
  readonly inputs: readonly unknown[];
  /** Only inputs of one kind may stand in one request. */
  readonly kind: 'text' | 'tokens';
  /** All else: requests that differ in it can't be joined. */
  readonly parameters: JsonObject;
}

/** One of the requests that were joined. */
export interface JointPart extends Weight {
  readonly inputs: number;
}

/** What one part of a joint request got. */
export interface PartOfAnswer {
  readonly text: string;
  /** The same as an object without its vectors. */
  readonly json: JsonObject;
}

/** How requests for embeddings are joined, and their answer is split. Apart from `Dialect`, since only one stage needs it. Pure. */
export interface JointEmbeddings {
  /** `undefined` for a body that is none, or whose input the provider is sure to refuse. Never throws. */
  readonly read: (body: JsonObject) => EmbeddingRequest | undefined;
  /** The tokens of one input: by the best count there is, and at most. */
  readonly tokensOf: (input: unknown, count: CountTokens | undefined) => Weight;
  readonly join: (body: JsonObject, inputs: readonly unknown[]) => JsonObject;
  /** Whether an error says that something was wrong with an input, so that others may pass without it. Never throws. */
  readonly blamesInput: (status: number, text: string) => boolean;
  /**
   * The text of the answer as each part would have had it, with its share of the usage; `undefined` where there is not one
   * vector for each input. Never throws.
   */
  readonly split: (text: string, parts: readonly JointPart[]) => readonly PartOfAnswer[] | undefined;
  /** What each part owes of an answer that could not be split, as an answer without vectors. Never throws. */
  readonly usageOnly: (answer: JsonObject, parts: readonly JointPart[]) => readonly JsonObject[];
  /** Whether a body holds vectors of anyone. */
  readonly holdsVectors: (answer: JsonObject) => boolean;
}

const all: Readonly<Record<Dialect['name'], JointEmbeddings | undefined>> = {
  'openai-chat': undefined,
  'openai-responses': undefined,
  'openai-embeddings': jointOpenAIEmbeddings,
  'anthropic-messages': undefined,
};

/** How a dialect's embeddings are joined; `undefined` where they are not. */
export function jointEmbeddingsOf({ name }: Pick<Dialect, 'name'>): JointEmbeddings | undefined {
  return all[name];
}
