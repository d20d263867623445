import { type Fault, type Provider, startProvider } from '@farthing/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Generation, Piece } from '../engine.js';
import { LocalError } from '../local-error.js';
import { type HttpEngineOptions, httpEngine } from './http-engine.js';
import { modelServer } from './model-server.js';

const secret = 'the patient is called Zarathustra';
const never = new AbortController().signal;
const hello: Generation = {
  prompt: { kind: 'chat', messages: [{ role: 'user', content: secret }] },
  temperature: 0,
};
let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

const engineAt = (more: Partial<HttpEngineOptions> = {}) =>
  httpEngine({ baseURL: provider.openaiBaseURL, model: 'gpt-4.1-nano', contextTokens: 4096, ...more });

async function all(pieces: AsyncIterable<Piece>): Promise<readonly Piece[]> {
  const list: Piece[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

/** The error, which names nothing of the prompt. */
async function failure(work: Promise<unknown>): Promise<LocalError> {
  const error = await work.then(
    () => expect.unreachable('Expected it to fail.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LocalError)) throw error;
  expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('Zarathustra');
  return error;
}

const textOf = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('');

describe('httpEngine at a server', () => {
  it('asks for a stream with usage, and gives text and counts', async () => {
    const pieces = await all(engineAt({ apiKey: 'key-1' }).generate({ ...hello, maxTokens: 12 }, never));
    const [request] = provider.requests;
    expect(request?.path).toBe('/v1/chat/completions');
    expect(request?.headers.authorization).toBe('Bearer key-1');
    expect(request?.json).toEqual({
      model: 'gpt-4.1-nano',
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
      max_tokens: 12,
      messages: [{ role: 'user', content: secret }],
    });
    const usage = provider.billed[0]?.usage;
    expect(pieces.at(-1)).toEqual({
      kind: 'end',
      reason: 'length',
      promptTokens: usage?.['prompt_tokens'],
      cachedTokens: 0,
      outputTokens: usage?.['completion_tokens'],
      reasoningTokens: 0,
    });
    expect(textOf(pieces)).not.toBe('');
  });

  it('reads an answer that comes byte by byte', async () => {
    provider.script({ text: 'Grüße an 🐈‍⬛ und 你好', times: 1 });
    provider.fault({ kind: 'drip' });
    expect(textOf(await all(engineAt().generate(hello, never)))).toBe('Grüße an 🐈‍⬛ und 你好');
  });

  it('puts calls of tools together', async () => {
    provider.script({
      toolCalls: [
        { name: 'weather', arguments: { city: 'Paris' } },
        { name: 'time', arguments: {} },
      ],
    });
    const tools = [{ name: 'weather' }, { name: 'time' }];
    const prompt = { kind: 'chat', messages: [{ role: 'user', content: 'Now?' }], tools } as const;
    const pieces = await all(engineAt().generate({ prompt, toolChoice: { name: 'weather' } }, never));
    expect(pieces.map((piece) => (piece.kind === 'tool-call' ? piece.call : piece.kind))).toEqual([
      { id: expect.stringMatching(/^call_/), name: 'weather', arguments: '{"city":"Paris"}' },
      { id: expect.stringMatching(/^call_/), name: 'time', arguments: '{}' },
      'end',
    ]);
    expect(pieces.at(-1)).toMatchObject({ reason: 'tool-calls' });
    expect(provider.requests[0]?.json).toMatchObject({
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
  });

  it('embeds in order, with norm 1', async () => {
    const { vectors, promptTokens } = await engineAt().embed(['one', 'two'], never);
    expect(promptTokens).toBe(provider.billed[0]?.usage['prompt_tokens']);
    expect(vectors).toHaveLength(2);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    expect(await engineAt().embed([], never)).toEqual({ vectors: [], promptTokens: 0 });
  });

  it('finds the model, or names those that there are', async () => {
    expect(await engineAt({ slots: 3 }).load()).toEqual({ contextTokens: 4096, slots: 3 });
    const error = await failure(engineAt({ model: 'gpt-9' }).load());
    expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
    expect(error.message).toContain('gpt-4.1-nano, gpt-4.1-mini');
  });

  it('can be told no context where the server says nothing of it', async () => {
    const engine = httpEngine({ baseURL: provider.openaiBaseURL, model: 'gpt-4.1-nano' });
    expect(await failure(engine.load())).toMatchObject({ code: 'model_unavailable', param: 'contextTokens' });
  });

  it('says that a server has no /tokenize', async () => {
    const error = await failure(engineAt().countTokens(hello.prompt, never));
    expect(error).toMatchObject({ code: 'engine_failed' });
    expect(error.message).toContain('/tokenize');
  });

  it.each<[string, Fault, Partial<LocalError>]>([
    ['400', { kind: 'status', status: 400, message: `no: ${secret}` }, { code: 'invalid_request' }],
    [
      '400 for the context',
      { kind: 'status', status: 400, message: `This model's maximum context length is 4 tokens: ${secret}` },
      { code: 'context_length_exceeded' },
    ],
    ['401', { kind: 'status', status: 401, message: secret }, { code: 'engine_failed' }],
    ['403', { kind: 'status', status: 403, message: secret }, { code: 'engine_failed' }],
    ['404', { kind: 'status', status: 404, message: secret }, { code: 'model_not_found' }],
    ['413', { kind: 'status', status: 413 }, { code: 'request_too_large' }],
    [
      '429',
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { code: 'overloaded', retryAfterSeconds: 7 },
    ],
    [
      '503',
      { kind: 'status', status: 503, headers: { 'retry-after-ms': '250' } },
      { code: 'overloaded', retryAfterSeconds: 0.25 },
    ],
    ['500', { kind: 'status', status: 500, message: secret }, { code: 'engine_failed' }],
    ['a reset before the answer', { kind: 'reset' }, { code: 'model_unavailable' }],
    ['a reset in the answer', { kind: 'reset', afterBytes: 900 }, { code: 'engine_failed' }],
    ['an end in the middle', { kind: 'truncate', afterBytes: 900 }, { code: 'engine_failed' }],
    ['an error event', { kind: 'streamError', afterEvents: 2, message: secret }, { code: 'engine_failed' }],
    [
      'malformed events',
      { kind: 'body', body: `data: {"choices": ${secret}\n\n`, contentType: 'text/event-stream' },
      { code: 'engine_failed' },
    ],
    ['a page', { kind: 'body', body: '<html>Sign in</html>', contentType: 'text/html' }, { code: 'engine_failed' }],
  ])('says what went wrong: %s', async (_, fault, expected) => {
    provider.fault(fault);
    expect(await failure(all(engineAt().generate(hello, never)))).toMatchObject(expected);
    expect(textOf(await all(engineAt().generate(hello, never)))).not.toBe('');
  });

  it('says that the server refuses the key, and not which key', async () => {
    const error = await failure(all(engineAt({ apiKey: 'wrong-7' }).generate(hello, never)));
    expect(error.message).toContain('the server refuses our key');
    expect(error.message).toContain('invalid_api_key');
    expect(error.message).not.toContain('wrong-7');
  });

  it('waits no longer than it is told to', async () => {
    for (const fault of [{ kind: 'hang' }, { kind: 'hang', afterHeaders: true }] as const) {
      provider.fault(fault);
      const error = await failure(all(engineAt({ timeoutMs: 50 }).generate(hello, never)));
      expect(error).toMatchObject({ code: 'engine_failed', message: 'The server was silent for 50 ms.' });
      await provider.requests.at(-1)?.done;
      expect(provider.requests.at(-1)?.aborted).toBe(true);
    }
  });

  it('says where no server answers', async () => {
    const closed = await startProvider();
    await closed.close();
    const error = await failure(engineAt({ baseURL: closed.openaiBaseURL }).load());
    expect(error).toMatchObject({ code: 'model_unavailable' });
    expect(error.message).toContain(`${closed.openaiBaseURL}/models (ECONNREFUSED)`);
  });

  it('closes the connection when it is aborted, left or unloaded', async () => {
    const stopping = new AbortController();
    const reason = new Error('enough');
    const engine = engineAt();
    const endings: readonly ((engine: ReturnType<typeof engineAt>) => Promise<unknown>)[] = [
      async () => {
        stopping.abort(reason);
      },
      async () => 'left',
      async () => engine.unload(),
    ];
    const seen: unknown[] = [];
    for (const ending of endings) {
      provider.fault({ kind: 'drip', bytes: 200, delayMs: 20 });
      const signal = ending === endings[0] ? stopping.signal : never;
      try {
        for await (const _ of engine.generate(hello, signal)) if ((await ending(engine)) === 'left') break;
        seen.push('left');
      } catch (error) {
        seen.push(error);
      }
      await provider.requests.at(-1)?.done;
      expect(provider.requests.at(-1)?.aborted).toBe(true);
    }
    expect(seen).toEqual([reason, 'left', expect.objectContaining({ code: 'shutting_down' })]);
  });

  it('follows no redirect with prompt and key', async () => {
    provider.fault({ kind: 'status', status: 307, headers: { location: `${provider.openaiBaseURL}/elsewhere` } });
    expect(await failure(all(engineAt().generate(hello, never)))).toMatchObject({ code: 'model_unavailable' });
    expect(provider.requests).toHaveLength(1);
  });

  it.each([
    { baseURL: 'ftp://127.0.0.1' },
    { baseURL: 'v1' },
    { model: '' },
    { slots: 0 },
    { timeoutMs: -1 },
    { contextTokens: 1.5 },
  ])('takes no options like %j', (more) => {
    const [[name, value] = []] = Object.entries(more);
    expect(() => engineAt(more)).toThrow(
      new RegExp(`^Expected \`${name}\` of httpEngine to be .*, got ${JSON.stringify(value)}.$`),
    );
    expect(() => engineAt(more)).toThrow(TypeError);
  });
});

it('spells every setting as OpenAI does', async () => {
  const { fetch, got } = modelServer();
  const engine = httpEngine({ baseURL: 'http://127.0.0.1:9/v1/', model: 'tiny', fetch });
  const settings: Omit<Generation, 'prompt'> = {
    maxTokens: 3,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    minP: 0.05,
    seed: 11,
    stop: ['END'],
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    logitBias: { '5': -100 },
    logprobs: 2,
    format: { kind: 'schema', schema: { type: 'string', enum: ['a'] } },
  };
  const spelled = {
    model: 'tiny',
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    min_p: 0.05,
    seed: 11,
    stop: ['END'],
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    logit_bias: { '5': -100 },
    max_tokens: 3,
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'string', enum: ['a'] }, strict: true },
    },
  };
  const call = { id: 'c1', name: 'weather', arguments: '{}' };
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  await all(
    engine.generate(
      {
        ...settings,
        prompt: {
          kind: 'chat',
          messages: [
            { role: 'assistant', content: '', toolCalls: [call] },
            { role: 'tool', toolCallId: 'c1', content: 'rain' },
          ],
          tools: [{ name: 'weather', description: 'Of a city.', parameters }],
        },
        toolChoice: 'auto',
      },
      never,
    ),
  );
  await all(engine.generate({ ...settings, prompt: { kind: 'text', text: 'Once' } }, never));
  await all(engine.generate({ prompt: { kind: 'text', text: 'Once' }, format: { kind: 'json' }, stop: [] }, never));
  expect(got.map(({ path, json }) => [path, json])).toEqual([
    [
      '/v1/chat/completions',
      {
        ...spelled,
        logprobs: true,
        top_logprobs: 2,
        messages: [
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c1', content: 'rain' },
        ],
        tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city.', parameters } }],
        tool_choice: 'auto',
      },
    ],
    ['/v1/completions', { ...spelled, prompt: 'Once', logprobs: 2 }],
    [
      '/v1/completions',
      {
        model: 'tiny',
        stream: true,
        stream_options: { include_usage: true },
        temperature: 0.8,
        prompt: 'Once',
        max_tokens: null,
        response_format: { type: 'json_object' },
      },
    ],
  ]);
});
