import { readFileSync } from 'node:fs';

/** What came in by day. */
export interface Ticket {
  readonly id: string;
  readonly text: string;
}

/** Reads tickets, one line of JSON each. @throws Error that names the line that is none */
export function readTickets(path: string): readonly Ticket[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, at) => (line.trim() === '' ? [] : ticketIn(line, `${path}:${at + 1}`)));
}

function ticketIn(line: string, where: string): Ticket {
  const { id, text } = JSON.parse(line) as Partial<Record<keyof Ticket, unknown>>; // each field is checked below
  if (typeof id !== 'string' || typeof text !== 'string')
    throw new Error(`Expected {"id": …, "text": …} at ${where}, got ${line.slice(0, 60)}`);
  return { id, text };
}
