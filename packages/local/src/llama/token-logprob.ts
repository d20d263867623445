import type { LlamaModel, Token } from 'node-llama-cpp';
import type { TokenLogprob } from '../engine.js';

/** Of what is as good as impossible; JSON has no minus infinity. */
const leastLogprob = -9999;

/** The likelihood of one token as it was chosen: after temperature and the like. */
export function logprobOf(
  model: LlamaModel,
  step: {
    readonly token: Token;
    readonly confidence?: number | undefined;
    readonly probabilities?: Map<Token, number> | undefined;
  },
  alternatives: number,
  before: readonly Token[],
): TokenLogprob {
  // What stands before decides about the space in front.
  const textOf = (token: Token): string => model.detokenize([token], true, before.slice(-1));
  const top: TokenLogprob['top'][number][] = [];
  for (const [token, probability] of step.probabilities ?? []) {
    if (top.length >= alternatives) break;
    top.push({ token: textOf(token), logprob: logarithm(probability) });
  }
  return { token: textOf(step.token), logprob: logarithm(step.confidence ?? 0), top };
}

function logarithm(probability: number): number {
  return probability > 0 ? Math.max(leastLogprob, Math.min(0, Math.log(probability))) : leastLogprob;
}
