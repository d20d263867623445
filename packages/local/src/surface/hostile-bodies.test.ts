import { describe, expect, it } from 'vitest';
import { createHandler } from './handle.js';
import { scriptedHost } from './scripted-host.test-kit.js';

const chat = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] };

async function send(path: string, body: string | ReadableStream<Uint8Array>) {
  const host = scriptedHost();
  // `duplex` is not in the DOM's types.
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
  const response = await createHandler(host)(new Request(`http://local/v1${path}`, init));
  return { status: response.status, text: await response.text(), log: host.log };
}

function withSchema(schema: object): string {
  return JSON.stringify({ ...chat, response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } });
}

function nested(levels: number, inside: string): string {
  return `${'{"a":'.repeat(levels)}${inside}${'}'.repeat(levels)}`;
}

describe('a body that is nested', () => {
  it.each([
    [
      '/chat/completions',
      (deep: string) => `{"model":"tiny","messages":[],"response_format":{"json_schema":{"schema":${deep}}}}`,
    ],
    [
      '/messages',
      (deep: string) =>
        `{"model":"tiny","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":${deep}}]}]}`,
    ],
  ])('is refused at %s where nobody could write it again', async (path, body) => {
    const { status, text } = await send(path, body(nested(100_000, '"secret"')));
    expect(status).toBe(400);
    expect(text).toContain('nested more than 256 levels');
    expect(text).not.toContain('secret');
  });

  it('is taken where a schema may be so deep', async () => {
    const schema = JSON.parse(nested(120, '{"type":"string"}'));
    expect((await send('/chat/completions', withSchema(schema))).status).toBe(200);
  });
});

describe('a schema', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `value ${at}`);
  it.each([
    ['many choices', { enum: many(1_001) }],
    ['many fields', { properties: Object.fromEntries(many(20_001).map((name) => [name, {}])) }],
    ['long text', { const: 'x'.repeat(120_001) }],
    ['long names', { properties: { ['x'.repeat(120_001)]: {} } }],
  ])('of %s is refused, for answers and for tools', async (_, schema) => {
    const tool = { type: 'function', function: { name: 'a', parameters: schema } };
    const anthropic = { ...chat, max_tokens: 1 };
    const answers = await Promise.all([
      send('/chat/completions', withSchema(schema)),
      send('/chat/completions', JSON.stringify({ ...chat, tools: [tool] })),
      send('/messages', JSON.stringify({ ...anthropic, tools: [{ name: 'a', input_schema: schema }] })),
      send('/messages', JSON.stringify({ ...anthropic, output_config: { format: { type: 'json_schema', schema } } })),
    ]);
    for (const { status, text } of answers) {
      expect(status).toBe(400);
      expect(text).toContain('expected a schema of at most 20000 values, 1000 in a list, in 120000 characters');
      expect(text.length).toBeLessThan(500);
    }
  });

  it('of a usual size is taken', async () => {
    const schema = { type: 'object', properties: { a: { enum: many(1_000) }, b: { type: 'string' } } };
    expect((await send('/chat/completions', withSchema(schema))).status).toBe(200);
  });
});

it.each([
  ['/chat/completions', { tools: Array(1_001).fill({ type: 'function', function: { name: 'a' } }) }],
  ['/messages', { max_tokens: 1, tools: Array(1_001).fill({ name: 'a', input_schema: {} }) }],
])('more tools than anybody has are refused at %s', async (path, more) => {
  const { status, text } = await send(path, JSON.stringify({ ...chat, ...more }));
  expect([status, JSON.parse(text).error.param]).toEqual([400, 'tools']);
});

describe('logit_bias', () => {
  const biased = (bias: unknown) => send('/chat/completions', JSON.stringify({ ...chat, logit_bias: bias }));

  it.each([
    { 'secret words': 1 },
    { 'secret words': 'secret' },
    { '1': 'secret' },
    { '1': 101 },
    { '-1': 1 },
    { '99999999999999999999': 1 },
    [1],
    'secret',
    Object.fromEntries(Array.from({ length: 16_385 }, (_, at) => [at, 1])),
  ])('is refused without a word of it (%#)', async (bias) => {
    const { status, text } = await biased(bias);
    expect([status, JSON.parse(text).error.param]).toEqual([400, 'logit_bias']);
    expect(text).not.toContain('secret');
  });

  it('is taken by the numbers of tokens', async () => {
    const { status, log } = await biased({ '0': -100, '151643': 2.5 });
    expect(status).toBe(200);
    expect(log.generations[0]?.logitBias).toEqual({ '0': -100, '151643': 2.5 });
  });
});

describe('a conversation of very many turns', () => {
  it.each(['/chat/completions', '/messages', '/messages/count_tokens'])(
    'is refused at %s where it is too long',
    async (path) => {
      const { status, text } = await send(
        path,
        JSON.stringify({ ...chat, max_tokens: 1, messages: Array(20_001).fill(chat.messages[0]) }),
      );
      expect([status, JSON.parse(text).error.param]).toEqual([400, 'messages']);
    },
  );

  // Joined one by one, these took seconds in which nothing else ran.
  it('is joined where one side speaks on', async () => {
    const messages = Array.from({ length: 20_000 }, (_, at) => ({ role: 'user', content: `${at % 10}`.repeat(40) }));
    const { status, log } = await send('/messages', JSON.stringify({ model: 'tiny', max_tokens: 1, messages }));
    expect(status).toBe(200);
    const prompt = log.generations[0]?.prompt;
    expect(prompt).toEqual({
      kind: 'chat',
      messages: [{ role: 'user', content: messages.map(({ content }) => content).join('\n') }],
    });
  });

  it('is kept where both speak in turn', async () => {
    const messages = Array.from({ length: 20_000 }, (_, at) => ({
      role: at % 2 === 0 ? 'user' : 'assistant',
      content: 'a',
    }));
    const { status, log } = await send('/messages', JSON.stringify({ model: 'tiny', max_tokens: 1, messages }));
    expect(status).toBe(200);
    expect(log.generations[0]?.prompt).toEqual({ kind: 'chat', messages });
  });
});

describe('a body in parts of one byte', () => {
  const bytes = new TextEncoder().encode(JSON.stringify(chat));
  const inParts = (all: Uint8Array): ReadableStream<Uint8Array> => {
    let at = 0;
    return new ReadableStream({
      pull: (controller) => {
        if (at >= all.length) return controller.close();
        controller.enqueue(all.subarray(at, at + 1));
        at += 1;
      },
    });
  };

  it('is the same body', async () => expect((await send('/chat/completions', inParts(bytes))).status).toBe(200));

  it('is refused where it is too large', async () => {
    const large = new Uint8Array(20_000).fill(32);
    large.set(bytes);
    const host = scriptedHost();
    // `duplex` is not in the DOM's types.
    const init = { method: 'POST', body: inParts(large), duplex: 'half' } as RequestInit;
    const response = await createHandler(host, { bodyLimitBytes: 19_999 })(
      new Request('http://local/v1/chat/completions', init),
    );
    expect(response.status).toBe(413);
  });
});
