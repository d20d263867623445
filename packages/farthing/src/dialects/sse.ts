/** Splits the bytes of a server-sent event stream into whole events, as they come. */
export interface EventSplitter {
  /** The events that this chunk completes, each with its blank line: exactly the text that came. */
  readonly push: (chunk: Uint8Array) => readonly string[];
  /** What is left at the end: an event without its blank line. */
  readonly flush: () => readonly string[];
}

/** The fields of one event. */
export interface ServerSentEvent {
  readonly event: string | undefined;
  /** All `data:` lines, joined by line feeds; empty where there is none. */
  readonly data: string;
}

// A lone CR ends a line too, but the CR of a CRLF is no line of its own.
const lineEnd = '(?:\\r\\n|\\n|\\r(?!\\n))';
const blankLine = new RegExp(`${lineEnd}${lineEnd}+`);
const lineEnds = new RegExp(lineEnd);

/** Splits an event stream, however its bytes are cut: characters and line ends may be torn between chunks. */
export function createEventSplitter(): EventSplitter {
  // The byte order mark is kept: what goes out must be what came in.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  const take = (final: boolean): string[] => {
    const events: string[] = [];
    // A trailing CR may be half of a CRLF: only the next chunk tells.
    const torn = !final && rest.endsWith('\r') ? '\r' : '';
    let text = torn ? rest.slice(0, -1) : rest;
    for (let end = endOfEvent(text); end > 0; end = endOfEvent(text)) {
      events.push(text.slice(0, end));
      text = text.slice(end);
    }
    rest = text + torn;
    return events;
  };
  return {
    push: (chunk) => {
      rest += decoder.decode(chunk, { stream: true });
      return take(false);
    },
    flush: () => {
      rest += decoder.decode();
      const events = take(true);
      if (rest !== '') events.push(rest);
      rest = '';
      return events;
    },
  };
}

/** The events of a whole text; a torn last one too. */
export function splitEvents(text: string): readonly string[] {
  const events: string[] = [];
  let from = 0;
  if (!text.includes('\r')) {
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', from)) {
      let after = end + 2;
      while (text[after] === '\n') after++;
      events.push(text.slice(from, after));
      from = after;
    }
    if (from < text.length) events.push(text.slice(from));
    return events;
  }
  let rest = text;
  for (let end = endOfEvent(rest); end > 0; end = endOfEvent(rest)) {
    events.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== '') events.push(rest);
  return events;
}

/** The place behind the first blank line, or -1. */
function endOfEvent(text: string): number {
  const match = blankLine.exec(text);
  return match ? match.index + match[0].length : -1;
}

/** Reads the fields of one event. */
export function parseEvent(text: string): ServerSentEvent {
  let event: string | undefined;
  const data: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(lineEnds)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const value = line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    const field = line.slice(0, colon);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
  }
  return { event, data: data.join('\n') };
}

/** The text of an event with these fields. */
export function formatEvent(data: string, event?: string): string {
  const lines = data
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('');
  return `${event === undefined ? '' : `event: ${event}\n`}${lines}\n`;
}
