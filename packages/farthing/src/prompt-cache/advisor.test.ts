import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { createAdvisor } from './advisor.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void; // what the flag adds

/** What is held, in bytes. */
function held(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A text of so many pieces, like no other. */
const text = (pieces: number, name: number): string =>
  Array.from({ length: pieces }, (_, at) => ((name * 7919 + at * 104_729) % 1_000_003).toString(36)).join(' ');

it('keeps little of prompts that never come again, however many and long, of one tenant or of many', () => {
  const advisor = createAdvisor(false);
  const before = held();
  for (let name = 0; name < 400; name++)
    advisor.see({
      scope: name < 200 ? 'one' : `tenant ${name}`,
      model: 'claude-sonnet-5',
      hash: String(name),
      texts: [text(20_000, name)],
      tokensBefore: 0,
      tokens: 20_000,
      leastTokens: 1024,
      wholeBlocks: true,
      savingPicoUsd: 1n,
      nowMs: name,
    });
  expect(advisor.advice(400)).toEqual([]);
  expect((held() - before) / 2 ** 20).toBeLessThan(20);
});
