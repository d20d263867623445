import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import OldAnthropic from 'anthropic-0';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import OpenAI4 from 'openai-4';
import OpenAI5 from 'openai-5';
import OpenAI7 from 'openai-7';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LocalError } from '../../packages/local/src/local-error.js';
import { serve } from '../../packages/local/src/serve/serve.js';
import { createHandler } from '../../packages/local/src/surface/handle.js';
import {
  called,
  ended,
  type Script,
  said,
  scriptedHost,
} from '../../packages/local/src/surface/scripted-host.test-kit.js';

const messages = [{ role: 'user', content: 'Hello?' } as const];

/** Clients in front of a host that answers by scripts. */
function clients(...scripts: readonly Script[]) {
  const host = scriptedHost(...scripts);
  const handler = createHandler(host);
  const fetch: typeof globalThis.fetch = (input, init) => handler(new Request(input, init));
  const options = { apiKey: 'any', baseURL: 'http://local/v1', fetch, maxRetries: 0 };
  const anthropicOptions = { ...options, baseURL: 'http://local' };
  return { host, options, openai: new OpenAI(options), anthropic: new Anthropic(anthropicOptions), anthropicOptions };
}

async function joined(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

describe('OpenAI’s client', () => {
  it('chats, and reads what it took', async () => {
    const reasoned = { kind: 'reasoning', text: 'Hm.' } as const;
    const { openai, host } = clients({ pieces: [reasoned, said('Hello'), said(' there.'), ended()] });
    const answer = await openai.chat.completions.create({
      model: 'tiny',
      messages: [
        { role: 'developer', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'one' },
            { type: 'text', text: 'two' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'a', content: 'done' },
      ],
      max_completion_tokens: 20,
      temperature: 0,
      seed: 7,
      stop: 'END',
      logit_bias: { '5': -100 },
    });
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [
        { finish_reason: 'stop', message: { role: 'assistant', content: 'Hello there.', reasoning_content: 'Hm.' } },
      ],
      usage: { prompt_tokens: 30, completion_tokens: 10, total_tokens: 40, cost: 1.23456e-7, queue_time: 0.0125 },
    });
    expect(answer.id).toMatch(/^chatcmpl-\w{32}$/);
    expect(answer._request_id).toMatch(/^req_\w{32}$/);
    expect(host.log.generations).toEqual([
      {
        prompt: {
          kind: 'chat',
          messages: [
            { role: 'system', content: 'Be short.' },
            { role: 'user', content: 'one\ntwo' },
            { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }] },
            { role: 'tool', toolCallId: 'a', content: 'done' },
          ],
        },
        maxTokens: 20,
        temperature: 0,
        seed: 7,
        stop: ['END'],
        logitBias: { '5': -100 },
      },
    ]);
  });

  it('streams, with usage only where it asks', async () => {
    const { openai } = clients();
    const plain = await openai.chat.completions.create({ model: 'tiny', messages, stream: true });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of plain) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hello there.');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    const stream = openai.chat.completions.stream({ model: 'tiny', messages, stream_options: { include_usage: true } });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('Hello there.');
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 30, total_tokens: 40 });
  });

  it.each([
    ['4', OpenAI4],
    ['5', OpenAI5],
    ['7', OpenAI7],
  ])('of version %s chats and streams', async (_, Client) => {
    const { options } = clients();
    // The versions' types differ in what this test does not use.
    const client = new (Client as unknown as typeof OpenAI)(options);
    const answer = await client.chat.completions.create({ model: 'tiny', messages });
    expect(answer.choices[0]?.message.content).toBe('Hello there.');
    expect(await joined(await client.chat.completions.create({ model: 'tiny', messages, stream: true }))).toBe(
      'Hello there.',
    );
    const { data } = await client.embeddings.create({ model: 'tiny', input: 'a' });
    expect(data[0]?.embedding.map((value) => value.toFixed(4))).toEqual(['0.6000', '-0.8000']);
  });

  it.each([true, false])('runs tools, streamed: %s', async (stream) => {
    const end = ended({ reason: 'tool-calls' });
    const { openai, host } = clients(
      { pieces: [called('add', { a: 2, b: 3 }, 'one'), called('add', { a: 5, b: 5 }, 'two'), end] },
      { pieces: [said('5 and 10'), ended()] },
    );
    const parameters = z.object({ a: z.number(), b: z.number() });
    const tools = [zodFunction({ name: 'add', parameters, function: ({ a, b }) => String(a + b) })];
    const body = { model: 'tiny', messages: [...messages], tools };
    const runner = stream
      ? openai.chat.completions.runTools({ ...body, stream })
      : openai.chat.completions.runTools({ ...body, stream });
    expect(await runner.finalContent()).toBe('5 and 10');
    const { prompt } = host.log.generations[1] ?? {};
    expect(prompt?.kind === 'chat' && prompt.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'one', name: 'add', arguments: '{"a":2,"b":3}' },
          { id: 'two', name: 'add', arguments: '{"a":5,"b":5}' },
        ],
      },
      { role: 'tool', toolCallId: 'one', content: '5' },
      { role: 'tool', toolCallId: 'two', content: '10' },
    ]);
    expect(prompt?.kind === 'chat' && prompt.tools?.[0]).toMatchObject({ name: 'add', parameters: { type: 'object' } });
  });

  it.each([true, false])('gets one call where it wants no more, streamed: %s', async (stream) => {
    const { openai, host } = clients({ pieces: [called('a', {}), called('b', {}), ended({ reason: 'tool-calls' })] });
    const tools = ['a', 'b'].map((name) => ({ type: 'function' as const, function: { name } }));
    const choice = { type: 'function', function: { name: 'a' } } as const;
    const body = { model: 'tiny', messages, tools, tool_choice: choice, parallel_tool_calls: false };
    const answer = stream
      ? await openai.chat.completions.stream(body).finalChatCompletion()
      : await openai.chat.completions.create(body);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(answer.choices[0]?.message.tool_calls?.map(({ id }) => id)).toEqual(['call_a']);
    expect(host.log.generations[0]?.toolChoice).toEqual({ name: 'a' });
  });

  it('parses what a schema holds', async () => {
    const { openai, host } = clients({ pieces: [said('{"na'), said('me":"Ada"}'), ended()] });
    const response_format = zodResponseFormat(z.object({ name: z.string() }), 'person');
    const answer = await openai.chat.completions.parse({ model: 'tiny', messages, response_format });
    expect(answer.choices[0]?.message.parsed).toEqual({ name: 'Ada' });
    expect(host.log.generations[0]?.format).toMatchObject({ kind: 'schema', schema: { required: ['name'] } });
  });

  it.each([true, false])('reads likelihoods, streamed: %s', async (stream) => {
    const top = [
      { token: 'Hé', logprob: -0.5 },
      { token: 'no', logprob: Number.NEGATIVE_INFINITY },
    ];
    const piece = { kind: 'text', text: 'Hé', logprobs: [{ token: 'Hé', logprob: -0.5, top }] } as const;
    const { openai, host } = clients({ pieces: [piece, ended()] });
    const body = { model: 'tiny', messages, logprobs: true, top_logprobs: 2 };
    const answer = stream
      ? await openai.chat.completions.stream(body).finalChatCompletion()
      : await openai.chat.completions.create(body);
    const bytes = [72, 195, 169];
    expect(answer.choices[0]?.logprobs?.content).toEqual([
      {
        token: 'Hé',
        logprob: -0.5,
        bytes,
        top_logprobs: [
          { token: 'Hé', logprob: -0.5, bytes },
          { token: 'no', logprob: -9999, bytes: [110, 111] },
        ],
      },
    ]);
    expect(host.log.generations[0]?.logprobs).toBe(2);
  });

  it('completes text, with likelihoods in the old shape', async () => {
    const word = (token: string) => ({
      kind: 'text' as const,
      text: token,
      logprobs: [{ token, logprob: -1, top: [{ token, logprob: -1 }] }],
    });
    const { openai, host } = clients({ pieces: [word('a '), word('time'), ended({ reason: 'length' })] });
    const body = { model: 'tiny', prompt: ['Once upon'], logprobs: 1 } as const;
    const answer = await openai.completions.create({ ...body, prompt: [...body.prompt] });
    const [choice] = answer.choices;
    expect(choice).toMatchObject({ text: 'a time', finish_reason: 'length' });
    expect(choice?.logprobs).toEqual({
      tokens: ['a ', 'time'],
      token_logprobs: [-1, -1],
      top_logprobs: [{ 'a ': -1 }, { time: -1 }],
      text_offset: [0, 2],
    });
    expect(host.log.generations[0]).toEqual({
      prompt: { kind: 'text', text: 'Once upon' },
      maxTokens: 16,
      logprobs: 1,
    });
    let text = '';
    const offsets: unknown[] = [];
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    const stream = await openai.completions.create({ ...body, prompt: 'Once upon', ...options });
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? '';
      offsets.push(...(chunk.choices[0]?.logprobs?.text_offset ?? []));
      usage = chunk.usage ?? usage;
    }
    expect([text, offsets, usage]).toEqual(['a time', [0, 2], expect.objectContaining({ total_tokens: 40 })]);
  });

  it('embeds, by the encoding that it takes by itself and by numbers', async () => {
    const { openai, host } = clients();
    const encoded = await openai.embeddings.create({ model: 'tiny', input: ['a', 'b'], dimensions: 2 });
    expect(encoded.data.map(({ embedding }) => embedding)).toEqual([
      [Math.fround(0.6), Math.fround(-0.8)],
      [Math.fround(0.6), Math.fround(-0.8)],
    ]);
    expect(encoded.usage).toMatchObject({ prompt_tokens: 7, total_tokens: 7, cost: 1.23456e-7 });
    const numbers = await openai.embeddings.create({ model: 'tiny', input: 'a', encoding_format: 'float' });
    expect(numbers.data[0]?.embedding).toEqual([0.6, -0.8]);
    expect(host.log.texts).toEqual([['a', 'b'], ['a']]);
  });

  it('lists models and asks for one', async () => {
    const { openai } = clients();
    expect((await openai.models.list()).data.map(({ id }) => id)).toEqual(['tiny', 'org/big']);
    expect(await openai.models.retrieve('org/big')).toMatchObject({
      id: 'org/big',
      object: 'model',
      created: 1_700_000_000,
    });
    await expect(openai.models.retrieve('gone')).rejects.toThrow(OpenAI.NotFoundError);
  });

  it.each([
    ['overloaded', OpenAI.InternalServerError, 503],
    ['context_length_exceeded', OpenAI.BadRequestError, 400],
    ['engine_failed', OpenAI.InternalServerError, 502],
    ['untrusted_model', OpenAI.PermissionDeniedError, 403],
  ] as const)('raises its own error for %s', async (code, kind, status) => {
    const { openai } = clients({ pieces: [new LocalError(code, 'Told so.')] });
    const failure = await openai.chat.completions.create({ model: 'tiny', messages }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(kind);
    expect(failure).toMatchObject({ status, code, message: expect.stringContaining('Told so.') });
  });

  it('comes again when the queue was full', async () => {
    const full = new LocalError('overloaded', 'Full.', { retryAfterSeconds: 0.01 });
    const { options, host } = clients({ pieces: [full] }, {});
    const answer = await new OpenAI({ ...options, maxRetries: 1 }).chat.completions.create({ model: 'tiny', messages });
    expect([answer.choices[0]?.message.content, host.log.asks.length]).toEqual(['Hello there.', 2]);
  });

  it('raises a failure in the middle of a stream', async () => {
    const { openai } = clients({ pieces: [said('Hel'), new LocalError('engine_crashed', 'It died.')] });
    const stream = await openai.chat.completions.create({ model: 'tiny', messages, stream: true });
    const failure = await joined(stream).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OpenAI.APIError);
    expect(failure).toMatchObject({ code: 'engine_crashed' });
  });

  it('stops the work when it aborts or leaves', async () => {
    const { openai, host } = clients({ pieces: [said('a'), said('b'), new Promise(() => {}), ended()] });
    const left = await openai.chat.completions.create({ model: 'tiny', messages, stream: true });
    for await (const chunk of left) if (chunk.choices[0]?.delta.content === 'a') break;
    const aborted = await openai.chat.completions.create({ model: 'tiny', messages, stream: true });
    setTimeout(() => aborted.controller.abort(), 5);
    await joined(aborted);
    const abort = new AbortController();
    const whole = openai.chat.completions.create({ model: 'tiny', messages }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 5);
    await expect(whole).rejects.toThrow(OpenAI.APIUserAbortError);
    await expect.poll(() => [host.log.left, host.log.asks.every(({ signal }) => signal.aborted)]).toEqual([3, true]);
  });
});

