import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Piece } from '../engine.js';
import { httpEngine } from './http-engine.js';

const never = new AbortController().signal;
const prompt = { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }] } as const;
type Server = Readonly<Record<string, (json: Readonly<Record<string, unknown>>) => Response>>;

/** A server that answers each path as it is told. */
function engineOf(server: Server, model = 'm', contextTokens?: number) {
  return httpEngine({
    baseURL: 'http://127.0.0.1:9/v1',
    model,
    ...(contextTokens !== undefined && { contextTokens }),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const body = await request.text();
      const answer = server[new URL(request.url).pathname];
      return answer?.(body === '' ? {} : JSON.parse(body)) ?? Response.json({ detail: 'Not Found' }, { status: 404 });
    },
  });
}

const lines = (...events: readonly unknown[]): string =>
  `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`;
const delta = (fields: unknown, finish: string | null = null, more: object = {}) => ({
  choices: [{ index: 0, delta: fields, finish_reason: finish, ...more }],
});
const eventStream = { headers: { 'content-type': 'text/event-stream' } };

async function read(text: string | ReadableStream<Uint8Array>, logprobs?: number): Promise<readonly Piece[]> {
  const engine = engineOf({ '/v1/chat/completions': () => new Response(text, eventStream) });
  const pieces: Piece[] = [];
  const request = { prompt, ...(logprobs !== undefined && { logprobs }) };
  for await (const piece of engine.generate(request, never)) pieces.push(piece);
  return pieces;
}

const uncounted = { promptTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };

it('makes no counts up where the server gives none', async () => {
  expect(await read(lines(delta({ content: 'Hi' }), delta({}, 'stop')))).toEqual([
    { kind: 'text', text: 'Hi' },
    { kind: 'end', reason: 'end', ...uncounted },
  ]);
});

it('takes the last usage, with what was cached and thought', async () => {
  const usage = (prompt_tokens: number, completion_tokens: number) => ({
    prompt_tokens,
    completion_tokens,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 2 },
  });
  const chunks = [
    { ...delta({ content: 'Hi' }), usage: usage(9, 1) },
    { ...delta({}, 'stop'), usage: null },
    { choices: [], usage: usage(9, 4) },
  ];
  const counts = { promptTokens: 9, cachedTokens: 8, outputTokens: 4, reasoningTokens: 2 };
  expect((await read(lines(...chunks))).at(-1)).toEqual({ kind: 'end', reason: 'end', ...counts });
});

it('knows a chain of thought by both of its names, and gives it once', async () => {
  const text = lines(
    delta({ role: 'assistant', content: '', reasoning_content: null }),
    delta({ reasoning_content: 'Hm' }), // DeepSeek, llama-server
    delta({ reasoning: ', well' }), // vLLM, Ollama
    delta({ reasoning: '.', reasoning_content: '.' }),
    delta({ content: 'Yes' }),
    delta({}, 'stop'),
  );
  expect((await read(text)).slice(0, -1)).toEqual([
    { kind: 'reasoning', text: 'Hm' },
    { kind: 'reasoning', text: ', well' },
    { kind: 'reasoning', text: '.' },
    { kind: 'text', text: 'Yes' },
  ]);
});

it.each([
  ['length', {}, { reason: 'length' }],
  ['stop', { stop_reason: null }, { reason: 'end' }],
  ['stop', { stop_reason: 128_009 }, { reason: 'end' }],
  ['stop', { stop_reason: '\n\n' }, { reason: 'stop', stopped: '\n\n' }],
])('reads the end %s %j as %j', async (finish, more, expected) => {
  expect((await read(lines(delta({ content: 'a' }), delta({}, finish, more)))).at(-1)).toEqual({
    kind: 'end',
    ...expected,
    ...uncounted,
  });
});

it('takes an end that is none of ours for a failure', async () => {
  await expect(read(lines(delta({ content: 'a' }), delta({}, 'abort')))).rejects.toMatchObject({
    code: 'engine_failed',
  });
});

