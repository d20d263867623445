import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asking, semantic, semanticGate, type Watched } from './semantic-kit.js';
import { sharedProvider, watchedGate } from './setup.js';

// What users of semantic caches complain about, each as a test. What semantic-cache.test.ts, semantic-details.test.ts and
// semantic-faults.test.ts hold already is not repeated here.

const shared = sharedProvider();
const ask = asking(shared);
const stored = 'How can I reset my password?';
const other = 'please how can I reset my password';
const third = 'how can i reset my password please';
const noWrite = { options: { cache: { write: false } } } as const;
const user = (content: string) => ({ role: 'user', content });
const system = (content: string) => ({ role: 'system', content });
const assistant = (content: string) => ({ role: 'assistant', content });
/** Asks one thing, then another, and says where the other's answer came from. */
const sourceAfter = async (one: Watched, first: object, then: object): Promise<string | null> => {
  await ask(one, '', { body: first });
  return (await ask(one, '', { body: then })).source;
};

describe('false hits', () => {
  it.each([
    ['every sum gets the answer of the first', 'What is 1 + 1?', ['What is 21 + 1?', 'What is 1 + 2?', 'What is 11?']],
    ['an operator is lost', 'What is 1 + 1?', ['What is 1 - 1?', 'What is 1 * 1?', 'What is -1 + 1?']],
    ['a question is answered by its reversal', 'Does Anna owe Ben money?', ['Does Ben owe Anna money?']],
    ['a direction is lost', 'How do I convert a PDF to Word?', ['How do I convert Word to a PDF?']],
    [
      'a comparison is turned round',
      'Is the blue plan cheaper than the red plan?',
      ['Is the red plan cheaper than the blue plan?'],
    ],
    [
      'a condition is lost',
      'Can I cancel after the trial has ended?',
      ['Can I cancel before the trial has ended?', 'Can I not cancel after the trial has ended?'],
    ],
    [
      'names that look alike are one',
      'Who is the CEO of Contoso Ltd?',
      ['Who is the CEO of Contoso Inc?', 'Who is the CFO of Contoso Ltd?'],
    ],
    [
      'dates and amounts are noise',
      'How much is 50 EUR in CZK on 3 May?',
      [
        'How much is 500 EUR in CZK on 3 May?',
        'How much is 50 EUR in CZK on 4 May?',
        'How much is 50 USD in CZK on 3 May?',
      ],
    ],
  ])('%s', async (_, first, others) => {
    const one = semanticGate();
    await ask(one, first);
    for (const words of others) expect([words, (await ask(one, words, noWrite)).source]).toEqual([words, 'provider']);
  });

  it('one answer for all that stands in a long fixed frame', async () => {
    const frame = (words: string): string =>
      `You are given one message of a customer of our shop. Classify the message into one of billing, delivery, returns or other, and answer with the one word alone, without any punctuation. The message: ${words}. Answer with one word now.`;
    const one = semanticGate();
    await ask(one, frame('my parcel has not come'));
    for (const words of ['I was charged twice', 'I want my money back', 'my parcel has come'])
      expect([words, (await ask(one, frame(words), noWrite)).source]).toEqual([words, 'provider']);
    expect((await ask(one, frame('My parcel has not come'), noWrite)).source).toBe('semantic');
  });

  it('many stored answers make a wrong one likelier', async () => {
    const one = semanticGate();
    for (let order = 100; order < 160; order++) await ask(one, `Where is order ${order}?`);
    const before = shared.provider.requests.length;
    for (let order = 200; order < 220; order++) await ask(one, `Where is my order ${order}?`, noWrite);
    expect(shared.provider.requests.length).toBe(before + 20);
  });
});

