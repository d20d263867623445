import { expect, it, vi } from 'vitest';
import { createGate } from '../gate.js';
import { loadedTokenizer } from '../pricing/tokenizer.js';

it('what shares a bill is loaded with the gate, before any call, where it is wanted', async () => {
  const quiet = { onWarning: () => {} };
  createGate(quiet);
  createGate({ ...quiet, embeddings: true, tokenizer: false });
  createGate({ ...quiet, embeddings: true, mode: 'observe' });
  createGate({ ...quiet, embeddings: { mode: 'observe' } });
  // Whoever had asked for it would have it by now.
  await import('gpt-tokenizer');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(loadedTokenizer()).toBeUndefined();
  createGate({ ...quiet, embeddings: true });
  await vi.waitFor(() => expect(loadedTokenizer()).toBeDefined(), 10_000);
});
