import type { LlamaModel, Token } from 'node-llama-cpp';

/** Turns tokens into text as they come; what is half a character waits for its other half. */
export interface TokenText {
  readonly push: (token: Token) => string;
  readonly end: () => string;
}

/** So many tokens before decide about the space in front of a token. */
const tokensBefore = 4;
/** A character has at most four bytes: more halves than that are no beginning of one. */
const mostHalves = 4;

/** @param before the last tokens of the prompt */
export function createTokenText(model: LlamaModel, before: readonly Token[]): TokenText {
  let last = before.slice(-tokensBefore);
  let halves: Token[] = [];
  const flush = (text: string): string => {
    last = [...last, ...halves].slice(-tokensBefore);
    halves = [];
    return text;
  };
  return {
    push: (token) => {
      halves.push(token);
      const text = model.detokenize(halves, false, last);
      return text.endsWith('\ufffd') && halves.length < mostHalves ? '' : flush(text);
    },
    end: () => (halves.length === 0 ? '' : flush(model.detokenize(halves, false, last))),
  };
}
