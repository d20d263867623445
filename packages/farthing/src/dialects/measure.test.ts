import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundCost, costOfReading } from '../pricing/cost.js';
import { ceilToNanoUsd, roundToNanoUsd } from '../pricing/money.js';
import type { Price } from '../pricing/price.js';
import { createPriceBook } from '../pricing/price-book.js';
import { dialects } from './all.js';
import { anthropicMessages } from './anthropic-messages.js';
import type { JsonObject } from './dialect.js';
import { openAIChat } from './openai-chat.js';
import { openAIEmbeddings } from './openai-embeddings.js';
import { openAIResponses } from './openai-responses.js';

const book = createPriceBook({ aliases: { mine: 'gpt-5' }, providers: { 'llm.internal': 'openai' } });
const atMs = Date.UTC(2026, 9, 1);
const prices = ['gpt-5.4', 'gpt-4o-audio-preview', 'text-embedding-3-small']
  .map((model) => book.find({ provider: 'openai', model, atMs }))
  .concat(book.find({ provider: 'anthropic', model: 'claude-opus-4-6', atMs }))
  .filter((price) => price !== undefined);

const asked = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] };
const long = 'lorem ipsum '.repeat(8000);
const reasonsOf = (dialect: (typeof dialects)[number], body: JsonObject): readonly string[] => {
  const measure = dialect.measure(body, {});
  return measure.bounded ? [] : measure.reasons;
};

