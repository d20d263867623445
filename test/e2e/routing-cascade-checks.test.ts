import Anthropic from '@anthropic-ai/sdk';
import type { CascadeOptions, RoutesOptions } from 'farthing';
import { describe, expect, it } from 'vitest';
import { cascadesOver, expectExact, messages, pair } from './routing-cascade-kit.js';
import { sharedProvider, watchedGate } from './setup.js';

const shared = sharedProvider();
const { asked, cascading, from, nanoAnswers, nanoSays } = cascadesOver(shared);

describe('an answer does not pass', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, people: { type: 'integer' } },
    required: ['city', 'people'],
    additionalProperties: false,
  };
  const json = { response_format: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } } };
  const tools = [
    {
      type: 'function',
      function: {
        name: 'look',
        parameters: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
      },
    },
  ];
  const call = (name: string, args: string): object => ({
    tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: args } }],
  });

  it.each<[string, object, () => void, string | undefined]>([
    ['JSON that fits its schema', json, () => nanoSays('{"city":"Bonn","people":3}'), undefined],
    ['JSON that does not', json, () => nanoSays('{"city":"Bonn"}'), 'schema: schema'],
    ['words for JSON', json, () => nanoSays('Bonn has many people.'), 'schema: no_json'],
    ['a list for an object', { response_format: { type: 'json_object' } }, () => nanoSays('[1]'), 'schema: schema'],
    [
      'a hedge in JSON that fits',
      { response_format: { type: 'json_object' } },
      () => nanoSays('{"a":"I don\'t know"}'),
      undefined,
    ],
    ['a refusal in words', {}, () => nanoSays('I’m sorry, but I can’t assist with that.'), 'refusal: refusal'],
    ['a refusal of its own field', {}, () => nanoAnswers({ refusal: 'No.' }), 'refusal: refusal'],
    ['the content filter', {}, () => nanoAnswers({ content: 'Half' }, {}, 'content_filter'), 'refusal: content_filter'],
    ['nothing', {}, () => nanoAnswers({ content: ' ' }), 'refusal: empty'],
    ['a cut', {}, () => nanoAnswers({ content: 'Once upon' }, {}, 'length'), 'refusal: truncated'],
    [
      'the caller’s own limit',
      { max_completion_tokens: 900 },
      () => nanoAnswers({ content: 'Once' }, {}, 'length'),
      undefined,
    ],
    [
      'a hedge at its end',
      {},
      () => nanoSays('It is the chain. It may be the cassette. One, two. I could be wrong.'),
      'hedge: hedged',
    ],
    [
      'a hedge that is quoted',
      {},
      () => nanoSays("Say it well. Say it twice. He said: I don't know. Then he left. All is well."),
      undefined,
    ],
    ['a call of a tool', { tools }, () => nanoAnswers(call('look', '{"id":3}'), {}, 'tool_calls'), undefined],
    [
      'a call of a tool that is not there',
      { tools },
      () => nanoAnswers(call('find', '{"id":3}'), {}, 'tool_calls'),
      'schema: unknown_tool',
    ],
    [
      'arguments that do not fit',
      { tools },
      () => nanoAnswers(call('look', '{"id":"3"}'), {}, 'tool_calls'),
      'schema: arguments',
    ],
    [
      'arguments that are no JSON',
      { tools },
      () => nanoAnswers(call('look', '{"id":'), {}, 'tool_calls'),
      'schema: no_json',
    ],
    [
      'no call where one must be',
      { tools, tool_choice: 'required' },
      () => nanoAnswers({ content: 'Hm.' }),
      'schema: no_tool_call',
    ],
    ['logprobs', { logprobs: true }, () => {}, undefined],
    [
      'low logprobs',
      { logprobs: true },
      () =>
        nanoAnswers(
          { content: 'Hm.' },
          {
            logprobs: {
              content: [
                { token: 'Hm.', logprob: -2 },
                { token: '', logprob: -1 },
              ],
            },
          },
        ),
      'logprob: undefined',
    ],
  ])('%s', async (_, body, lay, problem) => {
    const { ask, records } = cascading({ logprob: -0.5 });
    lay();
    const answer = await ask(body);
    expect(answer.model).toBe(problem === undefined ? 'gpt-5-nano' : 'gpt-5');
    const last = records[0]?.route?.cascade?.checks.at(-1);
    if (problem === undefined) expect(last?.passed).toBe(true);
    else expect(`${last?.name}: ${last?.reason}`).toBe(problem);
    if (last?.name === 'logprob') expect(last.value).toBeCloseTo(problem === undefined ? -0.1 : -1.5);
    expectExact(records[0]);
  });

  it('only for what is switched on', async () => {
    const { ask, records } = cascading({ schema: false, refusal: false, hedge: false });
    nanoSays('');
    expect((await ask(json)).model).toBe('gpt-5-nano');
    expect(records[0]?.route?.cascade).toEqual({ checks: [], escalated: false });
  });

  it('of several choices, all must', async () => {
    const { ask, records } = cascading({ agreement: true });
    await ask({ n: 2 });
    const choice = (index: number, content: string) => ({
      index,
      message: { role: 'assistant', content },
      finish_reason: 'stop',
    });
    const body = JSON.stringify({
      id: 'a',
      model: 'gpt-5-nano',
      choices: [choice(0, 'Oil it.'), choice(1, '')],
      usage: { prompt_tokens: 1, completion_tokens: 1 },
    });
    shared.provider.script({ ...from('gpt-5-nano'), body });
    expect((await ask({ n: 2 })).choices).toHaveLength(2);
    expect(asked()).toEqual(['gpt-5-nano', ...pair]);
    expect(records[1]?.route?.cascade?.checks).toEqual([{ name: 'refusal', passed: false, reason: 'empty' }]);
  });

  it('of the Responses API and of Anthropic, whole and streamed', async () => {
    const { openai, gate, records } = cascading();
    const text = { format: { type: 'json_schema' as const, name: 'a', schema, strict: true } };
    nanoSays('{}');
    expect((await openai.responses.create({ model: 'gpt-5', input: 'Which city?', text })).model).toBe('gpt-5');
    nanoSays('{}');
    const stream = openai.responses.stream({ model: 'gpt-5', input: 'Which city?', text });
    expect((await stream.finalResponse()).model).toBe('gpt-5');
    await gate.idle();
    expect(records.map(({ route }) => route?.cascade?.escalated)).toEqual([true, true]);

    const routes: RoutesOptions = {
      'claude-opus-4-5': { targets: ['claude-haiku-4-5', 'claude-opus-4-5'], targetStrongShare: 0, cascade: true },
    };
    const second = watchedGate({ routes });
    const anthropic = second.gate.wrap(new Anthropic({ apiKey: 'sk', baseURL: shared.provider.url, maxRetries: 0 }));
    const body = { model: 'claude-opus-4-5', max_tokens: 300, messages };
    const cheap = { ...from('claude-haiku-4-5'), text: 'I apologize, but I cannot help with this.' };
    expect((await anthropic.messages.create(body)).model).toBe('claude-haiku-4-5');
    expect((await anthropic.messages.stream(body).finalMessage()).model).toBe('claude-haiku-4-5');
    shared.provider.script({ ...cheap, times: 2 });
    expect((await anthropic.messages.create(body)).model).toBe('claude-opus-4-5');
    expect((await anthropic.messages.stream(body).finalMessage()).model).toBe('claude-opus-4-5');
    await second.gate.idle();
    expect(second.records.map(({ legs }) => legs.length)).toEqual([1, 1, 2, 2]);
    for (const record of second.records) expectExact(record);
  });
});

