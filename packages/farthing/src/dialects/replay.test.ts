import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialects } from './all.js';
import { anthropicMessages } from './anthropic-messages.js';
import { openAIChat } from './openai-chat.js';
import { openAIResponses } from './openai-responses.js';
import { createEventSplitter, parseEvent, splitEvents } from './sse.js';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const name = fc.stringMatching(/^[a-z]{1,8}$/);
const args = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean()));

const chatAnswers = fc.record({
  id: fc.constant('chatcmpl-1'),
  object: fc.constant('chat.completion'),
  created: fc.constant(1),
  model: fc.constant('gpt-5'),
  choices: fc
    .array(fc.record({ content: text, calls: fc.array(fc.record({ name, args }), { maxLength: 2 }) }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((choices) =>
      choices.map(({ content, calls }, index) => ({
        index,
        message: {
          role: 'assistant',
          content: calls.length > 0 ? null : content,
          refusal: null,
          ...(calls.length > 0 && {
            tool_calls: calls.map((call, at) => ({
              id: `call_${at}`,
              type: 'function',
              function: { name: call.name, arguments: JSON.stringify(call.args) },
            })),
          }),
        },
        logprobs: null,
        finish_reason: calls.length > 0 ? 'tool_calls' : 'stop',
      })),
    ),
  usage: fc.record({ prompt_tokens: fc.nat(100), completion_tokens: fc.nat(100), total_tokens: fc.nat(200) }),
});

const messages = fc
  .array(
    fc.oneof(
      fc.record({ type: fc.constant('text'), text }),
      fc.record({ type: fc.constant('thinking'), thinking: text, signature: fc.constant('c2ln') }),
      fc.record({ type: fc.constant('tool_use'), id: fc.constant('toolu_1'), name, input: args }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((content) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 7 },
  }));

describe('an answer told in the other form', () => {
  it('is the same chat completion', () => {
    fc.assert(
      fc.property(chatAnswers, (answer) => {
        const stream = openAIChat.toStream(JSON.stringify(answer), { stream_options: { include_usage: true } }) ?? '';
        expect(JSON.parse(openAIChat.toJson(stream) ?? 'null')).toEqual(answer);
        expect(openAIChat.readStream(stream)?.reading).toEqual(openAIChat.readAnswer(answer)?.reading);
        expect(openAIChat.readStream(stream)?.openToolCalls).toBe(openAIChat.readAnswer(answer)?.openToolCalls);
      }),
    );
  });

  it('is the same message', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const stream = anthropicMessages.toStream(JSON.stringify(message), {}) ?? '';
        expect(JSON.parse(anthropicMessages.toJson(stream) ?? 'null')).toEqual(message);
        expect(anthropicMessages.readStream(stream)).toMatchObject({ finished: true, finishReasons: ['end_turn'] });
      }),
    );
  });

  it('is the same response', () => {
    const response = {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'gpt-5',
      output: [
        { id: 'rs', type: 'reasoning', summary: [{ type: 'summary_text', text: 'so' }] },
        {
          id: 'm',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
        },
        { id: 'f', type: 'function_call', call_id: 'c', name: 'x', arguments: '{}', status: 'completed' },
      ],
      usage: { input_tokens: 1, output_tokens: 2 },
    };
    const stream = openAIResponses.toStream(JSON.stringify(response), {}) ?? '';
    expect(JSON.parse(openAIResponses.toJson(stream) ?? 'null')).toEqual(response);
    expect(splitEvents(stream).map((event) => parseEvent(event).event)).toContain('response.output_text.delta');
  });
});

describe('usage that only the gate asked for', () => {
  const chunk = (fields: object): string => `data: ${JSON.stringify({ id: 'x', ...fields })}\n\n`;

  it('is taken out again, event by event', () => {
    const events = [
      chunk({ choices: [{ delta: { content: 'say ,"usage":null please' } }], usage: null }),
      chunk({ choices: [{ delta: {}, finish_reason: 'stop' }], usage: null }),
      chunk({ choices: [], usage: { prompt_tokens: 1 } }),
      'data: [DONE]\n\n',
    ];
    const bare = [
      chunk({ choices: [{ delta: { content: 'say ,"usage":null please' } }] }),
      chunk({ choices: [{ delta: {}, finish_reason: 'stop' }] }),
      'data: [DONE]\n\n',
    ];
    expect(openAIChat.replayStream(events.join(''), {})).toBe(bare.join(''));
    expect(openAIChat.replayStream(events.join(''), { stream_options: { include_usage: true } })).toBe(events.join(''));
  });

  it('keeps the choices of a chunk that holds both', () => {
    expect(
      JSON.parse(openAIChat.stripUsage?.(chunk({ choices: [{ index: 0 }], usage: { a: 1 } }))?.slice(6) ?? ''),
    ).toEqual({ id: 'x', choices: [{ index: 0 }] });
  });
});