describe('Anthropic’s client', () => {
  const body = { model: 'tiny', max_tokens: 50, messages };

  it('asks, and reads what it took', async () => {
    const { anthropic, host } = clients({
      pieces: [{ kind: 'reasoning', text: 'Hm.' }, said('Hello'), ended({ reason: 'stop', stopped: 'END' })],
    });
    const cache_control = { type: 'ephemeral' } as const;
    const answer = await anthropic.messages.create({
      ...body,
      system: [{ type: 'text', text: 'Be short.', cache_control }],
      stop_sequences: ['END'],
      thinking: { type: 'enabled', budget_tokens: 1_024 },
    });
    expect(answer).toMatchObject({
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: '' },
        { type: 'text', text: 'Hello' },
      ],
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
      usage: { input_tokens: 22, cache_read_input_tokens: 8, output_tokens: 10, cost: 1.23456e-7, prompt_time: 0.25 },
    });
    expect(answer._request_id).toMatch(/^req_/);
    const [generation] = host.log.generations;
    expect(generation).toMatchObject({ maxTokens: 50, stop: ['END'] });
    expect(generation?.prompt).toEqual({
      kind: 'chat',
      messages: [{ role: 'system', content: 'Be short.' }, ...messages],
    });
  });

  it.each([
    ['1.12', Anthropic],
    ['0.122', OldAnthropic],
  ])('of version %s puts a stream together', async (_, Client) => {
    const { anthropicOptions } = clients({
      pieces: [
        { kind: 'reasoning', text: 'H' },
        { kind: 'reasoning', text: 'm.' },
        said('Let me '),
        said('see.'),
        called('look', { at: 'the "sky"' }),
        ended({ reason: 'tool-calls' }),
      ],
    });
    // The versions' types differ in what this test does not use.
    const client = new (Client as unknown as typeof Anthropic)(anthropicOptions);
    const message = await client.messages.stream(body).finalMessage();
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'Let me see.' },
      { type: 'tool_use', id: 'call_look', name: 'look', input: { at: 'the "sky"' } },
    ]);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage).toMatchObject({ input_tokens: 22, cache_read_input_tokens: 8, output_tokens: 10 });
  });

  it.each([true, false])('runs tools, streamed: %s', async (stream) => {
    const { anthropic, host } = clients(
      { pieces: [said('Well.'), called('add', { a: 2, b: 3 }), ended({ reason: 'tool-calls' })] },
      { pieces: [said('5'), ended()] },
    );
    const inputSchema = z.object({ a: z.number(), b: z.number() });
    const add = betaZodTool({ name: 'add', description: 'Adds.', inputSchema, run: ({ a, b }) => String(a + b) });
    const runner = anthropic.beta.messages.toolRunner({ ...body, messages: [...messages], tools: [add], stream });
    const answer = await runner.runUntilDone();
    expect(answer.content).toMatchObject([{ type: 'text', text: '5' }]);
    const { prompt } = host.log.generations[1] ?? {};
    expect(prompt?.kind === 'chat' && prompt.messages.slice(1)).toEqual([
      { role: 'assistant', content: 'Well.', toolCalls: [{ id: 'call_add', name: 'add', arguments: '{"a":2,"b":3}' }] },
      { role: 'tool', toolCallId: 'call_add', content: '5' },
    ]);
  });

  it('tells the model of a failed tool, in order with what else is said', async () => {
    const { anthropic, host } = clients();
    await anthropic.messages.create({
      ...body,
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', is_error: true, content: [{ type: 'text', text: 'no disk' }] },
            { type: 'text', text: 'And' },
            { type: 'text', text: 'now?' },
          ],
        },
      ],
    });
    const { prompt } = host.log.generations[0] ?? {};
    expect(prompt?.kind === 'chat' && prompt.messages.slice(1)).toEqual([
      { role: 'tool', toolCallId: 'a', content: 'Error: no disk' },
      { role: 'user', content: 'And\nnow?' },
    ]);
  });

  it('gets one call where it wants no more, and says which tool', async () => {
    const { anthropic, host } = clients({
      pieces: [called('a', {}), called('b', {}), ended({ reason: 'tool-calls' })],
    });
    const tools = ['a', 'b'].map((name) => ({ name, input_schema: { type: 'object' as const } }));
    const any = { ...body, tools, tool_choice: { type: 'any', disable_parallel_tool_use: true } } as const;
    expect((await anthropic.messages.create({ ...any, tools })).content).toHaveLength(1);
    expect((await anthropic.messages.stream({ ...any, tools }).finalMessage()).content).toHaveLength(1);
    await anthropic.messages.create({ ...body, tools, tool_choice: { type: 'tool', name: 'b' } });
    expect(host.log.generations.map(({ toolChoice }) => toolChoice)).toEqual(['required', 'required', { name: 'b' }]);
  });

  it('parses what a schema holds', async () => {
    const { anthropic, host } = clients({ pieces: [said('{"name":"Ada"}'), ended()] });
    const output_config = { format: zodOutputFormat(z.object({ name: z.string() })) };
    const answer = await anthropic.messages.parse({ ...body, output_config });
    expect(answer.parsed_output).toEqual({ name: 'Ada' });
    expect(host.log.generations[0]?.format).toMatchObject({ kind: 'schema', schema: { required: ['name'] } });
  });

  it('counts tokens and lists models', async () => {
    const { anthropic, host } = clients();
    expect(await anthropic.messages.countTokens({ model: 'tiny', messages })).toEqual({ input_tokens: 42 });
    expect(host.log.prompts).toEqual([{ kind: 'chat', messages }]);
    const names: string[] = [];
    for await (const model of anthropic.models.list()) names.push(model.display_name);
    expect(names).toEqual(['tiny', 'org/big']);
    await expect(anthropic.models.retrieve('gone')).rejects.toThrow(Anthropic.NotFoundError);
  });

  it('raises its own errors, before a stream and in its middle', async () => {
    const full = clients({ pieces: [new LocalError('overloaded', 'Full.')] }).anthropic;
    const failure = await full.messages.create(body).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Anthropic.InternalServerError);
    expect(failure).toMatchObject({ status: 503, error: { error: { type: 'overloaded_error' } } });
    const { anthropic } = clients({ pieces: [said('Hel'), new LocalError('engine_crashed', 'It died.')] });
    await expect(anthropic.messages.stream(body).finalMessage()).rejects.toThrow(Anthropic.APIError);
    await expect(anthropic.messages.create({ ...body, model: 'gone' })).rejects.toThrow(Anthropic.NotFoundError);
  });

  it('is told that conversations are not kept, and not answered as if they were', async () => {
    const { anthropic, host } = clients();
    const kept = { ...body, thread: { type: 'continue', previous_message_id: 'msg_1' } } as const;
    await expect(anthropic.beta.messages.create(kept)).rejects.toThrow(Anthropic.BadRequestError);
    await expect(anthropic.beta.messages.countTokens(kept)).rejects.toThrow('thread');
    expect(host.log.asks).toEqual([]);
  });

  it('stops the work when it aborts', async () => {
    const { anthropic, host } = clients({ pieces: [said('a'), new Promise(() => {}), ended()] });
    const stream = anthropic.messages.stream(body);
    stream.on('text', () => stream.abort());
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIUserAbortError);
    await expect.poll(() => [host.log.left, host.log.asks[0]?.signal.aborted]).toEqual([1, true]);
  });
});