it.each([
  ['{"error":{"message":"Zarathustra","type":"InternalServerError","code":500}}', 'engine_failed'],
  ['{"object":"error","message":"Zarathustra","type":"BadRequestError","code":400}', 'engine_failed'],
  ['{"error":{"code":400,"message":"no","type":"exceed_context_size_error"}}', 'context_length_exceeded'],
  ['{"error":"Zarathustra"}', 'engine_failed'],
])('ends with an error that comes in the stream: %s', async (event, code) => {
  const error = await read(`${lines(delta({ content: 'a' })).replace('data: [DONE]\n\n', '')}data: ${event}\n\n`).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'LocalError', code });
  expect(String(error)).not.toContain('Zarathustra');
});

const part = (fields: object) => delta({ tool_calls: [fields] });
const called = (pieces: readonly Piece[]) =>
  pieces.flatMap((piece) => (piece.kind === 'tool-call' ? [piece.call] : []));

it("tells Ollama's calls apart, which all have one number", async () => {
  const one = { index: 0, id: 'call_a', type: 'function', function: { name: 'ls', arguments: '{"at":"/"}' } };
  const pieces = await read(lines(part(one), part({ ...one, id: 'call_b' }), delta({ content: '' }, 'tool_calls')));
  expect(called(pieces)).toEqual([
    { id: 'call_a', name: 'ls', arguments: '{"at":"/"}' },
    { id: 'call_b', name: 'ls', arguments: '{"at":"/"}' },
  ]);
});

it('names a call that has no name, and gives an empty one an object', async () => {
  const pieces = await read(lines(part({ function: { name: 'now' } }), delta({}, 'stop')));
  expect(called(pieces)).toEqual([{ id: expect.stringMatching(/^call_.+/), name: 'now', arguments: '{}' }]);
  expect(pieces.at(-1)).toMatchObject({ reason: 'tool-calls' });
});

it('gives no call that was cut off', async () => {
  const whole = { index: 0, id: 'a', function: { name: 'ls', arguments: '{}' } };
  const torn = { index: 1, id: 'b', function: { name: 'rm', arguments: '{"path":"/tm' } };
  const pieces = await read(lines(part(whole), part(torn), delta({}, 'length')));
  expect(called(pieces)).toEqual([{ id: 'a', name: 'ls', arguments: '{}' }]);
  expect(pieces.at(-1)).toMatchObject({ reason: 'length' });
});

it('sorts and bounds what else was likely, and knows what was impossible', async () => {
  const top = [
    { token: 'c', logprob: null },
    { token: 'b', logprob: -2 },
    { token: 'a', logprob: -1 },
  ];
  const worth = { content: [{ token: 'a', logprob: -1, top_logprobs: top }] };
  const text = lines(delta({ content: 'a' }, null, { logprobs: worth }), delta({}, 'stop'));
  const tops = async (count: number) =>
    (await read(text, count)).flatMap((piece) => (piece.kind === 'text' ? (piece.logprobs ?? []) : []))[0]?.top;
  expect(await tops(2)).toEqual([
    { token: 'a', logprob: -1 },
    { token: 'b', logprob: -2 },
  ]);
  expect(await tops(5)).toHaveLength(3);
  expect((await tops(5))?.at(-1)).toEqual({ token: 'c', logprob: -9999 });
  expect(await tops(0)).toEqual([]);
});

