import { lexical } from 'farthing';
import { describe, expect, it } from 'vitest';
import { chat, sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
type Watched = ReturnType<typeof watchedGate>;
type Options = Parameters<Watched['gate']['options']>[0];
const semantic = { embedder: lexical(), random: () => 0.99 } as const;
const watched = (options: Parameters<typeof watchedGate>[0] = {}): Watched =>
  watchedGate({ cache: { share: 'all', semantic }, ...options });
const ask = async (
  { gate }: Watched,
  content: unknown,
  {
    body = {},
    options = {},
    headers = {},
  }: { body?: object; options?: Options; headers?: Record<string, string> } = {},
): Promise<{ source: string | null; text: string }> => {
  const messages = [{ role: 'user', content }];
  const response = await gate.fetch(
    ...chat(shared.provider.openaiBaseURL, { messages, ...body }, { ...headers, ...gate.options(options).headers }),
  );
  return { source: response.headers.get('x-farthing-source'), text: await response.text() };
};

describe('the semantic cache', () => {
  it('answers what was asked before in other words, and what that saved is told', async () => {
    const one = watched();
    const first = await ask(one, 'How can I reset my password?');
    const again = await ask(one, 'Please, how can I reset my password');
    expect([first.source, again.source]).toEqual(['provider', 'semantic']);
    expect(again.text).toBe(first.text);
    expect(one.records[1]).toMatchObject({
      source: 'semantic',
      savedBy: 'semantic',
      costNanoUsd: 0,
      savedNanoUsd: one.records[0]?.costNanoUsd,
      semantic: { served: true, proved: false, verdict: 'same' },
    });
    expect(one.gate.report()).toMatchObject({
      total: { calls: 2, paid: 1, hits: { semantic: 1 } },
      semantic: { state: 'unproved' },
    });
  });

  it.each([
    ['How do I cancel order 1234?', 'How do I cancel order 1235?'],
    ['How do I turn notifications on?', 'How do I turn notifications off?'],
    ['Convert 5 miles to kilometres', 'Convert 5 kilometres to miles'],
  ])('gives no answer of %j to %j', async (stored, asked) => {
    const one = watched();
    await ask(one, stored);
    expect((await ask(one, asked)).source).toBe('provider');
    expect(one.records[1]?.semantic?.verdict).toBe('different');
  });

  it('replays a stream as a stream, and either for the other', async () => {
    const one = watched();
    const first = await ask(one, 'How can I reset my password?', { body: { stream: true } });
    const streamed = await ask(one, 'please how can I reset my password', { body: { stream: true } });
    const whole = await ask(one, 'how can I reset my password please');
    expect([first.source, streamed.source, whole.source]).toEqual(['provider', 'semantic', 'semantic']);
    expect(streamed.text).toMatch(/data: \[DONE\]\n\n$/);
    expect(JSON.parse(whole.text)).toHaveProperty('choices');
  });
});
