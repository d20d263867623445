import { readFileSync } from 'node:fs';

/** One thing that a user asks. */
export interface Prompt {
  readonly tenant: string;
  readonly feature: string;
  readonly prompt: string;
}

/**
 * Reads prompts from a file: JSONL with a `prompt` (and, if there, `tenant` and `feature`), or one prompt a line.
 * @throws Error that names the file and the line, when it can't be read
 */
export function readPrompts(path: string): readonly Prompt[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const prompts = lines.flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, `${path}:${index + 1}`)]));
  if (prompts.length === 0) throw new Error(`Expected at least one prompt in ${path}, got an empty file.`);
  return prompts;
}

function readLine(line: string, place: string): Prompt {
  if (!line.trimStart().startsWith('{')) return { tenant: 'default', feature: 'chat', prompt: line };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`Expected JSON or plain text at ${place}, got a line that begins like JSON and is none.`);
  }
  const { prompt, tenant, feature } = value as Record<string, unknown>; // each is checked below
  if (typeof prompt !== 'string') throw new Error(`Expected a text under "prompt" at ${place}.`);
  return {
    prompt,
    tenant: typeof tenant === 'string' ? tenant : 'default',
    feature: typeof feature === 'string' ? feature : 'chat',
  };
}