describe('any JSON in any field', () => {
  const strange = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('constructor', '__proto__', 'toString', 'priority', '128', '', -1, 0, 0.5, 1e15, 1e308, '1e308'),
    fc.constantFrom([{}], [null], ['x'], [[]], [{ type: 'text' }], { type: 'enabled', budget_tokens: 1e308 }),
  );
  const fields = [
    ...['model', 'models', 'messages', 'input', 'system', 'instructions', 'tools', 'functions', 'response_format'],
    ...['prediction', 'modalities', 'n', 'best_of', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'text'],
    ...[
      'thinking',
      'service_tier',
      'speed',
      'inference_geo',
      'plugins',
      'data_sources',
      'documents',
      'usage',
      'content',
    ],
    ...['choices', 'output', 'data', 'seconds', 'cost', 'prompt_tokens', 'input_tokens', 'iterations', 'cache_control'],
  ];
  const bodies = fc.dictionary(fc.constantFrom(...fields), strange);
  const messages = fc.array(
    fc.dictionary(fc.constantFrom('role', 'content', 'name', 'type', 'text', 'tool_calls', 'source'), strange),
  );

  it('breaks neither a measure nor a cost, and bounds are numbers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dialects),
        bodies,
        messages,
        fc.constantFrom(...prices),
        strange,
        (dialect, fieldsOf, list, price, answer) => {
          const body: JsonObject = { ...fieldsOf, messages: list, input: list };
          for (const request of [fieldsOf, body]) {
            const measure = dialect.measure(request, {});
            const context = dialect.priceContext(request);
            const bound = boundCost(measure.bound, price, context);
            const counts = [
              measure.bound.inputTokens,
              measure.bound.outputTokens,
              dialect.choices(request),
              dialect.maxOutputTokens(request) ?? 0,
              dialect.leastOutput(request),
              ceilToNanoUsd(bound),
            ];
            expect(counts.every((count) => Number.isFinite(count) && count >= 0)).toBe(true);
            expect(Number.isSafeInteger(measure.bound.inputTokens)).toBe(true);
            expect(Number.isSafeInteger(measure.bound.outputTokens)).toBe(true);
            dialect.clampOutput(request, dialect.leastOutput(request));
            dialect.cacheBar(request);
            book.find({ provider: 'openai', model: dialect.model(request) ?? '', atMs });
          }
          for (const json of [answer, { ...fieldsOf, choices: [], content: [], output: [], data: [] }]) {
            const reading = dialect.readAnswer(json)?.reading;
            const cost =
              reading && costOfReading(reading, () => price, { serviceTier: 'constructor', geo: 'constructor' });
            if (cost) expect(Number.isSafeInteger(roundToNanoUsd(cost.totalPicoUsd))).toBe(true);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('may be nested deeper than it can be written again', () => {
    const deep: unknown = JSON.parse(`${'[{"type":"tool_result","content":'.repeat(20_000)}null${'}]'.repeat(20_000)}`);
    for (const dialect of dialects)
      for (const body of [
        { model: 'm', messages: deep },
        { model: 'm', input: deep },
        { model: 'm', documents: deep },
      ])
        expect(() => dialect.measure(body, {})).not.toThrow();
  });

  it.each([['constructor'], ['__proto__'], ['toString']])('has no price, tier, place or alias called %s', (name) => {
    expect(book.find({ provider: 'openai', model: name, atMs })).toBeUndefined();
    expect(book.find({ provider: name, model: 'gpt-5', atMs })).toBeUndefined();
    expect(book.placeOf(`https://${name}/v1/chat/completions`)).toBeUndefined();
    const [price] = prices as [Price]; // there are some
    const bound = { inputTokens: 10, outputTokens: 10, cacheWrite: 'none' } as const;
    expect(boundCost(bound, price, { serviceTier: name, geo: name })).toBe(
      boundCost(bound, price, { serviceTier: 'default', geo: 'none' }),
    );
  });
});

describe('what a request does not bound', () => {
  it.each([
    ['fallback models', { models: ['openai/gpt-5-pro'] }, undefined],
    ['plugins', { plugins: [{ id: 'web' }] }, 'hosted_tools'],
    ['data sources', { data_sources: [{ type: 'azure_search' }] }, 'hosted_tools'],
    ['web search', { model: 'sonar-pro' }, 'hosted_tools'],
    ['web search', { model: 'perplexity/sonar' }, 'hosted_tools'],
    ['web search', { model: 'openai/gpt-4o:online' }, 'hosted_tools'],
    ['live search', { search_parameters: { mode: 'auto' } }, 'hosted_tools'],
  ])('is told of chat: %s', (reason, extra, bar) => {
    expect(reasonsOf(openAIChat, { ...asked, ...extra })).toContain(reason);
    expect(openAIChat.cacheBar({ ...asked, ...extra })).toBe(bar);
  });

  it('is nothing where such a field is empty', () => {
    const body = { ...asked, models: [], plugins: null, web_search_options: null, data_sources: null };
    expect(reasonsOf(openAIChat, body)).toEqual([]);
    expect(openAIChat.cacheBar(body)).toBeUndefined();
  });

  it('is told of Responses, too', () => {
    const body = { model: 'gpt-5', input: 'x', plugins: [{ id: 'web' }] };
    expect(reasonsOf(openAIResponses, body)).toEqual(['plugins']);
    expect(openAIResponses.cacheBar(body)).toBe('hosted_tools');
  });
});

describe('the input of a request', () => {
  it.each([
    [openAIChat, { ...asked, documents: [{ text: long }] }],
    [openAIChat, { ...asked, messages: long }],
    [openAIChat, { ...asked, messages: [long] }],
    [openAIChat, { ...asked, messages: [{ role: 'user', content: [long] }] }],
    [openAIChat, { ...asked, messages: [{ role: 'user', content: 'x', reasoning_details: [{ text: long }] }] }],
    [openAIChat, { ...asked, tools: [long] }],
    [openAIChat, { ...asked, messages: [{ role: 'user', content: [{ type: 'text', text: [long] }] }] }],
    [openAIResponses, { model: 'gpt-5', input: [long] }],
    [openAIResponses, { model: 'gpt-5', input: 'x', documents: [long] }],
    [openAIResponses, { model: 'gpt-5', input: [{ role: 'user', content: [long] }] }],
    [openAIEmbeddings, { model: 'e', input: 'x', texts: [long] }],
    [anthropicMessages, { model: 'claude', max_tokens: 1, messages: [{ role: 'user', content: [long] }] }],
    [anthropicMessages, { model: 'claude', max_tokens: 1, messages: long }],
    [anthropicMessages, { model: 'claude', max_tokens: 1, messages: [], documents: [long] }],
  ])('is counted wherever it stands (%#)', (dialect, body) =>
    expect(dialect.measure(body, {}).bound.inputTokens).toBeGreaterThan(20_000),
  );
});

describe('the output of a request', () => {
  const outputOf = (extra: JsonObject): number => openAIChat.measure({ ...asked, ...extra }, {}).bound.outputTokens;

  it.each([
    [{ max_completion_tokens: 10, max_tokens: 100_000 }, 100_000],
    [{ max_tokens: 10, n: '128' }, 1280],
    [{ max_tokens: '10', n: 2 }, 20],
    [{ max_tokens: 10, best_of: 20 }, 200],
    [{ max_tokens: 10, n: 2.5 }, 30],
    [{ max_tokens: 10, n: null }, 10],
    [{ max_tokens: 10, n: 0 }, 10],
    [{ max_tokens: 1e308, n: 1e308 }, 1e9],
  ])('of %j is %i tokens', (extra, tokens) => {
    expect(outputOf(extra)).toBe(tokens);
    expect(openAIChat.maxOutputTokens({ ...asked, ...extra })).toBe(tokens);
  });

  it('is lowered under both of its names', () => {
    expect(openAIChat.clampOutput({ max_completion_tokens: 10, max_tokens: 100_000 }, 50)).toEqual({
      max_completion_tokens: 10,
      max_tokens: 50,
    });
  });

  it('is lowered to the least that leaves room for the smallest thinking budget', () => {
    const body = { max_tokens: 30_000, thinking: { type: 'enabled', budget_tokens: 20_000 } };
    expect(anthropicMessages.leastOutput(body)).toBe(1025);
    expect(anthropicMessages.clampOutput(body, anthropicMessages.leastOutput(body))).toEqual({
      max_tokens: 1025,
      thinking: { type: 'enabled', budget_tokens: 1024 },
    });
    expect(anthropicMessages.leastOutput({ max_tokens: 10 })).toBe(1);
  });
});
