import type { NewEntry } from './entry-store.js';
import { randomUnit } from './random-vectors.test-kit.js';

/** The dimensions of the samples. */
export const sampleDimensions = 8;

/** An entry that differs from others by its number. */
export function sampleEntry(number: number, changes: Partial<NewEntry> = {}): NewEntry {
  return {
    id: `entry-${number}`,
    context: 'context',
    question: `question ${number} – ¿qué? 🚲`,
    readLength: 10,
    vector: randomUnit(sampleDimensions, number),
    createdAtMs: 0,
    expiresAtMs: 1_000_000,
    body: { kind: 'json', text: `{"answer":"secret-${number}-ü"}` },
    status: 200,
    headers: [['x-request-id', `request-${number}`]],
    cost: {
      totalPicoUsd: 12_345_678_901_234_567_890n,
      parts: { inputTokens: 12_345_678_901_234_567_890n },
      unpriced: [],
      basis: 'computed',
    },
    model: number % 2 === 0 ? 'gpt-5' : undefined,
    tags: { tenant: `tenant-${number % 3}` },
    cacheTags: [`tag-${number % 2}`],
    ...changes,
  };
}