describe('event streams', () => {
  const line = fc.oneof(
    text.map((value) => `data: ${value.replace(/[\r\n]/g, ' ')}`),
    fc.constantFrom('event: ping', ': comment', 'id: 1'),
  );
  const streams = fc
    .array(fc.tuple(fc.array(line, { minLength: 1, maxLength: 3 }), fc.constantFrom('\n', '\r\n', '\r')), {
      maxLength: 6,
    })
    .map((events) => events.map(([lines, end]) => lines.map((each) => each + end).join('') + end).join(''));

  it('split the same however their bytes are cut, and lose none', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.integer({ min: 1, max: 9 })), (stream, cuts) => {
        const bytes = new TextEncoder().encode(stream);
        const splitter = createEventSplitter();
        const events: string[] = [];
        let from = 0;
        for (const cut of [...cuts, bytes.length]) {
          events.push(...splitter.push(bytes.subarray(from, from + cut)));
          from += cut;
        }
        events.push(...splitter.flush());
        expect(events.join('')).toBe(stream);
        expect(events.map((event) => parseEvent(event))).toEqual(splitEvents(stream).map((event) => parseEvent(event)));
      }),
    );
  });
});

describe('what nobody expected', () => {
  it('makes no dialect throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dialects),
        fc.jsonValue(),
        fc.dictionary(
          fc.constantFrom(
            'model',
            'messages',
            'input',
            'tools',
            'content',
            'system',
            'choices',
            'output',
            'usage',
            'n',
            'max_tokens',
            'thinking',
            'stream',
            'data',
          ),
          fc.jsonValue(),
        ),
        fc.string(),
        (dialect, value, body, sse) => {
          for (const json of [value, body]) dialect.readAnswer(json)?.outputText();
          dialect.readStream(sse)?.outputText();
          dialect.readStream(`data: ${JSON.stringify(body)}\n\n`)?.outputText();
          dialect.toJson(sse);
          dialect.toStream(JSON.stringify(value), body);
          dialect.measure(body, {});
          dialect.question(body);
          dialect.cacheBar(body);
          dialect.clampOutput(body, 100);
          dialect.usageRequest?.(body, JSON.stringify(body));
          dialect.stripUsage?.(sse);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('clamping', () => {
  it.each([
    [
      { model: 'gpt-4o', max_tokens: 50 },
      { model: 'gpt-4o', max_tokens: 50 },
    ],
    [
      { model: 'gpt-4o', max_tokens: 500 },
      { model: 'gpt-4o', max_tokens: 100 },
    ],
    [
      { model: 'gpt-5', max_completion_tokens: 500 },
      { model: 'gpt-5', max_completion_tokens: 100 },
    ],
    [{ model: 'o3' }, { model: 'o3', max_completion_tokens: 100 }],
    [{ model: 'llama' }, { model: 'llama', max_tokens: 100 }],
  ])('of chat: %j', (body, clamped) => expect(openAIChat.clampOutput(body, 100)).toEqual(clamped));

  it('keeps a thinking budget below the limit, or has no smaller form', () => {
    const body = { max_tokens: 8000, thinking: { type: 'enabled', budget_tokens: 4000 } };
    expect(anthropicMessages.clampOutput(body, 2000)).toEqual({
      max_tokens: 2000,
      thinking: { type: 'enabled', budget_tokens: 1999 },
    });
    expect(anthropicMessages.clampOutput(body, 1024)).toBeUndefined();
    expect(anthropicMessages.clampOutput(body, 6000)).toEqual({ ...body, max_tokens: 6000 });
  });
});
