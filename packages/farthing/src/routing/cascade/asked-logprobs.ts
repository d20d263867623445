import type { Body, Call } from '../../call.js';
import type { LogprobParts } from '../../dialects/answer-parts.js';
import type { JsonObject } from '../../dialects/dialect.js';
import { parseObject } from '../../dialects/json.js';
import { createEventSplitter, formatEvent, parseEvent, splitEvents } from '../../dialects/sse.js';

/** The same call, which also asks for log probabilities. */
export function askingLogprobs(call: Call, parts: LogprobParts): Call {
  const asking = parts.asking(call.body);
  const body: JsonObject = { ...call.body, ...asking };
  // Written into the text: parsed and written again, a large number would lose its last digits.
  const fields = JSON.stringify(asking).slice(1, -1);
  const isNew = Object.keys(asking).every((field) => !(field in call.body)) && Object.keys(call.body).length > 0;
  const bodyText = isNew
    ? call.bodyText.replace(/^\uFEFF?\s*\{/, (start) => `${start}${fields},`)
    : JSON.stringify(body);
  return { ...call, body, bodyText };
}

/** An answer's body without what only {@link askingLogprobs} put there. */
export function bodyWithoutLogprobs({ kind, text }: Body, parts: LogprobParts): Body {
  if (kind === 'sse')
    return {
      kind,
      text: splitEvents(text)
        .map((event) => eventWithout(event, parts))
        .join(''),
    };
  const json = parseObject(text);
  return json ? { kind, text: JSON.stringify(parts.without(json)) } : { kind, text };
}

/** The same for the bytes of a stream as they come; told `undefined`, it gives what is left at the end. */
export function streamWithoutLogprobs(parts: LogprobParts): (chunk: Uint8Array | undefined) => Uint8Array {
  const splitter = createEventSplitter();
  const encoder = new TextEncoder();
  return (chunk) => {
    const events = chunk ? splitter.push(chunk) : splitter.flush();
    return encoder.encode(events.map((event) => eventWithout(event, parts)).join(''));
  };
}

function eventWithout(event: string, parts: LogprobParts): string {
  if (!event.includes('"logprobs"')) return event;
  const { event: name, data } = parseEvent(event);
  const json = parseObject(data);
  return json ? formatEvent(JSON.stringify(parts.without(json)), name) : event;
}
