import { type BodyEnd, tapBody } from './body-tap.js';
import type { Body, Call, Completion, Reply } from './call.js';
import type { AnswerReading } from './dialects/dialect.js';

/**
 * The innermost step: sends the call, and taps the body once. Streaming or not, what comes back has one type, and
 * `completion` tells all that the other stages want to know. Errors of the network reach the caller as they are.
 * @param options.clock never jumps, in milliseconds
 * @param options.asksForUsage adds to a stream's request what makes the provider tell its usage, and takes it out again
 */
export function provider({
  clock,
  asksForUsage,
}: {
  readonly clock: () => number;
  readonly asksForUsage: boolean;
}): (call: Call) => Promise<Reply> {
  return async (call) => {
    const added =
      asksForUsage && call.requested.stream ? call.dialect.usageRequest?.(call.body, call.bodyText) : undefined;
    const sentAtMs = clock();
    call.note({ kind: 'entered', stage: 'provider', atMs: sentAtMs });
    const { send } = call; // called on nothing, as some fetches insist
    const response = await send(call.url, requestOf(call, added ?? call.bodyText));
    const kind: Body['kind'] = /^text\/event-stream/i.test(response.headers.get('content-type') ?? '') ? 'sse' : 'json';
    const tapped = await tapBody(response, {
      stream: kind === 'sse',
      strip: added && kind === 'sse' ? call.dialect.stripUsage : undefined,
      signal: call.signal,
      sentAtMs,
      clock,
    });
    return {
      response: tapped.response,
      completion: tapped.end.then((end) => completionOf(call, response, kind, end)),
      source: 'provider',
      whole: tapped.whole,
    };
  };
}

/** The reply of a provider whose answer is in hand already, as {@link provider} would have made it. */
export function replyInHand(call: Call, response: Response, text: string): Reply {
  const end: BodyEnd = { status: 'complete', text, firstChunkMs: undefined, error: undefined };
  return {
    response,
    completion: Promise.resolve(completionOf(call, response, 'json', end)),
    source: 'provider',
    whole: true,
  };
}

function requestOf(call: Call, bodyText: string): RequestInit {
  const init = {
    ...call.init,
    method: 'POST',
    headers: call.headers,
    body: bodyText,
    ...(call.signal && { signal: call.signal }),
  };
  if (bodyText === call.init.body || !call.headers.has('content-length')) return init;
  // Some clients state the length themselves; of a changed body it would be wrong.
  const headers = new Headers(call.headers);
  headers.delete('content-length');
  return { ...init, headers };
}

function completionOf(call: Call, response: Response, kind: Body['kind'], end: BodyEnd): Completion {
  const answer = end.text === undefined || !response.ok ? undefined : readAnswer(call, kind, end.text);
  // Some clients stop reading at the provider's last word and cancel the rest, of which there is none.
  const status = end.status === 'cancelled' && answer?.ended ? 'complete' : end.status;
  return {
    status,
    httpStatus: response.status,
    body: end.text !== undefined && status === 'complete' ? { kind, text: end.text } : undefined,
    answer,
    usage: answer?.reading?.usage,
    cost: undefined,
    altered: false,
    firstChunkMs: end.firstChunkMs,
    error: end.error,
  };
}

function readAnswer(call: Call, kind: Body['kind'], text: string): AnswerReading | undefined {
  if (kind === 'sse') return call.dialect.readStream(text);
  try {
    return call.dialect.readAnswer(JSON.parse(text));
  } catch {
    return undefined; // not JSON: the caller gets it as it came, and no stage makes anything of it
  }
}
