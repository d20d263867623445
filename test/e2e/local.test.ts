import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { createLocal } from '@farthing/local';
import { chatTemplate, scriptedModel, testModels, writeGguf } from '@farthing/testkit/gguf';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { modelFolder } from './local-kit.js';

const folder = modelFolder();
const model = testModels(folder);
const scripted = join(folder, 'scripted.gguf');
// Once a tool has answered, the model's turn begins with another character, so that it says something else.
const template = chatTemplate.replace(
  "{{- '<|im_start|>assistant\\n' -}}\n{%- if message.content",
  "{{- '<|im_start|>assistant\\n' -}}\n{%- if messages[loop.index0 - 1].role == 'tool' -%}{{- '#' -}}{%- endif -%}\n{%- if message.content",
);
writeGguf(
  scripted,
  scriptedModel(
    {
      '\n': ['<tool_call>\n', '{"name": "', 'weather', '", "arguments": '],
      ' ': ['{"city": "', 'Paris', '"}', '}\n</tool_call>'],
      '#': ['It', ' is', ' sunny.'],
      ':': [' as', ' I', ' said'],
    },
    template,
  ),
);
const file = { threads: 1, contextTokens: 2048, gpu: false } as const;
const local = createLocal({
  models: { story: { file: model.path, ...file, contextTokens: 1024 }, caller: { file: scripted, ...file } },
  trust: 'unsigned',
});
afterAll(() => local.close());
const openai = new OpenAI({ apiKey: 'none', fetch: local.fetch, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: 'none', fetch: local.fetch, maxRetries: 0 });

const story = (content = 'Once upon a time') => ({
  model: 'story',
  max_tokens: 24,
  messages: [{ role: 'user' as const, content }],
});
async function text(more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}): Promise<string> {
  const answer = await openai.chat.completions.create({ ...story(), ...more });
  return answer.choices[0]?.message.content ?? '';
}
const weather = z.object({ city: z.string() });

describe('OpenAI’s client with a model in process', () => {
  it('gets the same text whole, streamed and by hand, at temperature 0', async () => {
    const whole = await text({ temperature: 0 });
    expect(whole.length).toBeGreaterThan(10);
    if (model.trained) expect(whole).toMatch(/^, there was a little girl/);
    const stream = openai.chat.completions.stream({ ...story(), temperature: 0 });
    expect(await stream.finalContent()).toBe(whole);
    let pieces = '';
    const chunks = await openai.chat.completions.create({ ...story(), temperature: 0, stream: true });
    for await (const chunk of chunks) pieces += chunk.choices[0]?.delta.content ?? '';
    expect(pieces).toBe(whole);
    expect(await text({ temperature: 0 })).toBe(whole);
  });

  it('ends an answer before a stop, whole and streamed', async () => {
    const whole = await text({ temperature: 0 });
    const stop = whole.slice(9, 13);
    const answer = await openai.chat.completions.create({ ...story(), temperature: 0, stop: [stop, 'never comes'] });
    const expected = whole.slice(0, whole.indexOf(stop));
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: expected } });
    expect(await openai.chat.completions.stream({ ...story(), temperature: 0, stop }).finalContent()).toBe(expected);
  });

  it('gets the same answer for the same seed, and others for others', async () => {
    const answers = await Promise.all([1, 1, 2, 3].map((seed) => text({ temperature: 1.2, seed })));
    expect(answers[1]).toBe(answers[0]);
    expect(new Set(answers).size).toBeGreaterThan(1);
  });

  it('is told how likely each token was', async () => {
    const answer = await openai.chat.completions.create({
      ...story(),
      temperature: 0,
      logprobs: true,
      top_logprobs: 3,
    });
    const tokens = answer.choices[0]?.logprobs?.content ?? [];
    expect(tokens).toHaveLength(answer.usage?.completion_tokens ?? 0);
    expect(tokens.map(({ token }) => token).join('')).toBe(answer.choices[0]?.message.content);
    for (const { token, logprob, top_logprobs } of tokens) {
      expect(logprob).toBeLessThanOrEqual(0);
      // Greedy: what was taken is the likeliest.
      expect(top_logprobs[0]).toMatchObject({ token, logprob });
      expect(top_logprobs).toHaveLength(3);
    }
  });

  it('parses what a schema holds, whatever the model would say', async () => {
    const tags = z.array(z.enum(['a', 'b'])).max(2);
    const schema = z.object({ mood: z.enum(['glad', 'sad']), count: z.int(), share: z.number(), tags });
    const response_format = zodResponseFormat(schema, 'day');
    const answers = [1, 2, 3, 4, 5, 6].map((seed) =>
      openai.chat.completions.parse({ ...story('How was your day?'), max_tokens: 200, seed, response_format }),
    );
    for (const { choices } of await Promise.all(answers)) {
      expect(choices[0]?.finish_reason).toBe('stop');
      expect(schema.safeParse(choices[0]?.message.parsed).success).toBe(true);
    }
  });

  it('completes a text, whole and streamed, and refuses by name what it can’t', async () => {
    const body = { model: 'story', prompt: 'Once upon a time', max_tokens: 24, temperature: 0 };
    const plain = await openai.completions.create(body);
    expect(plain.choices[0]?.text.length).toBeGreaterThan(10);
    let streamed = '';
    for await (const chunk of await openai.completions.create({ ...body, stream: true }))
      streamed += chunk.choices[0]?.text ?? '';
    expect(streamed).toBe(plain.choices[0]?.text);
    const refusal = { status: 400, param: 'echo', code: 'invalid_request' };
    await expect(openai.completions.create({ ...body, echo: true })).rejects.toMatchObject(refusal);
  });

  it('gets vectors of length one, the same for the same text', async () => {
    const input = ['The dog ran to the park.', 'A red ball.', 'The dog ran to the park.'];
    const { data, usage } = await openai.embeddings.create({ model: 'story', input });
    const [first, second, third] = data.map(({ embedding }) => embedding);
    expect(Math.hypot(...(first ?? []))).toBeCloseTo(1, 3);
    expect(third).toEqual(first);
    expect(second).not.toEqual(first);
    expect(usage.prompt_tokens).toBeGreaterThan(6);
    const floats = await openai.embeddings.create({ model: 'story', input: 'A red ball.', encoding_format: 'float' });
    for (const [at, value] of (floats.data[0]?.embedding ?? []).entries())
      expect(value).toBeCloseTo(second?.[at] ?? Number.NaN, 5);
  });

  it('is told which tokens of a shared prompt did not have to be read again', async () => {
    const shared = 'Tom had a big dog and a small cat, and they all went to the park to play with a ball. '.repeat(4);
    const ask = async (more: string) => (await openai.chat.completions.create(story(shared + more))).usage;
    const first = await ask('Tom said');
    const second = await ask('Sue was sad');
    expect(first?.prompt_tokens_details?.cached_tokens).toBeLessThan(25);
    expect(second?.prompt_tokens_details?.cached_tokens).toBeGreaterThan((second?.prompt_tokens ?? 0) * 0.7);
    expect(second?.total_tokens).toBe((second?.prompt_tokens ?? 0) + (second?.completion_tokens ?? 0));
  });

  it.each([true, false])('runs tools until the model has what it needs, streamed: %s', async (stream) => {
    const asked: string[] = [];
    const tool = zodFunction({
      name: 'weather',
      parameters: weather,
      function: ({ city }) => {
        asked.push(city);
        return '{"sky":"clear"}';
      },
    });
    const messages = [{ role: 'user' as const, content: 'How is the weather in Paris?' }];
    const body = { model: 'caller', messages, tools: [tool], temperature: 0, parallel_tool_calls: false };
    const runner = stream
      ? openai.chat.completions.runTools({ ...body, stream })
      : openai.chat.completions.runTools({ ...body, stream });
    expect(await runner.finalContent()).toBe('It is sunny.');
    expect(asked).toEqual(['Paris']);
  });

  it('lists the models and says which are loaded', async () => {
    const names: string[] = [];
    for await (const { id } of openai.models.list()) names.push(id);
    expect(names).toEqual(['story', 'caller']);
    expect(local.state('story')).toBe('ready');
  });
});

