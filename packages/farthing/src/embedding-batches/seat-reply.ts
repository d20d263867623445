import { copyResponse } from '../body-tap.js';
import type { Completion, Reply } from '../call.js';
import type { AnswerReading, Dialect, JsonObject } from '../dialects/dialect.js';
import { noAnswer } from '../no-answer.js';
import { wholeResponse } from '../whole-response.js';
import { createEvenOut } from './even-out.js';

/** The answer to a joint request, read to its end. */
export interface JointAnswer {
  readonly reply: Reply;
  readonly completion: Completion;
  readonly text: string;
}

/** What all seats of an answer have in common, made once. */
export type SeatReplies = (part: { readonly json: JsonObject; readonly text: string }) => Reply;

/** Replies to calls whose answers came in one: each with its own body, and with headers as if it had come alone. */
export function seatReplies({ reply, completion }: JointAnswer, dialect: Dialect, seats: number): SeatReplies {
  const evenOut = createEvenOut(seats);
  const { response } = reply;
  const headers = new Headers(response.headers);
  const tellsLength = headers.has('content-length') && !headers.has('content-encoding');
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  return ({ json, text }) => {
    if (tellsLength) headers.set('content-length', String(Buffer.byteLength(text)));
    const { status, statusText, url, redirected } = response;
    // It takes a copy of the headers.
    const own = wholeResponse(text, { status, statusText, headers, url, redirected });
    return replyOf(own, {
      ...completion,
      evenOut,
      body: { kind: 'json', text },
      ...readingOf(dialect.readAnswer(json)),
    });
  };
}

/** The same for everyone: an error, or whatever else came that is no vector of anyone's. */
export function sameReply({ reply, completion, text }: JointAnswer): Reply {
  const { status, statusText, headers, url, redirected } = reply.response;
  const plain = new Headers(headers);
  // Of a body that came packed it is the packed one's.
  if (plain.has('content-encoding')) plain.delete('content-length');
  for (const name of ['content-encoding', 'transfer-encoding']) plain.delete(name);
  const response = wholeResponse(text, { status, statusText, headers: plain, url, redirected });
  return { ...replyOf(response, completion), source: reply.source };
}

/** The head came, and then the connection broke: so it does for each. */
export function brokenReply(reply: Reply, error: unknown): Reply {
  const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(error) });
  const completion: Completion = { ...noAnswer, status: 'failed', httpStatus: reply.response.status, error };
  return { ...replyOf(copyResponse(reply.response, body), completion), whole: false };
}

/**
 * The provider's answer does not say which vector is whose, so that nobody may have any: a status that clients try again,
 * and a bill for what it cost all the same.
 * @param owed the call's part of the bill, as an answer; `undefined` where the provider told none
 */
export function unusableReply(dialect: Dialect, owed: JsonObject | undefined): Reply {
  const message = 'The provider did not answer with one vector for each input of a joint request. Send it again.';
  const response = new Response(dialect.denial({ code: 'bad_gateway', message }), {
    status: 502,
    headers: { 'content-type': 'application/json' },
  });
  const read = readingOf(owed && dialect.readAnswer(owed));
  return replyOf(response, { ...noAnswer, status: 'failed', httpStatus: 200, error: new Error(message), ...read });
}

function replyOf(response: Response, completion: Completion): Reply {
  return { response, completion: Promise.resolve(completion), source: 'provider', whole: true };
}

function readingOf(answer: AnswerReading | undefined): Pick<Completion, 'answer' | 'usage'> {
  return { answer, usage: answer?.reading?.usage };
}