describe('answers that cross', () => {
  it.each([
    ['a name that another one begins with', 'acme', 'acme-eu'],
    ['case', 'acme', 'ACME'],
    ['space', 'acme', 'acme '],
    ['an empty name', 'acme', ''],
    ['quotes and separators', 'a', 'a","b'],
    ['a name of the language', 'acme', '__proto__'],
  ])('tenants that differ only in %s', async (_, tenant, stranger) => {
    const one = watchedGate({ cache: { by: 'tenant', semantic } });
    await ask(one, stored, { options: { tags: { tenant } } });
    expect((await ask(one, other, { options: { tags: { tenant: stranger }, cache: { write: false } } })).source).toBe(
      'provider',
    );
    expect((await ask(one, other, { options: { tags: { tenant } } })).source).toBe('semantic');
  });

  it('tenants, after a restart', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'farthing-pains-'));
    const options = { cache: { by: 'tenant', semantic: { ...semantic, persist: { dir } } } } as const;
    const as = (tenant: string) => ({ options: { tags: { tenant }, cache: { write: false } } });
    const first = watchedGate(options);
    await ask(first, stored, { options: { tags: { tenant: 'a' } } });
    await first.gate.close();
    const second = watchedGate(options);
    await expect.poll(async () => (await ask(second, other, as('a'))).source).toBe('semantic');
    expect((await ask(second, other, as('b'))).source).toBe('provider');
    await second.gate.close();
    rmSync(dir, { recursive: true });
  });

  it.each([
    ['organisation', 'openai-organization'],
    ['project', 'openai-project'],
    ['header of a gateway that nobody knows here', 'x-gateway-user'],
  ])('accounts behind one key, by their %s', async (_, header) => {
    const one = semanticGate();
    await ask(one, stored, { headers: { [header]: 'a' } });
    expect((await ask(one, other, { ...noWrite, headers: { [header]: 'b' } })).source).toBe('provider');
    expect((await ask(one, other, { ...noWrite, headers: { [header]: 'a' } })).source).toBe('semantic');
  });
});

describe('a cache that never hits', () => {
  it.each<[string, { body?: object; headers?: Record<string, string> }]>([
    ['the caller names an end user', { body: { user: 'u-2' } }],
    ['the caller adds metadata', { body: { metadata: { ticket: '2' } } }],
    ['one answer is streamed', { body: { stream: true } }],
    ['a stream asks for its usage', { body: { stream: true, stream_options: { include_usage: true } } }],
    [
      'each request has a trace of its own',
      { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } },
    ],
    ['each request has an id of its own', { headers: { 'x-request-id': 'r-2', 'idempotency-key': 'k-2' } }],
    [
      'another version of the client asks',
      { headers: { 'user-agent': 'x/2', 'x-stainless-package-version': '9.9.9' } },
    ],
  ])('since the whole request is hashed, and %s', async (_, difference) => {
    const one = semanticGate();
    await ask(one, stored, { body: { user: 'u-1', metadata: { ticket: '1' } }, headers: { 'x-request-id': 'r-1' } });
    expect((await ask(one, other, difference)).source).toBe('semantic');
  });

  it('since the fields of a request come in another order', async () => {
    const one = semanticGate();
    const body = {
      temperature: 0,
      seed: 7,
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
    };
    const turned = {
      tools: [{ function: { parameters: { properties: {}, type: 'object' }, name: 'f' }, type: 'function' }],
      seed: 7,
      temperature: 0,
    };
    await ask(one, stored, { body: { ...body, tool_choice: 'none' } });
    expect((await ask(one, other, { body: { tool_choice: 'none', ...turned } })).source).toBe('semantic');
  });
});

describe('a key without what decides the answer', () => {
  const tools = [
    { type: 'function', function: { name: 'a' } },
    { type: 'function', function: { name: 'b' } },
  ];
  it.each<[string, object, object]>([
    [
      'which tool must be used',
      { tools, tool_choice: 'none' },
      { tools, tool_choice: { type: 'function', function: { name: 'a' } } },
    ],
    [
      'what a tool takes',
      { tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'object' } } }], tool_choice: 'none' },
      {
        tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'object', required: ['x'] } } }],
        tool_choice: 'none',
      },
    ],
    ['how long it may be', { max_tokens: 50 }, { max_tokens: 60 }],
    ['how many choices', { n: 1 }, { n: 2 }],
    ['the seed', { seed: 1 }, { seed: 2 }],
    ['where it stops', { stop: ['a'] }, { stop: ['b'] }],
    ['top_p', { top_p: 0.1 }, { top_p: 0.9 }],
    ['log probabilities', {}, { logprobs: true }],
    [
      'the schema',
      { response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 's', schema: { type: 'object', required: ['x'] } },
        },
      },
    ],
    ['how hard to think', { reasoning_effort: 'low' }, { reasoning_effort: 'high' }],
    ['a field that nobody knows here', {}, { verbosity_of_the_future: 3 }],
  ])('%s', async (_, first, then) => {
    const one = semanticGate();
    await ask(one, stored, { body: first });
    expect((await ask(one, other, { body: then })).source).toBe('provider');
  });
});

