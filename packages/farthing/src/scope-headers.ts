/**
 * Headers that neither change an answer nor tell accounts apart: they speak of the client, of one transfer, or of a trace.
 * All others keep answers apart, so that a header which nobody knew here can only cost hits.
 */
const ignored =
  /^(?:user-agent|accept.*|content-.*|connection|keep-alive|host|date|referer|origin|cache-control|pragma|dnt|te|priority|expect|transfer-encoding|sec-.*|x-stainless-.*|idempotency-key|traceparent|tracestate|baggage|sentry-trace|b3|x-b3-.*|x-datadog-.*|newrelic|elastic-apm-traceparent|uber-trace-id|x-amzn-trace-id|x-cloud-trace-context|(?:x-(?:client-)?)?(?:request|correlation)-id|x-ms-client-request-id)$/;

/** What names the credential: the dialect reads it, or the user says what stands for it. */
const credentials: ReadonlySet<string> = new Set([
  'authorization',
  'api-key',
  'x-api-key',
  'openai-organization',
  'openai-project',
]);

/** The headers that can change an answer (`anthropic-beta`) or name an account (a gateway's key), as one text. */
export function scopeHeaders(headers: Headers): string {
  let text = '';
  for (const [name, value] of headers) if (!credentials.has(name) && !ignored.test(name)) text += `${name}: ${value}\n`;
  return text;
}
