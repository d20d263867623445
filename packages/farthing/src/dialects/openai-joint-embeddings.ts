import type { Weight } from '../embedding-batches/apportion.js';
import type { CountTokens, JsonObject } from './dialect.js';
import type { EmbeddingRequest, JointEmbeddings, JointPart } from './joint-embeddings.js';
import { asObject, without } from './json.js';
import { openAISafety } from './measure.js';
import { readEmbeddingAnswer } from './openai-embedding-answer.js';
import { usageShares } from './openai-usage-shares.js';
import { tokensByRuns } from './text-bound.js';

/** A text that was turned away for what it says, and may be quoted there: it is its own caller's affair. */
const moderated = /flagged|moderat|content[_ -]?(?:policy|filter)/i;

/** Joins requests to OpenAI's `/embeddings`: `input` becomes a list, and `data` is cut by it. */
export const jointOpenAIEmbeddings: JointEmbeddings = {
  read: (body) => {
    const found = readInput(body['input']);
    return found && { ...found, parameters: without(body, ['input']) };
  },
  tokensOf,
  join: (body, inputs) => ({ ...body, input: inputs }),
  // A text that is too long, empty, not to be read, or filtered; too many or too much of them together.
  blamesInput: (status, text) =>
    status === 400 || status === 413 || status === 422 || (status === 403 && moderated.test(text)),
  split,
  usageOnly: (answer, parts) => sharesOf(answer, parts).map((usage) => withUsage(without(answer, ['usage']), usage)),
  holdsVectors: (answer) => Array.isArray(answer['data']),
};

function readInput(input: unknown): Pick<EmbeddingRequest, 'inputs' | 'kind'> | undefined {
  if (isText(input)) return { inputs: [input], kind: 'text' };
  if (isTokens(input)) return { inputs: [input], kind: 'tokens' };
  if (!Array.isArray(input) || input.length === 0) return undefined;
  const inputs: readonly unknown[] = input;
  if (inputs.every(isText)) return { inputs, kind: 'text' };
  return inputs.every(isTokens) ? { inputs, kind: 'tokens' } : undefined;
}

/** An empty text is refused, and would have others refused. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number');
}

function tokensOf(input: unknown, count: CountTokens | undefined): Weight {
  if (typeof input !== 'string') {
    const length = Array.isArray(input) ? input.length : 0;
    return { likely: length, most: length };
  }
  // A text is a token at least. The bound is the one by which money is set aside, without its constant part.
  const estimate = Math.max(1, tokensByRuns(input));
  return { likely: count ? Math.max(1, count(input)) : estimate, most: Math.ceil(estimate * openAISafety.factor) };
}

function split(text: string, parts: readonly JointPart[]): ReturnType<JointEmbeddings['split']> {
  const answer = readEmbeddingAnswer(
    text,
    parts.reduce((sum, part) => sum + part.inputs, 0),
  );
  if (!answer) return undefined;
  const usages = sharesOf(answer.rest, parts);
  let from = 0;
  return parts.map(({ inputs }, at) => {
    const usage = usages[at];
    const own = { text: answer.textFor(from, from + inputs, usage), json: withUsage(answer.rest, usage) };
    from += inputs;
    return own;
  });
}

/** An answer without vectors: to be read for what it cost. */
function withUsage(rest: JsonObject, usage: JsonObject | undefined): JsonObject {
  return { ...rest, data: [], ...(usage && { usage }) };
}

function sharesOf(answer: JsonObject, parts: readonly JointPart[]): readonly (JsonObject | undefined)[] {
  const usage = asObject(answer['usage']);
  return usage ? usageShares(usage, parts) : parts.map(() => undefined);
}