it('reads a stream however its bytes are cut', async () => {
  const words = ['Grüße', ' 🐈‍⬛', '\n\n', 'data: ', '你好'];
  const whole = new TextEncoder().encode(
    lines(...words.map((content) => delta({ content })), delta({}, 'stop')).replaceAll('\n', '\r\n'),
  );
  const expected = await read(lines(...words.map((content) => delta({ content })), delta({}, 'stop')));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const [index, end] of at.slice(1).entries()) controller.enqueue(whole.slice(at[index], end));
          controller.close();
        },
      });
      expect(await read(body)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

it('says that every shorter stream ended in the middle, or reads it whole', async () => {
  const text = `data: ${JSON.stringify(delta({ content: 'ab' }))}\n\ndata: ${JSON.stringify(delta({}, 'stop'))}\n\n`;
  const whole = await read(text);
  for (let length = 0; length < text.length; length += 1) {
    const outcome = await read(text.slice(0, length)).catch((error: unknown) => error);
    // The blank line at the end is all that may be missing.
    if (length >= text.length - 2) expect(outcome).toEqual(whole);
    else expect(outcome).toMatchObject({ name: 'LocalError', code: 'engine_failed' });
  }
});

it.each<[string, string, object, number | undefined, number]>([
  ['vLLM', 'm', { id: 'm', object: 'model', max_model_len: 4096 }, undefined, 4096],
  ['llama-server', 'm', { id: 'm', meta: { n_ctx: 2048, n_ctx_train: 131_072 } }, undefined, 2048],
  ['an older llama-server', 'm', { id: 'm', meta: { n_ctx_train: 131_072 } }, 8192, 8192],
  ['a name besides', 'm', { id: '/models/m.gguf', aliases: ['m'], meta: { n_ctx: 512 } }, undefined, 512],
  ['Ollama', 'm', { id: 'm:latest', object: 'model', owned_by: 'library' }, 4096, 4096],
  ['a smaller server', 'm', { id: 'm', context_length: 1024 }, 4096, 1024],
])('reads the context from %s', async (_, model, entry, option, expected) => {
  const engine = engineOf({ '/v1/models': () => Response.json({ object: 'list', data: [entry] }) }, model, option);
  expect(await engine.load()).toEqual({ contextTokens: expected, slots: 64 });
});

it('names ten models at most', async () => {
  const data = Array.from({ length: 12 }, (_, at) => ({ id: `model-${at}` }));
  const engine = engineOf({ '/v1/models': () => Response.json({ data }) });
  await expect(engine.load()).rejects.toThrow(/It has model-0, .*model-9, and 2 more\.$/);
});

it("counts a conversation at llama-server's two doors", async () => {
  const engine = engineOf({
    '/apply-template': ({ messages }) => Response.json({ prompt: `<|user|>${JSON.stringify(messages)}` }),
    '/tokenize': ({ content, add_special }) =>
      Response.json({
        tokens: typeof content === 'string' ? content.split(/\b/).concat(add_special ? ['<s>'] : []) : [],
      }),
  });
  const text = `<|user|>${JSON.stringify([{ role: 'user', content: 'Hi' }])}`;
  expect(await engine.countTokens(prompt, never)).toBe(text.split(/\b/).length + 1);
  expect(await engine.countTokens({ kind: 'text', text: 'a b' }, never)).toBe(4);
});

it.each([
  [503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 'overloaded'],
  [
    400,
    { error: { code: 400, message: 'x', type: 'exceed_context_size_error', n_ctx: 512 } },
    'context_length_exceeded',
  ],
  [
    400,
    {
      object: 'error',
      message: 'The decoder prompt (length 9) is longer than the maximum model length of 8',
      type: 'BadRequestError',
      code: 400,
    },
    'context_length_exceeded',
  ],
  [
    400,
    { error: { message: 'the input length exceeds the context length', type: 'api_error' } },
    'context_length_exceeded',
  ],
  [501, { error: { message: 'no', type: 'not_supported_error', code: 501 } }, 'engine_failed'],
  [422, { detail: [{ loc: ['body'], msg: 'Field required' }] }, 'invalid_request'],
])('understands %i %j as %s', async (status, body, code) => {
  const engine = engineOf({ '/v1/chat/completions': () => Response.json(body, { status }) });
  await expect(engine.generate({ prompt }, never)[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code });
});

it.each<[string, object]>([
  ['one vector', { data: [{ embedding: [3, 4] }] }],
  ['two lengths', { data: [{ embedding: [3, 4] }, { embedding: [1] }] }],
  ['no direction', { data: [{ embedding: [0, 0] }, { embedding: [1, 0] }] }],
  ['no list', { error: 'none' }],
])('takes no vectors: %s', async (_, answer) => {
  const engine = engineOf({ '/v1/embeddings': () => Response.json(answer) });
  await expect(engine.embed(['a', 'b'], never)).rejects.toMatchObject({ code: 'engine_failed' });
});

it('puts vectors in the order of the texts', async () => {
  const data = [
    { index: 1, embedding: [0, 2] },
    { index: 0, embedding: [3, 4] },
  ];
  const engine = engineOf({ '/v1/embeddings': () => Response.json({ data }) });
  expect(await engine.embed(['a', 'b'], never)).toEqual({
    vectors: [
      [0.6, 0.8],
      [0, 1],
    ],
    promptTokens: 0,
  });
});
