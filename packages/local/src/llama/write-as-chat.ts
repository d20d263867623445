import {
  type ChatModelFunctions,
  type LLamaContextualRepeatPenalty,
  LlamaChat,
  type LlamaContextSequence,
  type LlamaModel,
  type SequenceEvaluateOptions,
  type Token,
} from 'node-llama-cpp';
import type { Generation, TokenLogprob } from '../engine.js';
import { answerGrammar } from './answer-grammar.js';
import { newCallId } from './new-call-id.js';
import type { ReadyPrompt } from './prompt.js';
import { samplingOf } from './sampling.js';
import { logprobOf } from './token-logprob.js';
import type { Writing, Written } from './write-directly.js';

/** So close to the end of the context the binding makes room by dropping what was said first. */
const shiftsAt = 4;
/** Calls of tools in one answer: a model that goes on and on is stopped. */
const mostCalls = 16;

/**
 * Writes with the binding's own chat: for templates whose answers are more than text, such as calls of tools and chains of
 * thought, which it knows for each family of models.
 * @throws the signal's reason
 */
export async function writeAsChat(writing: Writing, chat: NonNullable<ReadyPrompt['chat']>): Promise<Written> {
  const { llama, model, slot, request, limit, emit, signal } = writing;
  const grammar = await answerGrammar(llama, request);
  const { repeatPenalty, ...sampling } = samplingOf(model, request, [], writing.random);
  // The binding counts what it writes as text only: calls of tools count here.
  const full = new AbortController();
  const watched = watch(slot.sequence, model, request.logprobs, writing.prompt.tokens.slice(-1), (count) => {
    if (count > limit || slot.sequence.nextTokenIndex > slot.sequence.contextSize - shiftsAt) full.abort();
  });
  const session = new LlamaChat({ contextSequence: watched.sequence, chatWrapper: chat.wrapper });
  let reasoningTokens = 0;
  const written = (how: Pick<Written, 'reason' | 'stopped'>): Written => ({
    ...how,
    outputTokens: Math.min(watched.count(), limit),
    reasoningTokens,
  });
  try {
    const answer = await session.generateResponse(chat.history, {
      ...sampling,
      repeatPenalty: repeatPenalty ? penaltyOf(request) : false,
      maxTokens: limit,
      signal: AbortSignal.any([signal, full.signal]),
      ...(request.stop && { customStopTriggers: request.stop }),
      contextShift: {
        // Nothing is ever shifted out: an error here makes the binding do it its own way, and this ends that.
        strategy: () => {
          full.abort();
          throw new Error('the context is full');
        },
      },
      ...(chat.functions ? callsOf(chat.functions, request) : grammar ? { grammar } : {}),
      onResponseChunk: ({ type, text, tokens }) => {
        const logprobs = watched.take(tokens);
        if (type === 'segment') reasoningTokens += tokens.length;
        if (type === 'segment' && text !== '') emit({ kind: 'reasoning', text });
        else if (type !== 'segment' && (text !== '' || logprobs.length > 0))
          emit({ kind: 'text', text, ...(logprobs.length > 0 && { logprobs }) });
      },
    });
    for (const { functionName, params } of answer.functionCalls ?? [])
      emit({
        kind: 'tool-call',
        call: { id: newCallId(), name: functionName, arguments: JSON.stringify(params ?? {}) },
      });
    return written(reasonOf(answer.metadata));
  } catch (error) {
    if (full.signal.aborted && !signal.aborted) return written({ reason: 'length' });
    throw error;
  } finally {
    session.dispose({ disposeSequence: false });
  }
}

function penaltyOf({ frequencyPenalty, presencePenalty }: Generation): LLamaContextualRepeatPenalty {
  return {
    penalty: 1,
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
  };
}

function callsOf(functions: ChatModelFunctions, { maxToolCalls = mostCalls }: Generation) {
  return { functions, documentFunctionParams: true, maxParallelFunctionCalls: maxToolCalls };
}

function reasonOf(metadata: {
  readonly stopReason: string;
  readonly customStopTrigger?: readonly (string | Token)[];
}): Pick<Written, 'reason' | 'stopped'> {
  if (metadata.stopReason === 'functionCalls') return { reason: 'tool-calls' };
  if (metadata.stopReason === 'maxTokens') return { reason: 'length' };
  if (metadata.stopReason !== 'customStopTrigger') return { reason: 'end' };
  const stopped = metadata.customStopTrigger?.filter((part) => typeof part === 'string').join('');
  return { reason: 'stop', ...(stopped !== undefined && { stopped }) };
}

/** The sequence as the chat sees it: the same, but its tokens are counted, and how likely each was is taken down. */
function watch(
  sequence: LlamaContextSequence,
  model: LlamaModel,
  alternatives: number | undefined,
  before: readonly Token[],
  onToken: (count: number) => void,
) {
  const taken: (TokenLogprob & { readonly of: Token })[] = [];
  let count = 0;
  let last: readonly Token[] = before;
  const metadata = { confidence: alternatives !== undefined, probabilities: (alternatives ?? 0) > 0 };
  async function* evaluate(tokens: Token[], options?: SequenceEvaluateOptions) {
    const steps = sequence.evaluateWithMetadata(tokens, metadata, options);
    let replacement: undefined | Token | Token[];
    try {
      for (;;) {
        const { done, value } = await steps.next(replacement);
        if (done) return;
        count += 1;
        onToken(count);
        if (alternatives !== undefined) taken.push({ ...logprobOf(model, value, alternatives, last), of: value.token });
        last = [value.token];
        replacement = yield value.token;
      }
    } finally {
      // Frees its sampler, which is native memory.
      await steps.return();
    }
  }
  return {
    count: () => count,
    // Its methods set fields of their own object: they have to run on the sequence itself.
    sequence: new Proxy(sequence, {
      get: (target, name) => {
        if (name === 'evaluate') return evaluate;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    take: (tokens: readonly Token[]): readonly TokenLogprob[] =>
      tokens.flatMap((token) => {
        const found = taken.splice(0, taken.findIndex(({ of }) => of === token) + 1).at(-1);
        return found ? [{ token: found.token, logprob: found.logprob, top: found.top }] : [];
      }),
  };
}
