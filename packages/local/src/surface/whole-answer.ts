import type { Ending, TokenLogprob, ToolCall } from '../engine.js';
import type { ServedFacts } from '../host.js';
import type { Run } from './run.js';

/** An answer with all its pieces put together. */
export interface WholeAnswer {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly ToolCall[];
  readonly logprobs: readonly TokenLogprob[];
  readonly end: Ending & ServedFacts;
}

/** Reads a request to its end. @throws LocalError */
export async function wholeAnswer(run: Run): Promise<WholeAnswer> {
  const calls: ToolCall[] = [];
  const logprobs: TokenLogprob[] = [];
  let text = '';
  let reasoning = '';
  for (;;) {
    const piece = await run.next();
    if (piece.kind === 'end') return { text, reasoning, calls, logprobs, end: piece };
    if (piece.kind === 'tool-call') calls.push(piece.call);
    else if (piece.kind === 'reasoning') reasoning += piece.text;
    else {
      text += piece.text;
      if (piece.logprobs !== undefined) logprobs.push(...piece.logprobs);
    }
  }
}