describe('Anthropic’s client with a model in process', () => {
  it('gets the same text whole and streamed, with what it took', async () => {
    const body = { ...story(), temperature: 0 };
    const whole = await anthropic.messages.create(body);
    const streamed = await anthropic.messages.stream(body).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(whole.content).toEqual([expect.objectContaining({ type: 'text', text: await text({ temperature: 0 }) })]);
    expect(whole).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 24 } });
    const { input_tokens, cache_read_input_tokens } = streamed.usage;
    const counted = await anthropic.messages.countTokens({ model: 'story', messages: body.messages });
    expect(input_tokens + (cache_read_input_tokens ?? 0)).toBe(counted.input_tokens);
  });

  it('is told which stop ended an answer', async () => {
    const stop = (await text({ temperature: 0 })).slice(9, 13);
    const body = { ...story(), temperature: 0, stop_sequences: [stop] };
    const answer = await anthropic.messages.create(body);
    expect(answer).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: stop });
  });

  it('calls a tool, and goes on with what it answered', async () => {
    const messages = [{ role: 'user' as const, content: 'How is the weather in Paris?' }];
    const tools = [
      { name: 'weather', input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } } },
    ];
    const body = { model: 'caller', max_tokens: 200, messages, tools, temperature: 0 };
    const choice = { type: 'auto' as const, disable_parallel_tool_use: true };
    const whole = await anthropic.messages.create({ ...body, tool_choice: choice });
    const streamed = await anthropic.messages.stream({ ...body, tool_choice: choice }).finalMessage();
    for (const answer of [whole, streamed]) {
      expect(answer.stop_reason).toBe('tool_use');
      expect(answer.content).toMatchObject([{ type: 'tool_use', name: 'weather', input: { city: 'Paris' } }]);
    }
    const run = async ({ city }: z.output<typeof weather>) => `Clear in ${city}`;
    const tool = betaZodTool({ name: 'weather', description: 'The weather.', inputSchema: weather, run });
    const final = await anthropic.beta.messages.toolRunner({ ...body, tool_choice: choice, tools: [tool] });
    expect(final.content).toMatchObject([{ type: 'text', text: 'It is sunny.' }]);
  });

  it('goes on from where a begun answer stands', async () => {
    const begun = { role: 'assistant' as const, content: 'It is so:' };
    const asked = { role: 'user' as const, content: 'Is it so?' };
    const body = { model: 'caller', max_tokens: 20, temperature: 0, messages: [asked, begun] };
    const answer = await anthropic.messages.create(body);
    expect(answer.content).toMatchObject([{ type: 'text', text: ' as I said' }]);
    expect(answer.stop_reason).toBe('end_turn');
  });
});
