import type { Capability } from '../routing/route-options.js';
import type { JsonObject } from './dialect.js';
import { asText, isGiven, objectsOf } from './json.js';

/** Types of content, under the names that the dialects have for them. */
const contentTypes: Readonly<Record<string, Capability>> = {
  image: 'vision',
  image_url: 'vision',
  input_image: 'vision',
  input_audio: 'audio',
  document: 'files',
  file: 'files',
  input_file: 'files',
};

/** What a request needs, by what the dialects share: what its messages hold, and what is said beside them. */
export function needsOf(
  messages: unknown,
  beside: {
    readonly tools: unknown;
    readonly schema: boolean;
    readonly audio?: boolean;
    readonly stream: boolean;
    readonly choices: number;
  },
): readonly Capability[] {
  const needs = new Set<Capability>();
  addContents(needs, messages, 0);
  if (isGiven(beside.tools) && !(Array.isArray(beside.tools) && beside.tools.length === 0)) needs.add('tools');
  if (beside.schema) needs.add('jsonSchema');
  if (beside.audio) needs.add('audio');
  if (beside.stream) needs.add('streaming');
  if (beside.choices > 1) needs.add('choices');
  return [...needs];
}

/** A message holds parts; a tool's result holds parts of its own. */
const maxDepth = 3;

function addContents(needs: Set<Capability>, parts: unknown, depth: number): void {
  if (depth > maxDepth) return;
  for (const part of objectsOf(parts)) {
    const type = asText(part['type']);
    const need = type !== undefined && Object.hasOwn(contentTypes, type) ? contentTypes[type] : undefined;
    if (need) needs.add(need);
    if (Array.isArray(part['content'])) addContents(needs, part['content'], depth + 1);
    if (Array.isArray(part['output'])) addContents(needs, part['output'], depth + 1);
  }
}

/** The text of the first user turn in a list of messages: all of its parts that are text. */
export function firstTurnOf(messages: unknown, textType: string): string | undefined {
  const content = objectsOf(messages).find((message) => message['role'] === 'user')?.['content'];
  if (content === undefined) return undefined;
  return asText(content) ?? textsOf(content, textType).join('\n');
}

function textsOf(content: unknown, textType: string): readonly string[] {
  return objectsOf(content).flatMap((part: JsonObject) =>
    part['type'] === textType ? (asText(part['text']) ?? []) : [],
  );
}
