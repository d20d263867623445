import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Ending, Piece, TokenLogprob } from '../engine.js';
import { LocalError } from '../local-error.js';
import { type Choice, type Chunk, type ChunkLogprobs, type ChunkUsage, chunkSchema } from './chunk.js';
import { gatherCalls } from './gather-calls.js';
import { contextExceeded, parsed, readServerError } from './http-failure.js';

/** Understands the events of one answer. */
export interface PieceReader {
  /** The pieces that this text completes. @throws LocalError */
  readonly push: (text: string) => readonly Piece[];
  /** What is left once the stream is over; `end` is the last. @throws LocalError where the answer is not whole */
  readonly end: () => readonly Piece[];
}

/** The longest event: more is no answer of a model. */
const longestEvent = 16 * 1024 * 1024;
/** What servers write for "impossible", since JSON has no infinity. */
const impossible = -9999;

/** Begins to read an answer; `alternatives`: how many were asked for at each token. */
export function createPieceReader(alternatives = 0): PieceReader {
  const calls = gatherCalls();
  const pieces: Piece[] = [];
  let finish: { readonly reason: string; readonly stopped: string | undefined } | undefined;
  let usage: ChunkUsage | undefined;
  let events = 0;

  const take = (chunk: Chunk): void => {
    usage = chunk.usage ?? usage;
    const choice = chunk.choices?.find(({ index }) => (index ?? 0) === 0);
    if (!choice) return;
    pieces.push(...spoken(choice, alternatives));
    for (const part of choice.delta?.tool_calls ?? []) calls.push(part);
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '')
      finish = {
        reason: choice.finish_reason,
        stopped: typeof choice.stop_reason === 'string' ? choice.stop_reason : undefined,
      };
  };
  const parser = createParser({
    maxBufferSize: longestEvent,
    onError: (error) => {
      // A field that is not known is nothing to us; an event without an end is.
      if (error.type === 'max-buffer-size-exceeded') throw malformed();
    },
    onEvent: (event) => {
      events += 1;
      const chunk = readEvent(event);
      if (chunk) take(chunk);
    },
  });
  const drain = (): readonly Piece[] => pieces.splice(0);
  /** The last event may come without its blank line, and then be torn. */
  const flush = (): void => {
    try {
      parser.feed('\n\n');
    } catch (error) {
      if (finish || !(error instanceof TornEvent)) throw error;
    }
  };
  return {
    push: (text) => {
      parser.feed(text);
      return drain();
    },
    end: () => {
      flush();
      if (events === 0) throw malformed();
      if (!finish) throw new LocalError('engine_failed', "The server's answer ended in the middle.");
      const whole = calls.whole(finish.reason === 'length');
      return [
        ...drain(),
        ...whole.map((call) => ({ kind: 'tool-call', call }) as const),
        { kind: 'end', ...reasonOf(finish, whole.length > 0), ...countsOf(usage) },
      ];
    },
  };
}

/** The chunk in an event, unless it only says that there are no more. @throws LocalError */
function readEvent({ event, data }: EventSourceMessage): Chunk | undefined {
  if (data === '' || data.trim() === '[DONE]') return undefined;
  const value = parsed(data);
  if (typeof value !== 'object' || value === null) throw new TornEvent();
  if (event === 'error' || ('error' in value && value.error) || ('object' in value && value.object === 'error')) {
    const { names, tooLong } = readServerError(value);
    if (tooLong) throw contextExceeded();
    const said = names.length > 0 ? ` (${names.join(', ')})` : '';
    throw new LocalError('engine_failed', `The server ended its answer with an error${said}. Its own log says why.`);
  }
  const chunk = chunkSchema.safeParse(value);
  if (!chunk.success) throw malformed();
  return chunk.data;
}

const unreadable =
  "Expected a stream of completion chunks, got something else. Does `baseURL` name an OpenAI-compatible server's /v1?";

/** An event that is no JSON: half of one, or of another protocol. */
class TornEvent extends LocalError {
  constructor() {
    super('engine_failed', unreadable);
  }
}

function malformed(): LocalError {
  return new LocalError('engine_failed', unreadable);
}

function spoken({ delta, text, logprobs }: Choice, alternatives: number): readonly Piece[] {
  const pieces: Piece[] = [];
  // Some send both, and the same text in both.
  const reasoning = delta?.reasoning_content || delta?.reasoning || '';
  if (reasoning !== '') pieces.push({ kind: 'reasoning', text: reasoning });
  const content = delta?.content ?? text ?? '';
  const worth = logprobs ? logprobsOf(logprobs, alternatives) : [];
  // What the tokens of a thought or of a call were worth is not told.
  const silent = content === '' && (reasoning !== '' || (delta?.tool_calls ?? []).length > 0 || worth.length === 0);
  if (!silent) pieces.push({ kind: 'text', text: content, ...(worth.length > 0 && { logprobs: worth }) });
  return pieces;
}

function logprobsOf(logprobs: ChunkLogprobs, alternatives: number): readonly TokenLogprob[] {
  const best = (list: readonly { readonly token: string; readonly logprob?: number | null | undefined }[]) =>
    list
      .map(({ token, logprob }) => ({ token, logprob: logprob ?? impossible }))
      .toSorted((a, b) => b.logprob - a.logprob)
      .slice(0, alternatives);
  if (logprobs.content)
    return logprobs.content.map(({ token, logprob, top_logprobs: top }) => ({
      token,
      logprob: logprob ?? impossible,
      top: best(top ?? []),
    }));
  return (logprobs.tokens ?? []).map((token, at) => ({
    token,
    logprob: logprobs.token_logprobs?.[at] ?? impossible,
    top: best(Object.entries(logprobs.top_logprobs?.[at] ?? {}).map(([name, logprob]) => ({ token: name, logprob }))),
  }));
}

function reasonOf(
  { reason, stopped }: { readonly reason: string; readonly stopped: string | undefined },
  called: boolean,
): Pick<Ending, 'reason' | 'stopped'> {
  switch (reason) {
    case 'length':
      return { reason: 'length' };
    // Where one tool had to be called, vLLM says `stop`.
    case 'stop':
      if (called) return { reason: 'tool-calls' };
      return stopped === undefined ? { reason: 'end' } : { reason: 'stop', stopped };
    case 'tool_calls':
    case 'function_call':
      return { reason: called ? 'tool-calls' : 'end' };
    default:
      throw new LocalError('engine_failed', 'The server ended its answer for a reason that is none of ours.');
  }
}

function countsOf(usage: ChunkUsage | undefined): Omit<Ending, 'reason' | 'stopped'> {
  return {
    promptTokens: usage?.prompt_tokens ?? 0,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    reasoningTokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}