describe('over a socket', () => {
  it('both clients ask with the server’s token, stream, and are refused without it', async () => {
    const host = scriptedHost();
    const served = await serve(createHandler(host), { port: 0 });
    try {
      const baseURL = `${served.url}/v1`;
      const openai = new OpenAI({ apiKey: served.token, baseURL, maxRetries: 0 });
      const body = { model: 'tiny', messages: [...messages], max_tokens: 50 };
      expect(await joined(await openai.chat.completions.create({ ...body, stream: true }))).toBe('Hello there.');
      expect((await openai.chat.completions.create(body)).usage).toMatchObject({ total_tokens: 40 });
      const anthropic = new Anthropic({ apiKey: served.token, baseURL: served.url, maxRetries: 0 });
      expect(await anthropic.messages.stream(body).finalText()).toBe('Hello there.');
      const stranger = new OpenAI({ apiKey: 'guessed', baseURL, maxRetries: 0 });
      await expect(stranger.chat.completions.create(body)).rejects.toThrow(OpenAI.AuthenticationError);
      const other = new Anthropic({ apiKey: 'guessed', baseURL: served.url, maxRetries: 0 });
      await expect(other.messages.create(body)).rejects.toThrow(Anthropic.AuthenticationError);
      expect(host.log.asks).toHaveLength(3);
    } finally {
      await served.close();
    }
  });
});
