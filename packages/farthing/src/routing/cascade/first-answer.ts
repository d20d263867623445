import type { Call, Completion, Reply } from '../../call.js';
import { type AnswerParts, answerPartsOf, type LogprobParts } from '../../dialects/answer-parts.js';
import { parseObject } from '../../dialects/json.js';
import { wholeResponse } from '../../whole-response.js';
import type { Judged } from './answer-checks.js';
import { bodyWithoutLogprobs, streamWithoutLogprobs } from './asked-logprobs.js';
import { passOn, readAhead } from './read-ahead.js';

/** An answer that was held back until it is judged. */
export type HeldAnswer =
  /** It came whole and can be judged. */
  | { readonly kind: 'judgeable'; readonly judged: Judged; readonly reply: Reply }
  /** Too large, or in no form that can be judged: it goes to the caller as it comes. */
  | { readonly kind: 'unjudged'; readonly why: 'too_large' | 'unreadable'; readonly reply: Reply }
  /** It broke off, or is no answer: the caller gets it only where there is no other. */
  | { readonly kind: 'broken'; readonly reply: Reply };

/** How an answer is held. */
export interface Holding {
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
  /** The gate itself asked for log probabilities, which the caller must not get. */
  readonly added: LogprobParts | undefined;
}

/**
 * Reads an answer before its caller, and gives it back for the caller to read: the same head, the same bytes in the same
 * pieces. A body in one piece (JSON) is held however large it is, since nobody can use half of it.
 * @throws the signal's reason when it aborts; the upstream is then cancelled
 */
export async function holdAnswer(call: Call, reply: Reply, holding: Holding): Promise<HeldAnswer> {
  const parts = answerPartsOf(call.dialect);
  if (reply.whole) return heldOf(call, parts, withoutAdded(reply, await reply.completion, holding), holding);
  const isStream = /^text\/event-stream/i.test(reply.response.headers.get('content-type') ?? '');
  let bytes = 0;
  const read = await readAhead(reply.response, {
    isEnough: (chunk) => {
      bytes += chunk.byteLength;
      return isStream && bytes > holding.maxBytes;
    },
    signal: holding.signal,
  });
  const change = holding.added && isStream ? streamWithoutLogprobs(holding.added) : undefined;
  const response = passOn(reply.response, read, change);
  if (read.ended === 'failed') return { kind: 'broken', reply: { ...reply, response } };
  if (read.ended === 'enough') {
    const completion = reply.completion.then((ended) => bareCompletion(ended, holding.added));
    return { kind: 'unjudged', why: 'too_large', reply: { ...reply, response, completion } };
  }
  const completion = await reply.completion;
  const held = { ...reply, response, whole: true };
  return heldOf(call, parts, withoutAdded(held, completion, holding), holding);
}

/** A reply and how it ended, both as its caller may see them, and the ending as the provider told it. */
interface Ended {
  readonly reply: Reply;
  readonly told: Completion;
}

function withoutAdded(reply: Reply, told: Completion, { added }: Holding): Ended {
  if (!added || !told.body) return { reply, told };
  const completion = bareCompletion(told, added);
  const body = completion.body?.text ?? '';
  const { response } = reply;
  // A stream was cleaned as it was handed on.
  if (told.body.kind === 'sse') return { reply: { ...reply, completion: Promise.resolve(completion) }, told };
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  const { status, statusText, url, redirected } = response;
  return {
    reply: {
      ...reply,
      response: wholeResponse(body, { status, statusText, headers, url, redirected }),
      completion: Promise.resolve(completion),
    },
    told,
  };
}

function bareCompletion(ended: Completion, added: LogprobParts | undefined): Completion {
  return added && ended.body ? { ...ended, body: bodyWithoutLogprobs(ended.body, added) } : ended;
}

function heldOf(call: Call, parts: AnswerParts | undefined, { reply, told }: Ended, holding: Holding): HeldAnswer {
  const { body, answer, status } = told;
  // A body that was too large to keep is there, but was not read.
  if (status === 'complete' && (!body || body.text.length > holding.maxBytes))
    return { kind: 'unjudged', why: 'too_large', reply };
  if (status !== 'complete' || !answer) return { kind: 'broken', reply };
  const json = body?.kind === 'sse' ? call.dialect.toJson(body.text) : body?.text;
  const whole = json === undefined ? undefined : parseObject(json);
  if (!parts || !whole) return { kind: 'unjudged', why: 'unreadable', reply };
  return {
    kind: 'judgeable',
    reply,
    judged: {
      form: parts.formOf(call.requested.body),
      choices: parts.choicesOf(whole),
      reading: answer,
      mayBeCut: told.altered || call.dialect.maxOutputTokens(call.requested.body) !== undefined,
    },
  };
}
