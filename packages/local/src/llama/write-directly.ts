import { type Llama, LlamaGrammarEvaluationState, type LlamaModel, type Token } from 'node-llama-cpp';
import type { Ending, Generation, Piece } from '../engine.js';
import { answerGrammar, forcedTools } from './answer-grammar.js';
import { createAnswerText, type Ended } from './answer-text.js';
import { newCallId } from './new-call-id.js';
import type { ReadyPrompt } from './prompt.js';
import { samplingOf } from './sampling.js';
import type { Slot } from './slots.js';
import { logprobOf } from './token-logprob.js';
import type { OpenTokenText } from './token-text.js';

/** One request with all that it needs to be written. */
export interface Writing {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly slot: Slot;
  readonly prompt: ReadyPrompt;
  readonly request: Generation;
  /** Tokens that there is room for, at least one. */
  readonly limit: number;
  readonly emit: (piece: Piece) => void;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly tokenText: OpenTokenText;
}

/** What the writer knows of how it ended. */
export type Written = Pick<Ending, 'reason' | 'stopped' | 'outputTokens' | 'reasoningTokens'>;

/**
 * Writes token by token on the sequence itself: the quick way, for answers that are text or JSON.
 * @throws the signal's reason
 */
export async function writeDirectly(writing: Writing): Promise<Written> {
  const { llama, model, slot, prompt, request, limit, emit, signal } = writing;
  const grammar = await answerGrammar(llama, request);
  const forced = forcedTools(request) !== undefined;
  const written: Token[] = [];
  let json = '';
  const text = createAnswerText({
    tokenText: writing.tokenText,
    before: prompt.tokens,
    ownStops: request.stop ?? [],
    stops: prompt.stopTexts,
    json: grammar !== undefined,
    say: (said, logprobs) => {
      if (forced) json += said;
      else emit({ kind: 'text', text: said, ...(logprobs.length > 0 && { logprobs }) });
    },
  });

  let ended: Ended | undefined;
  const { logprobs } = request;
  const steps = slot.sequence.evaluateWithMetadata(
    prompt.tokens.slice(slot.sequence.nextTokenIndex),
    { confidence: logprobs !== undefined, probabilities: logprobs !== undefined && logprobs > 0 },
    {
      ...samplingOf(model, request, written, writing.random),
      ...(grammar && { grammarEvaluationState: new LlamaGrammarEvaluationState({ model, grammar }) }),
    },
  );
  for await (const step of steps) {
    signal.throwIfAborted();
    if (prompt.stopTokens.has(step.token)) break;
    const before = written.length > 0 ? written : prompt.tokens;
    ended = text.push(step.token, logprobs === undefined ? undefined : logprobOf(model, step, logprobs, before));
    written.push(step.token);
    if (ended) break;
    if (written.length >= limit) {
      ended = { reason: 'length' };
      break;
    }
  }
  signal.throwIfAborted();
  if (ended === undefined || ended.reason === 'length') text.end();
  const result: Written = { ...(ended ?? { reason: 'end' }), outputTokens: written.length, reasoningTokens: 0 };
  return forced ? sayCall(json, result, emit) : result;
}

/** The call that the grammar held the model to; cut off in the middle it is none. */
function sayCall(json: string, result: Written, emit: Writing['emit']): Written {
  if (result.reason === 'length') return result;
  // The grammar's own shape.
  const call = JSON.parse(json) as { readonly name: string; readonly arguments: unknown };
  emit({ kind: 'tool-call', call: { id: newCallId(), name: call.name, arguments: JSON.stringify(call.arguments) } });
  return { ...result, reason: 'tool-calls' };
}
