import { randomUUID } from 'node:crypto';

/** A name for a call of a tool, as providers make them. */
export function newCallId(): string {
  return `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
}
