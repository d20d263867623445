import { describe, expect, it } from 'vitest';
import { costOfReading } from '../pricing/cost.js';
import { createPriceBook } from '../pricing/price-book.js';
import { anthropicMessages } from './anthropic-messages.js';
import { openAIChat } from './openai-chat.js';
import { openAIEmbeddings } from './openai-embeddings.js';
import { openAIResponses } from './openai-responses.js';

const data = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;
const event = (json: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${json.type}\n${data(json)}`;

describe('a message that is streamed', () => {
  const start = event({
    type: 'message_start',
    message: { id: 'm', model: 'claude-sonnet-4-5', content: [], usage: { input_tokens: 10_000, output_tokens: 1 } },
  });
  const delta = event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: null, cache_read_input_tokens: null, output_tokens: 2000 },
  });
  const stop = event({ type: 'message_stop' });

  it('keeps the input that its end does not tell', () => {
    const stream = start + delta + stop;
    expect(anthropicMessages.readStream(stream)).toMatchObject({
      ended: true,
      finished: true,
      reading: { usage: { inputTokens: 10_000, outputTokens: 2000 } },
    });
    expect(JSON.parse(anthropicMessages.toJson(stream) ?? '')).toMatchObject({
      usage: { input_tokens: 10_000, output_tokens: 2000, cache_read_input_tokens: null },
    });
  });

  it.each([
    ['just ends', start],
    ['ends before it says so', start + delta],
    ['ends without its usage', start + stop],
    ['fails', start + event({ type: 'error', error: { type: 'overloaded_error' } })],
    ['fails at the very end', start + delta + event({ type: 'error', error: {} }) + stop],
  ])('has not ended where it %s', (_, stream) =>
    expect(anthropicMessages.readStream(stream)).toMatchObject({ ended: false, finished: false }),
  );
});

describe('a chat completion that is streamed', () => {
  const chunk = (choices: readonly object[], more: object = {}): string =>
    data({ id: 'c', object: 'chat.completion.chunk', model: 'gpt-4o', choices, ...more });
  const said = chunk([{ index: 0, delta: { content: 'hi' }, finish_reason: null }]);
  const finished = chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]);
  const usage = chunk([], { usage: { prompt_tokens: 1, completion_tokens: 1 } });
  const done = 'data: [DONE]\n\n';

  it.each([
    ['`[DONE]` is its last word', said + finished + done],
    ['something comes after `[DONE]`', `${said}${finished}${done}: keep-alive\n\n`],
    ['`[DONE]` has no blank line', `${said}${finished}data: [DONE]`],
    ['all choices have finished and usage is told', said + finished + usage],
  ])('has ended where %s', (_, stream) =>
    expect(openAIChat.readStream(stream)).toMatchObject({ ended: true, finished: true }),
  );

  it.each([
    ['it just ends', said],
    ['usage is yet to come', said + finished],
    ['usage is told while it goes on', said + usage],
    ['one choice goes on', said + chunk([{ index: 1, delta: {}, finish_reason: 'stop' }]) + usage],
    ['it speaks of [DONE]', said + chunk([{ index: 0, delta: { content: 'data: [DONE]' } }])],
    ['it has failed', said + data({ error: { code: 502 } }) + done],
    ['it ends in an error', said + chunk([{ index: 0, delta: {}, finish_reason: 'error' }]) + usage + done],
  ])('has not ended where %s', (_, stream) => expect(openAIChat.readStream(stream)?.ended).toBe(false));
});

describe('a whole answer', () => {
  const choice = { index: 0, message: { role: 'assistant', content: 'h' }, finish_reason: 'stop' };

  it('has ended', () => {
    expect(openAIChat.readAnswer({ choices: [choice] })?.ended).toBe(true);
    expect(openAIResponses.readAnswer({ output: [] })?.ended).toBe(true);
    expect(anthropicMessages.readAnswer({ content: [] })?.ended).toBe(true);
    expect(openAIEmbeddings.readAnswer({ data: [] })?.ended).toBe(true);
  });

  it('that holds an error is not finished', () => {
    expect(openAIChat.readAnswer({ choices: [choice] })?.finished).toBe(true);
    expect(openAIChat.readAnswer({ choices: [{ ...choice, finish_reason: 'error' }] })?.finished).toBe(false);
    expect(openAIChat.readAnswer({ choices: [{ ...choice, error: { code: 502 } }] })?.finished).toBe(false);
    expect(openAIChat.readAnswer({ choices: [choice], error: { code: 502 } })?.finished).toBe(false);
    expect(openAIResponses.readAnswer({ output: [], status: 'failed' })?.finished).toBe(false);
    expect(openAIResponses.readAnswer({ output: [], status: 'completed', error: {} })?.finished).toBe(false);
    expect(anthropicMessages.readAnswer({ content: [], stop_reason: 'end_turn', error: { type: 'x' } })?.finished).toBe(
      false,
    );
  });

  it.each([
    ['nothing', {}],
    ['null', { prompt_tokens: null, completion_tokens: null, input_tokens: null, output_tokens: null }],
    ['text', { prompt_tokens: 'many', input_tokens: 'many' }],
  ])('whose usage says %s has no usage', (_, usage) => {
    expect(openAIChat.readAnswer({ choices: [choice], usage })?.reading).toBeUndefined();
    expect(openAIResponses.readAnswer({ output: [], usage })?.reading).toBeUndefined();
    expect(openAIEmbeddings.readAnswer({ data: [], usage })?.reading).toBeUndefined();
    expect(anthropicMessages.readAnswer({ content: [], usage })?.reading).toBeUndefined();
  });
});

describe('searches of Responses', () => {
  const response = {
    id: 'r',
    status: 'completed',
    model: 'gpt-5',
    output: [
      { type: 'web_search_call', id: 'a', status: 'completed', action: { type: 'search', query: 'x' } },
      { type: 'web_search_call', id: 'b' },
      { type: 'web_search_call', id: 'c', status: 'completed', action: { type: 'open_page' } },
      { type: 'web_search_call', id: 'd', status: 'failed' },
    ],
    usage: { input_tokens: 10, output_tokens: 10, total_tokens: 20 },
  };

  it('are counted, whole or streamed', () => {
    expect(openAIResponses.readAnswer(response)?.reading?.usage.webSearches).toBe(2);
    const stream = event({ type: 'response.completed', response });
    expect(openAIResponses.readStream(stream)?.reading?.usage.webSearches).toBe(2);
  });

  it('have no price where the model has none for them, and that is told', () => {
    const reading = openAIResponses.readAnswer(response)?.reading;
    const price = createPriceBook({ overrides: { m: { input: '1', output: '1' } } }).find({
      provider: 'openai',
      model: 'm',
      atMs: 0,
    });
    expect(reading && costOfReading(reading, () => price, {})?.unpriced).toEqual(['webSearches']);
  });
});

describe('a streamed chat completion as a whole one', () => {
  const stream = (...choices: readonly object[]): string =>
    choices.map((choice) => data({ id: 'x', created: 1, model: 'm', choices: [{ index: 0, ...choice }] })).join('');
  const whole = (...choices: readonly object[]): { choices: readonly unknown[] } =>
    JSON.parse(openAIChat.toJson(stream(...choices)) ?? 'null');

  it('keeps what is told of a choice', () => {
    const safe = { hate: { filtered: false, severity: 'safe' } };
    expect(
      whole(
        { delta: { content: 'a' }, content_filter_results: {} },
        { delta: { content: 'b' }, content_filter_results: safe },
        { delta: {}, finish_reason: 'stop', stop_reason: 5 },
      ).choices,
    ).toMatchObject([{ message: { content: 'ab' }, content_filter_results: safe, stop_reason: 5 }]);
  });

  it('continues texts, and no others', () => {
    const details = (text: string) => ({
      delta: { reasoning_details: [{ type: 'reasoning.text', index: 0, format: 'v1', text }] },
    });
    expect(whole(details('a'), details('b')).choices).toMatchObject([
      { message: { reasoning_details: [{ type: 'reasoning.text', format: 'v1', text: 'ab' }] } },
    ]);
  });

  it.each([
    ['pieces of sound', { delta: { audio: { id: 'a', data: 'YQ==' } } }, { delta: { audio: { data: 'Yg==' } } }],
    [
      'filters that disagree',
      { delta: {}, content_filter_results: { hate: { severity: 'safe' } } },
      { delta: {}, content_filter_results: { hate: { severity: 'high' } } },
    ],
  ])('is refused for %s', (_, first, second) => expect(openAIChat.toJson(stream(first, second))).toBeUndefined());
});
