import { type LlamaModel, type SequenceEvaluateOptions, type Token, TokenBias } from 'node-llama-cpp';
import type { Generation } from '../engine.js';

/** What quantized models are commonly run with; of `temperature` 0 nothing else counts. */
const defaults = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0.05 };

/** How the next token is chosen. @param written the tokens so far, which grows */
export function samplingOf(
  model: LlamaModel,
  request: Generation,
  written: readonly Token[],
  random: () => number,
): SequenceEvaluateOptions {
  const { frequencyPenalty = 0, presencePenalty = 0 } = request;
  const temperature = request.temperature ?? defaults.temperature;
  return {
    temperature,
    // Nothing else counts where the likeliest is taken, and each token would pay for it.
    ...(temperature > 0 && {
      topK: request.topK ?? defaults.topK,
      topP: request.topP ?? defaults.topP,
      minP: request.minP ?? defaults.minP,
      seed: request.seed === undefined ? Math.floor(random() * 2 ** 32) : seedOf(request.seed),
    }),
    ...((frequencyPenalty !== 0 || presencePenalty !== 0) && {
      repeatPenalty: { punishTokens: () => [...written], penalty: 1, frequencyPenalty, presencePenalty },
    }),
    ...(request.logitBias && { tokenBias: biasOf(model, request.logitBias) }),
  };
}

/** Providers take any integer; the binding takes 32 bits. */
function seedOf(seed: number): number {
  return ((Math.trunc(seed) % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

function biasOf(model: LlamaModel, bias: Readonly<Record<string, number>>): TokenBias {
  const result = TokenBias.for(model);
  // Token numbers, as whoever asks took them from this model's vocabulary.
  for (const [token, value] of Object.entries(bias))
    result.set(Number(token) as Token, value <= -100 ? 'never' : { logit: value });
  return result;
}
