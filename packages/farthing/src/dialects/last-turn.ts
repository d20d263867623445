import type { JsonObject } from './dialect.js';
import { asObject, asText, objectsOf } from './json.js';

/** What a request asks last, apart from everything else that decides its answer. */
export interface LastTurn {
  /** The text of the last user turn. */
  readonly text: string;
  /** The request without that text: two requests with equal rests differ only in what they ask. */
  readonly rest: JsonObject;
}

/** Rewrites a system prompt before it is compared, such as one that begins with the time of day. */
export type RewriteSystem = (text: string) => string;

/**
 * Takes the last user turn's text out of a list of messages; `undefined` where the list does not end with one that holds
 * text. Of several parts the last text is what is asked; the others (documents, images) stay in the rest.
 */
export function lastTurnOf(
  messages: unknown,
  textType: string,
  restOf: (messages: readonly JsonObject[]) => JsonObject,
): LastTurn | undefined {
  const all = objectsOf(messages);
  const last = all.at(-1);
  if (last?.['role'] !== 'user' || !Array.isArray(messages) || all.length !== messages.length) return undefined;
  const without = (content: unknown): JsonObject => restOf([...all.slice(0, -1), { ...last, content }]);
  const whole = asText(last['content']);
  if (whole !== undefined) return { text: whole, rest: without('') };
  const parts = objectsOf(last['content']);
  const at = parts.findLastIndex((part) => part['type'] === textType);
  const text = asText(parts[at]?.['text']);
  if (text === undefined) return undefined;
  return { text, rest: without(parts.map((part, index) => (index === at ? { ...part, text: '' } : part))) };
}

/** A system prompt, or the content of a system message, rewritten: a string, or parts with text. */
export function rewritten(content: unknown, rewrite: RewriteSystem | undefined): unknown {
  if (!rewrite) return content;
  if (typeof content === 'string') return rewrite(content);
  if (!Array.isArray(content)) return content;
  return content.map((part) => {
    const object = asObject(part);
    const text = asText(object?.['text']);
    return object && text !== undefined ? { ...object, text: rewrite(text) } : part;
  });
}

/** Messages with their system prompts rewritten. */
export function withRewrittenSystem(
  messages: readonly JsonObject[],
  rewrite: RewriteSystem | undefined,
): readonly JsonObject[] {
  if (!rewrite) return messages;
  return messages.map((message) =>
    message['role'] === 'system' || message['role'] === 'developer'
      ? { ...message, content: rewritten(message['content'], rewrite) }
      : message,
  );
}
