import { describe, expect, it } from 'vitest';
import { createPromptCaches } from './prompt-caches.js';

const time = { nowMs: 0 };
const make = () => createPromptCaches({ now: () => time.nowMs, tokens: (text) => Math.ceil(text.length / 4) });
const minuteMs = 60_000;
const text = (tokens: number, of = 'a') => of.repeat(tokens * 4);
const marked = (content: string, ttl?: '1h') => ({
  type: 'text',
  text: content,
  cache_control: { type: 'ephemeral', ...(ttl && { ttl }) },
});
const ask = (system: unknown, messages: readonly unknown[] = [], model = 'claude-sonnet-5') => ({
  model,
  system,
  messages: [{ role: 'user', content: messages }],
});

describe('Anthropic’s cache', () => {
  it('writes what is marked, reads it within five minutes of its last use, and forgets it then', () => {
    const { anthropic } = make();
    const call = () => anthropic(ask([marked(text(2000))], ['b']), 2010);
    expect(call()).toEqual({ read: 0, written5m: 2000, written1h: 0 });
    for (let use = 0; use < 3; use++) {
      time.nowMs += 4 * minuteMs;
      expect(call()).toEqual({ read: 2000, written5m: 0, written1h: 0 });
    }
    time.nowMs += 5 * minuteMs + 1;
    expect(call()).toMatchObject({ read: 0, written5m: 2000 });
  });

  it('bills the hour’s tokens up to the hour’s mark, and the rest for five minutes', () => {
    const { anthropic } = make();
    const json = ask([marked(text(2000), '1h'), marked(text(500, 'b'))]);
    expect(anthropic(json, 2500)).toEqual({ read: 0, written5m: 500, written1h: 2000 });
    time.nowMs += 30 * minuteMs;
    expect(anthropic(json, 2500)).toEqual({ read: 2000, written5m: 500, written1h: 0 });
  });

  it('looks back over 20 blocks, keeps nothing short, and each model for itself', () => {
    const { anthropic } = make();
    const long = (blocks: number) => [
      marked(text(2000)),
      ...Array.from({ length: blocks - 1 }, (_, index) => ({ type: 'text', text: text(10, `${index % 10}`) })),
      marked(text(10, 'z')),
    ];
    const first = { model: 'claude-sonnet-5', system: [marked(text(2000))] };
    anthropic(first, 9000);
    const unmarked = (blocks: number) => {
      const [head, ...rest] = long(blocks);
      return { model: 'claude-sonnet-5', system: [{ type: 'text', text: head?.text }, ...rest] };
    };
    expect(anthropic(unmarked(19), 9000).read).toBe(2000);
    expect(anthropic(unmarked(30), 9000).read).toBe(0);
    expect(anthropic({ ...first, model: 'claude-opus-5' }, 9000).read).toBe(0);
    expect(anthropic(ask([marked(text(1000))]), 9000)).toMatchObject({ written5m: 0 });
    expect(anthropic(ask([marked(text(1000))], [], 'claude-opus-5'), 9000)).toMatchObject({ written5m: 1000 });
    expect(anthropic(ask([marked(text(4000))], [], 'claude-haiku-4-5'), 9000)).toMatchObject({ written5m: 0 });
  });

  it('refuses five marks, an hour behind five minutes, and marks on thinking', () => {
    const { anthropic } = make();
    expect(anthropic(ask(Array(5).fill(marked('a'))), 10).refusal).toContain('maximum of 4');
    expect(anthropic(ask([marked('a'), marked('b', '1h')]), 10).refusal).toContain("ttl='1h'");
    expect(
      anthropic(ask([], [{ type: 'thinking', thinking: 'a', cache_control: { type: 'ephemeral' } }]), 10).refusal,
    ).toBeDefined();
  });
});

describe('OpenAI’s cache', () => {
  it('reads from 1,024 tokens on in steps of 128, at the machine that the key and the beginning lead to', () => {
    const { openai } = make();
    const long = text(1500);
    expect(openai('gpt-5', [long, 'b'], 'key')).toBe(0);
    expect(openai('gpt-5', [long, 'c'], 'key')).toBe(1408);
    expect(openai('gpt-5', [long, 'c'], 'other key')).toBe(0);
    expect(openai('gpt-5', [text(1000), 'c'], 'key')).toBe(0);
    time.nowMs += 5 * minuteMs + 1;
    expect(openai('gpt-5', [long, 'c'], 'key')).toBe(0);
  });

  it('spills over to another machine above 15 requests a minute', () => {
    const { openai } = make();
    const long = text(1500);
    const cached = Array.from({ length: 17 }, () => openai('gpt-5', [long], 'key') > 0);
    expect(cached.map((hit, index) => (hit ? -1 : index)).filter((index) => index >= 0)).toEqual([0, 15]);
  });
});
