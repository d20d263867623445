import type { TokenLogprob } from '../engine.js';

/** What stands for a likelihood of nothing, for which JSON has no number; OpenAI's own value. */
const never = -9_999;

/** The new shape, of chat. */
export function chatLogprobs(tokens: readonly TokenLogprob[]): { readonly content: readonly object[]; refusal: null } {
  const content = tokens.map((one) => ({ ...withBytes(one), top_logprobs: one.top.map(withBytes) }));
  return { content, refusal: null };
}

/** The old shape, of completions. Offsets count from the beginning of the answer, in UTF-16 units. */
export function completionLogprobs(tokens: readonly TokenLogprob[], offset: number) {
  let at = offset;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map((one) => [one.token, finite(one.logprob)]))),
    text_offset: tokens.map(({ token }) => {
      const before = at;
      at += token.length;
      return before;
    }),
  };
}

function withBytes({ token, logprob }: { readonly token: string; readonly logprob: number }) {
  return { token, logprob: finite(logprob), bytes: [...Buffer.from(token)] };
}

function finite(logprob: number): number {
  return Math.max(logprob, never);
}
