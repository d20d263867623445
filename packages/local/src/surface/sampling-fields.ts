import { z } from 'zod';

/** A field that may only be left out, or say what is done anyhow. */
export function only<const T extends string | number | boolean>(value: T, why: string) {
  return z.literal(value, why).nullish();
}

/** A field that may only be left out. */
export function never(why: string) {
  return z.null(why).optional();
}

const stopText = z.string().min(1).max(1_000);
/** More than any context holds: a template takes a tenth of a millisecond for each. */
export const mostMessages = 20_000;
/** More than any model can tell apart. */
export const mostTools = 1_000;
const mostBiases = 16_384;

/** By the numbers of tokens. Its keys may be anything, so no message names one. */
const biases = z.custom<Readonly<Record<string, number>>>(
  isBiases,
  `expected at most ${mostBiases} numbers of tokens, each with a number from -100 to 100`,
);

function isBiases(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= mostBiases &&
    entries.every(([token, bias]) => /^\d{1,9}$/.test(token) && typeof bias === 'number' && Math.abs(bias) <= 100)
  );
}

/** What OpenAI's two ways to generate share, with the extensions that servers of open models take. */
export const samplingFields = {
  model: z.string().min(1),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([stopText, z.array(stopText).max(16)], 'expected a text or up to 16 texts').nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: biases.nullish(),
  n: only(1, 'only one answer to a request is given; ask again for another'),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
} as const;

const sampling = z.object(samplingFields);

/** The settings of `samplingFields` in the engine's words. */
export function samplingOf(body: z.output<typeof sampling>) {
  return {
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    minP: body.min_p,
    seed: body.seed,
    stop: typeof body.stop === 'string' ? [body.stop] : body.stop,
    frequencyPenalty: body.frequency_penalty,
    presencePenalty: body.presence_penalty,
    logitBias: body.logit_bias,
  };
}