describe('a check of one’s own', () => {
  it('says yes, no, or how much', async () => {
    const seen: unknown[] = [];
    const said = [true, false, 0.7, 0.2];
    const { ask, records } = cascading({
      threshold: 0.6,
      check: async (sample) => {
        seen.push(sample);
        return said.shift() ?? true;
      },
    });
    nanoSays('Oil the chain.');
    for (let index = 0; index < 4; index++) await ask();
    expect(seen[0]).toEqual({ turn: 'The chain slips.', answer: 'Oil the chain.', target: 'gpt-5-nano' });
    expect(records.map(({ route }) => route?.cascade?.checks.at(-1))).toEqual([
      { name: 'check', passed: true },
      { name: 'check', passed: false },
      { name: 'check', passed: true, value: 0.7 },
      { name: 'check', passed: false, value: 0.2 },
    ]);
    expect(asked()).toEqual(['gpt-5-nano', ...pair, 'gpt-5-nano', ...pair]);
  });

  it('that throws, hangs or says nothing sends up, with a warning', async () => {
    const checks: CascadeOptions['check'][] = [
      () => {
        throw new RangeError('secret');
      },
      () => new Promise(() => {}),
      () => Number.NaN,
    ];
    for (const check of checks) {
      const { ask, warnings } = cascading({ check, timeoutMs: 20 });
      expect((await ask()).model).toBe('gpt-5');
      const told = warnings.filter((warning) => warning.startsWith('callback_error'));
      expect(told).toHaveLength(1);
      expect(told[0]).toMatch(
        /callback_error: `cascade\.check` of route 'gpt-5' (?:threw RangeError|took longer than 20 ms|gave neither)/,
      );
      expect(told[0]).not.toMatch(/secret/);
    }
  });

  it('is not shown a call of tools; a scorer stands before it', async () => {
    const { ask, records } = cascading({
      scorer: { score: ({ answer }) => (answer.startsWith('Oil') ? 0.9 : 0.1) },
      check: () => false,
    });
    nanoAnswers(
      { tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      {},
      'tool_calls',
    );
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    expect((await ask({ tools })).model).toBe('gpt-5-nano');
    nanoSays('Hm.');
    await ask();
    nanoSays('Oil it.');
    await ask();
    expect(records.map(({ route }) => route?.cascade?.checks.slice(2))).toEqual([
      [],
      [{ name: 'scorer', passed: false, value: 0.1 }],
      [
        { name: 'scorer', passed: true, value: 0.9 },
        { name: 'check', passed: false },
      ],
    ]);
  });
});
