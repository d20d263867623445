import { type Provider, startProvider } from '@farthing/testkit';
import { createGate, usd } from 'farthing';
import OpenAI from 'openai';
import OpenAI4 from 'openai-4';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collect, prompt } from './behaviour.js';
import { maxTokens, model, type Stack } from './stack.js';
import { stacks } from './stacks.js';

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

const quiet = { onWarning: () => {} };

/** Stacks whose client is wrapped by the gate. */
const wrapped = stacks.filter(
  ({ name, family }) => !name.startsWith('openai 4') && ['openai', 'azure', 'anthropic', 'langfuse'].includes(family),
);

describe.each(wrapped.map((stack): [string, Stack] => [stack.name, stack]))('%s', (_, stack) => {
  it('is wrapped once', () => {
    const gate = createGate(quiet);
    const bare = stack.make({ url: provider.url }, undefined).held as OpenAI; // it has `withOptions`, as all of these
    const once = gate.wrap(bare);
    expect(Object.getPrototypeOf(once)).toBe(Object.getPrototypeOf(bare));
    expect(gate.wrap(once)).toBe(once);
  });
});

describe.each(wrapped.filter(({ family }) => family === 'openai').map((stack): [string, Stack] => [stack.name, stack]))(
  '%s',
  (_, stack) => {
    it('has no way to call that escapes the budget', async () => {
      const gate = createGate({ ...quiet, budgets: [{ name: 'all', limit: usd('1'), per: 'total' }] });
      const client = stack.make({ url: provider.url }, gate).openai;
      if (!client) throw new Error('It shows no SDK.');
      const body = { model, max_tokens: maxTokens, messages: [{ role: 'user' as const, content: prompt }] };
      const actions: string[] = [];
      gate.on('call', ({ budgets }) => actions.push(budgets[0]?.action ?? 'none'));
      await client.chat.completions.create(body);
      await collect(await client.chat.completions.create({ ...body, stream: true }));
      await client.chat.completions.stream(body).finalContent();
      await client.chat.completions.parse(body);
      await client.chat.completions.runTools({ ...body, tools: [] }).finalContent();
      await client.withOptions({ timeout: 5000 }).chat.completions.create(body);
      await client.responses.create({ model, input: 'x', max_output_tokens: 50 });
      await client.embeddings.create({ model: 'text-embedding-3-small', input: 'x' });
      await client.post('/chat/completions', { body });
      await expect.poll(() => actions).toEqual(Array(9).fill('allowed'));
      expect(provider.requests.length).toBe(9);
    });
  },
);

describe('clients that can’t be guarded', () => {
  const gate = createGate(quiet);
  const options = { apiKey: 'sk-test', baseURL: 'http://127.0.0.1:9/v1' };

  it('refuses openai 4 with advice', () => {
    expect(() => gate.wrap(new OpenAI4(options) as never)).toThrow(
      /expected a client with withOptions\(\).*got OpenAI\. Pass the gate to the constructor/,
    );
  });

  it('refuses a subclass that loses the fetch, and takes one that passes it on', () => {
    class Losing extends OpenAI {
      constructor() {
        super(options);
      }
    }
    class Keeping extends OpenAI {}
    expect(() => gate.wrap(new Losing())).toThrow(/its calls would go out unguarded/);
    expect(gate.wrap(new Keeping(options))).toBeInstanceOf(Keeping);
  });

  it('refuses a wrapper that lets nothing be set on its client', () => {
    const closed = new Proxy(new OpenAI(options), {
      get: (client, field) => {
        const value: unknown = Reflect.get(client, field);
        return typeof value === 'function' ? value.bind(client) : value;
      },
      set: () => false,
    });
    expect(() => gate.wrap(closed)).toThrow(/Wrap it first, and then put the wrapper around/);
  });

  it('refuses what is no client', () => {
    expect(() => gate.wrap({} as never)).toThrow(/got Object/);
    expect(() => gate.wrap(undefined as never)).toThrow(/got undefined/);
  });
});
