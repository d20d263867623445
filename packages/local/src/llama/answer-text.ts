import type { Token } from 'node-llama-cpp';
import type { Ending, TokenLogprob } from '../engine.js';
import { createJsonEnd } from './json-end.js';
import { createStopText } from './stop-text.js';
import type { OpenTokenText } from './token-text.js';

/** The text of an answer as it is written. */
export interface AnswerText {
  /** Takes a token. @returns how the answer ended with it, if it did */
  readonly push: (token: Token, logprob: TokenLogprob | undefined) => Ended | undefined;
  /** Says what was still held back, where nothing more comes. */
  readonly end: () => void;
}

export type Ended = Pick<Ending, 'reason' | 'stopped'>;

interface AnswerTextOptions {
  readonly tokenText: OpenTokenText;
  /** What comes before the answer. */
  readonly before: readonly Token[];
  /** Stops that whoever asks is told of. */
  readonly ownStops: readonly string[];
  /** Stops of the template. */
  readonly stops: readonly string[];
  /** It is JSON, and ends where that ends. */
  readonly json: boolean;
  readonly say: (text: string, logprobs: readonly TokenLogprob[]) => void;
}

export function createAnswerText({ tokenText, before, ownStops, stops, json, say }: AnswerTextOptions): AnswerText {
  const characters = tokenText(before);
  const stopText = createStopText([...ownStops, ...stops]);
  const jsonEnd = json ? createJsonEnd() : undefined;
  let logprobs: TokenLogprob[] = [];
  const sayNow = (text: string): void => {
    if (text === '' && logprobs.length === 0) return;
    say(text, logprobs);
    logprobs = [];
  };
  return {
    push: (token, logprob) => {
      if (logprob) logprobs.push(logprob);
      const { text, stopped } = stopText.push(characters.push(token));
      const whole = jsonEnd?.push(text);
      sayNow(whole === undefined ? text : text.slice(0, whole));
      if (stopped !== undefined) return ownStops.includes(stopped) ? { reason: 'stop', stopped } : { reason: 'end' };
      return whole === undefined ? undefined : { reason: 'end' };
    },
    end: () => sayNow(stopText.push(characters.end()).text + stopText.end()),
  };
}
