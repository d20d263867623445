import { remember } from './remember.js';

/**
 * Headers that neither change an answer nor tell accounts apart: they speak of the client, of one transfer, or of a trace.
 * All others keep answers apart, so that a header which nobody knew here can only cost hits.
 */
const ignored =
  /^(?:user-agent|accept.*|content-.*|connection|keep-alive|host|date|referer|origin|cache-control|pragma|dnt|te|priority|expect|transfer-encoding|sec-.*|x-stainless-.*|idempotency-key|traceparent|tracestate|baggage|sentry-trace|b3|x-b3-.*|x-datadog-.*|newrelic|elastic-apm-traceparent|uber-trace-id|x-amzn-trace-id|x-cloud-trace-context|(?:x-(?:client-)?)?(?:request|correlation)-id|x-ms-client-request-id)$/;

/** A client sends the same names each time: the pattern is asked once for each. */
const isIgnored = remember((name: string) => ignored.test(name), 1000);

/** Headers that carry a key, which may rotate. Where the user says what stands for it, they are passed by. */
const keys = /^(?:x-)?(?:goog-)?api-key$|^authorization$/;

/**
 * The headers that can change an answer (`anthropic-beta`) or tell accounts apart (keys, organisations, a gateway's own),
 * as one text that is to be hashed at once.
 * @param account what the user says identifies the account, in place of its keys
 */
export function scopeHeaders(headers: Headers, account: string | undefined): string {
  let text = account === undefined ? '' : `account: ${account}\n`;
  for (const [name, value] of headers) {
    if (isIgnored(name) || (account !== undefined && keys.test(name))) continue;
    text += `${name}: ${value}\n`;
  }
  return text;
}
