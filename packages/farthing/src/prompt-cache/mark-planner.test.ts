import { describe, expect, it } from 'vitest';
import type { Prompt, PromptBlock } from '../dialects/prompt-caching.js';
import { createPriceBook } from '../pricing/price-book.js';
import { createMarkPlanner } from './mark-planner.js';
import { createPrefixMemory } from './prefix-memory.js';
import { promptRatesOf } from './worth-marking.js';

const nowMs = Date.parse('2026-10-01');
const price = createPriceBook().find({ provider: 'anthropic', model: 'claude-sonnet-5', atMs: nowMs });
const rates = price && promptRatesOf(price, {}, 5000);
if (!rates) throw new Error('Expected rates of claude-sonnet-5, got none.');

const block = (section: PromptBlock['section'], name: string, canEnd = true): PromptBlock => ({
  section,
  path: [name],
  content: name,
  text: name,
  moreTokens: 0,
  canEnd,
});

/** A planner that may risk all it likes, and what it knows. Each block is 2,000 tokens long; its hash is its name. */
function planner(blocks: readonly PromptBlock[]) {
  const memory = createPrefixMemory(100);
  const { plan } = createMarkPlanner(memory, { ttls: ['5m', '1h'], maxLoss: 1 });
  const prompt: Prompt = {
    blocks,
    seed: '',
    messagesSeed: '',
    lastTurn: blocks.length - 1,
    turns: 1,
    opening: '',
    hasFiles: false,
  };
  const ask = () =>
    plan({
      prompt,
      hashes: blocks.map(({ content }) => content),
      estimatedAt: (at) => (at + 1) * 2000,
      tokensAt: (at) => (at + 1) * 2000,
      scope: '',
      rates: rates as NonNullable<typeof rates>, // checked above
      leastTokens: 1024,
      nowMs,
    });
  // Room to risk something.
  ask().ended(
    {
      status: 'complete',
      httpStatus: 200,
      body: undefined,
      answer: undefined,
      usage: undefined,
      cost: undefined,
      altered: false,
      firstChunkMs: undefined,
      error: undefined,
    },
    { inputPicoUsd: 10n ** 15n, savedPicoUsd: 0n },
  );
  const hold = (name: string, tokens: number): void => {
    Object.assign(memory.keep(name, tokens), { ttl: '5m', warmUntilMs: nowMs + 60_000 });
  };
  return { memory, ask, hold };
}

describe('a planner', () => {
  it('takes what is read for held as long as it was written for, even where its mark must say an hour', () => {
    const { memory, ask, hold } = planner([block('system', 'system'), block('messages', 'turn')]);
    hold('system', 2000);
    const { counts } = memory.keep('turn', 4000);
    Object.assign(counts, { opened: 100, followed: { '5m': 10, '1h': 95 } });
    const plan = ask();
    expect(plan.marks.map(({ ttl }) => ttl)).toEqual(['1h', '1h']);
    plan.begin();
    plan.answered(true);
    expect(memory.find('system')).toMatchObject({ ttl: '5m', warmUntilMs: nowMs + 300_000 });
    expect(memory.find('turn')).toMatchObject({ ttl: '1h', warmUntilMs: nowMs + 3_600_000 });
  });

  it('marks an earlier turn only where it still takes a mark', () => {
    const filler = Array.from({ length: 25 }, (_, index) => block('messages', `filler ${index}`));
    const marked = (canEnd: boolean): readonly string[] => {
      const { ask, hold } = planner([block('messages', 'first', canEnd), ...filler]);
      hold('first', 2000);
      return ask().places.map(({ at }) => at);
    };
    expect(marked(true)).toEqual(['earlier', 'turn']);
    expect(marked(false)).toEqual(['turn']);
  });
});