describe('conversations and agents', () => {
  const about = (company: string, question: string) => ({
    messages: [user(`Who leads ${company}?`), assistant(`A person leads ${company}.`), user(question)],
  });

  it('a follow-up is answered with what it meant after another question', async () => {
    expect(
      await sourceAfter(semanticGate(), about('Contoso', 'How old is he?'), about('Fabrikam', 'and how old is he')),
    ).toBe('provider');
  });

  it('a follow-up is answered where all that came before is equal', async () => {
    expect(
      await sourceAfter(semanticGate(), about('Contoso', 'How old is he?'), about('Contoso', 'please, how old is he')),
    ).toBe('semantic');
  });

  it('an agent is given the same turn again and again', async () => {
    const call = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
    };
    const after = (result: string) => ({
      messages: [user('Is it raining?'), call, { role: 'tool', tool_call_id: 'c1', content: result }],
    });
    const one = semanticGate();
    expect(await sourceAfter(one, after('It rains.'), after('It rains, still.'))).toBe('provider');
    expect(one.records[1]?.cache).toContainEqual({ cache: 'semantic', outcome: 'bypassed', reason: 'no_question' });
  });

  it.each<[string, (text: string) => object]>([
    [
      'in the system prompt',
      (text) => ({ messages: [system(`Answer from this: ${text}`), user('When do you open?')] }),
    ],
    [
      'before the question',
      (text) => ({ messages: [user(`Context: ${text}`), assistant('Thanks.'), user('When do you open?')] }),
    ],
    ['within it', (text) => ({ messages: [user(`${text}\n\nWhen do you open?`)] })],
    [
      'as parts of it',
      (text) => ({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text },
              { type: 'text', text: 'When do you open?' },
            ],
          },
        ],
      }),
    ],
  ])('what was retrieved is ignored, %s', async (_, body) => {
    expect(await sourceAfter(semanticGate(), body('We open at 8.'), body('We open at 9.'))).toBe('provider');
  });

  it('a picture is ignored', async () => {
    const showing = (url: string) => ({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ],
    });
    expect(
      await sourceAfter(semanticGate(), showing('https://a.example/1.png'), showing('https://a.example/2.png')),
    ).toBe('provider');
  });

  it('an answer that asks for tools is given again', async () => {
    const one = semanticGate();
    const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
    shared.provider.script({ toolCalls: [{ name: 'look', arguments: {} }] });
    await ask(one, 'Is it raining?', { body: { tools } });
    expect((await ask(one, 'please, is it raining', { body: { tools } })).source).toBe('provider');
  });
});

