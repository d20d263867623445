import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPrompts } from './prompt-file.js';

const folder = mkdtempSync(join(tmpdir(), 'farthing-prompts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (text: string): string => {
  const path = join(folder, 'prompts');
  writeFileSync(path, text);
  return path;
};

describe('readPrompts', () => {
  it('reads plain lines and JSON lines', () => {
    expect(readPrompts(file('Hello\n\n{"prompt":"Hi","tenant":"a"}\n'))).toEqual([
      { tenant: 'default', feature: 'chat', prompt: 'Hello' },
      { tenant: 'a', feature: 'chat', prompt: 'Hi' },
    ]);
  });

  it.each([
    ['', /Expected at least one prompt in .*prompts, got an empty file/],
    ['x\n{"prompt"', /Expected JSON or plain text at .*prompts:2/],
    ['{"text":"x"}', /Expected a text under "prompt" at .*prompts:1/],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => readPrompts(file(text))).toThrow(message);
  });

  it('finds the workload that ships: three tenants, two features, at least 300 prompts', () => {
    const prompts = readPrompts(new URL('prompts.jsonl', import.meta.url).pathname);
    expect(prompts.length).toBeGreaterThanOrEqual(300);
    expect(new Set(prompts.map(({ tenant }) => tenant)).size).toBe(3);
    expect(new Set(prompts.map(({ feature }) => feature)).size).toBe(2);
  });
});
