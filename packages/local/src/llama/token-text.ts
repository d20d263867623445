import type { LlamaModel, Token } from 'node-llama-cpp';

/** Turns the tokens of one answer into text as they come; what is half a character waits for its other half. */
export interface TokenText {
  readonly push: (token: Token) => string;
  readonly end: () => string;
}

/** @param before the last tokens of the prompt */
export type OpenTokenText = (before: readonly Token[]) => TokenText;

/** So many tokens before decide about the space in front of a token. */
const tokensBefore = 4;
/** A character has at most four bytes: more halves than that are no beginning of one. */
const mostHalves = 4;
const half = '\ufffd';

/**
 * Behind text, a token that is whole characters is always the same text: that is asked of the binding once, since it takes
 * three calls of native code.
 */
export function createTokenTexts(model: LlamaModel): OpenTokenText {
  const known = new Map<Token, string>();
  return (before) => {
    let last = before.slice(-tokensBefore);
    let halves: Token[] = [];
    let isBehindText = false;
    const flush = (text: string): string => {
      last = [...last, ...halves].slice(-tokensBefore);
      halves = [];
      isBehindText = text !== '' && !text.includes(half);
      return text;
    };
    return {
      push: (token) => {
        const alone = halves.length === 0;
        halves.push(token);
        const found = isBehindText && alone ? known.get(token) : undefined;
        if (found !== undefined) return flush(found);
        const text = model.detokenize(halves, false, last);
        if (isBehindText && alone && text !== '' && !text.includes(half)) known.set(token, text);
        return text.endsWith(half) && halves.length < mostHalves ? '' : flush(text);
      },
      end: () => (halves.length === 0 ? '' : flush(model.detokenize(halves, false, last))),
    };
  };
}