describe('streams', () => {
  const events = (text: string): readonly unknown[] =>
    text
      .split('\n\n')
      .filter((block) => block.startsWith('data: {'))
      .map((block) => JSON.parse(block.slice(6)) as unknown);

  it('a replay is no valid stream, or lacks its usage', async () => {
    const one = semanticGate();
    const body = { stream: true, stream_options: { include_usage: true } };
    const [first, again] = [await ask(one, stored, { body }), await ask(one, other, { body })];
    expect(again.source).toBe('semantic');
    expect(again.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(again.text).toMatch(/^(data: .*\n\n)+data: \[DONE\]\n\n$/);
    expect(events(again.text)).toEqual(events(first.text));
    expect(events(again.text).at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
  });

  it('an answer that was whole lacks its usage as a stream', async () => {
    const one = semanticGate();
    const whole = JSON.parse((await ask(one, stored)).text) as { usage: unknown };
    const again = await ask(one, other, { body: { stream: true, stream_options: { include_usage: true } } });
    expect(again.source).toBe('semantic');
    expect(events(again.text).at(-1)).toMatchObject({ usage: whole.usage });
  });

  it('what a model thought, and its signature, are lost', async () => {
    const one = semanticGate();
    const message = async (content: string) => {
      const response = await one.gate.fetch(`${shared.provider.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': 'sk', 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'claude-sonnet-4-5',
          max_tokens: 2000,
          thinking: { type: 'enabled', budget_tokens: 1024 },
          stream: true,
          messages: [user(content)],
        }),
      });
      return { source: response.headers.get('x-farthing-source'), text: await response.text() };
    };
    const [first, again] = [await message(stored), await message(other)];
    expect(again).toEqual({ source: 'semantic', text: first.text });
    for (const part of ['thinking_delta', 'signature_delta', 'output_tokens', 'message_stop'])
      expect(again.text).toContain(part);
  });

  it('a stream that was broken off is kept, or stands in the way of the next', async () => {
    const one = semanticGate();
    shared.provider.fault({ kind: 'reset', afterBytes: 400 });
    await ask(one, stored, { body: { stream: true } }).catch(() => {});
    expect((await ask(one, other, { body: { stream: true } })).source).toBe('provider');
    expect((await ask(one, third, { body: { stream: true } })).source).toBe('semantic');
  });

  it('streams at the same time leave nothing, or hang', async () => {
    const one = semanticGate();
    const body = { stream: true };
    const all = await Promise.all([stored, other, third].map((words) => ask(one, words, { body })));
    for (const { text } of all) expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect((await ask(one, 'kindly, how can I reset my password', { body })).source).toBe('semantic');
  });
});

describe('time', () => {
  it('what is asked often never grows old', async () => {
    let now = Date.UTC(2026, 0, 1);
    const one = semanticGate({ ttlMs: 60_000 }, { now: () => now });
    await ask(one, stored);
    for (let second = 0; second < 59; second += 10) {
      now = Date.UTC(2026, 0, 1, 0, 0, second);
      expect((await ask(one, other, noWrite)).source).toBe('semantic');
    }
    now = Date.UTC(2026, 0, 1, 0, 1, 0);
    expect((await ask(one, other, noWrite)).source).toBe('provider');
  });

  it('what is old comes back after a restart', async () => {
    let now = Date.UTC(2026, 0, 1);
    const dir = mkdtempSync(join(tmpdir(), 'farthing-pains-'));
    const start = () => semanticGate({ ttlMs: 60_000, persist: { dir } }, { now: () => now });
    const first = start();
    await ask(first, stored);
    await ask(first, 'Where is my invoice?', { options: { cache: { ttlMs: 600_000 } } });
    await first.gate.close();
    now += 60_000;
    const second = start();
    await expect.poll(async () => (await ask(second, 'please where is my invoice', noWrite)).source).toBe('semantic');
    expect((await ask(second, other, noWrite)).source).toBe('provider');
    await second.gate.close();
    rmSync(dir, { recursive: true });
  });
});

describe('a threshold', () => {
  it.each([
    ['0 is the loosest', 0, 'semantic'],
    ['and 1 the strictest', 1, 'provider'],
  ])('means something else than it says: %s', async (_, minSimilarity, source) => {
    const cache = { minSimilarity, write: false };
    const one = semanticGate({}, { defaults: { cache } });
    await ask(one, stored, { options: { cache: { write: true } } });
    for (const stream of [false, true]) expect((await ask(one, other, { body: { stream } })).source).toBe(source);
    const two = semanticGate();
    await ask(two, stored);
    for (const stream of [false, true]) {
      expect((await ask(two, other, { body: { stream }, options: { cache } })).source).toBe(source);
      expect((await two.gate.run({ cache }, () => ask(two, other, { body: { stream } }))).source).toBe(source);
    }
  });

  it('of one call loosens what is in force', async () => {
    const one = semanticGate();
    await ask(one, 'How do I cancel order 1234?');
    expect((await ask(one, 'How do I cancel order 1235?', { options: { cache: { minSimilarity: 0 } } })).source).toBe(
      'provider',
    );
    const two = semanticGate({ assurance: 'proven' });
    await ask(two, stored);
    expect((await ask(two, other, { options: { cache: { minSimilarity: 0 } } })).source).toBe('provider');
  });
});

describe('a change of the embedder', () => {
  it('compares vectors of two models', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'farthing-pains-'));
    const first = semanticGate({ persist: { dir } });
    await ask(first, stored);
    await first.gate.close();
    const second = semanticGate({ persist: { dir }, embedder: { ...semantic.embedder, id: 'another' } });
    expect((await ask(second, other, noWrite)).source).toBe('provider');
    await expect.poll(() => second.warnings.join()).toMatch(/begins anew/);
    expect((await ask(second, other, noWrite)).source).toBe('provider');
    await second.gate.close();
    rmSync(dir, { recursive: true });
  });
});
