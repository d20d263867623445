import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from './anthropic-messages.js';
import type { JsonObject } from './dialect.js';
import { spanIn, withField } from './json-text.js';
import { openAIChat } from './openai-chat.js';
import { openAIResponses } from './openai-responses.js';
import { type Mark, promptCachingOf } from './prompt-caching.js';

const anthropic = promptCachingOf(anthropicMessages);
if (!anthropic?.mark) throw new Error('Expected marks for Anthropic, got none.');
const { mark } = anthropic;

const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text: fc.string() }),
  fc.record({ type: fc.constant('image'), source: fc.jsonValue() }),
  fc.record({ type: fc.constant('tool_result'), content: fc.jsonValue() }),
  fc.record({ type: fc.constant('thinking'), thinking: fc.string() }),
  fc.jsonValue(),
);
const content = fc.oneof(fc.string(), fc.array(block, { maxLength: 4 }), fc.jsonValue());
const request = fc.record(
  {
    model: fc.string(),
    system: content,
    tools: fc.oneof(fc.array(fc.oneof(fc.record({ name: fc.string() }), fc.jsonValue())), fc.jsonValue()),
    messages: fc.oneof(
      fc.array(fc.oneof(fc.record({ role: fc.constantFrom('user', 'assistant'), content }), fc.jsonValue())),
      fc.jsonValue(),
    ),
    input: content,
    instructions: fc.oneof(fc.string(), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

/** Without marks, and with text that stands alone written as the list that it is short for. */
function plain(value: unknown, field = ''): unknown {
  if (typeof value === 'string' && (field === 'system' || field === 'content')) return [{ type: 'text', text: value }];
  if (Array.isArray(value)) return value.map((each) => plain(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (name === 'cache_control' ? [] : [[name, plain(inner, name)]])),
  );
}

describe('marks', () => {
  it('change nothing of a request but themselves, as object and as text, wherever they may stand', () => {
    fc.assert(
      fc.property(request, fc.constantFrom(0, 1, '\t'), fc.constantFrom('', '\uFEFF'), (body, indent, start) => {
        const json = JSON.parse(JSON.stringify(body)) as JsonObject; // as a server reads it
        const prompt = anthropic.read(json);
        if (!prompt || anthropic.isSteered(json)) return;
        const places = prompt.blocks.filter(({ canEnd }) => canEnd);
        const marks = places.slice(0, 4).map(({ path }, index): Mark => ({ path, ttl: index < 1 ? '1h' : '5m' }));
        const bodyText = start + JSON.stringify(json, undefined, indent);
        const changed = mark(json, bodyText, marks);
        expect(changed).toBeDefined();
        const read: unknown = JSON.parse(changed?.bodyText.slice(start.length) ?? '');
        expect(read).toEqual(changed?.body);
        expect(plain(read)).toEqual(plain(json));
        expect(
          (JSON.stringify(read).match(/"cache_control":\{"type":"ephemeral"/g) ?? []).length,
        ).toBeGreaterThanOrEqual(marks.length);
        if (marks.length > 0) expect(anthropic.isSteered(changed?.body ?? {})).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never fail on any JSON, nor does a key', () => {
    const all = [anthropicMessages, openAIChat, openAIResponses].map((dialect) => promptCachingOf(dialect));
    fc.assert(
      fc.property(fc.oneof(request, fc.dictionary(fc.string(), fc.jsonValue())), (body) => {
        const json = JSON.parse(JSON.stringify(body)) as JsonObject; // as a server reads it
        for (const caching of all) {
          caching?.read(json);
          if (caching?.isSteered(json) !== false) continue;
          const keyed = caching.withKey?.(json, JSON.stringify(json), 'farthing-1');
          if (keyed) expect(JSON.parse(keyed.bodyText)).toEqual({ ...json, prompt_cache_key: 'farthing-1' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are not for thinking, for empty text, or for tools that are looked up', () => {
    const prompt = anthropic.read({
      tools: [{ name: 'a' }, { name: 'b', defer_loading: true }, { type: 'web_search_20250305' }],
      system: ' ',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'thinking', thinking: 'b' },
          ],
        },
        { role: 'assistant', content: 'go on' },
      ],
    });
    expect(prompt?.blocks.map(({ canEnd }) => canEnd)).toEqual([true, false, false, false, true, false, true]);
    // What the answer shall begin with is no turn that the next one begins with.
    expect(prompt?.lastTurn).toBe(4);
  });

  it('tell the caller’s own from a text that speaks of them', () => {
    const marked = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } };
    const bodies: JsonObject[] = [
      { cache_control: { type: 'ephemeral' }, messages: [] },
      { system: [marked], messages: [] },
      { tools: [{ name: 'a', cache_control: { type: 'ephemeral' } }], messages: [] },
      { messages: [{ role: 'user', content: [{ type: 'tool_result', content: [marked] }] }] },
      { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'content', content: [marked] } }] }] },
      { messages: [{ role: 'user', content: '"cache_control"' }] },
      { tools: [{ name: 'a', input_schema: { properties: { cache_control: {} } } }], messages: [] },
    ];
    expect(bodies.map((body) => anthropic.isSteered(body))).toEqual([true, true, true, true, true, false, false]);
  });

  it('take a file for as large as it may be, and its text for what it is', () => {
    const sizeOf = (source: unknown) => {
      const prompt = anthropic.read({
        messages: [{ role: 'user', content: [{ type: 'document', title: 'Bell', source }] }],
      });
      expect(prompt?.hasFiles).toBe(true);
      const [only] = prompt?.blocks ?? [];
      return { text: only?.text.trim().split(/\s+/), isLarge: (only?.moreTokens ?? 0) >= 50_000 };
    };
    const pages = 'JVBERi0x'.repeat(10_000);
    expect(sizeOf({ type: 'base64', media_type: 'application/pdf', data: pages })).toEqual({
      text: ['Bell'],
      isLarge: true,
    });
    expect(sizeOf({ type: 'url', url: 'https://a.example/b.pdf' })).toEqual({ text: ['Bell'], isLarge: true });
    expect(sizeOf({ type: 'file', file_id: 'file_1' })).toEqual({ text: ['Bell'], isLarge: true });
    const text = { type: 'text', media_type: 'text/plain', data: 'rings twice' };
    expect(sizeOf(text)).toEqual({ text: ['Bell', 'rings', 'twice'], isLarge: false });
    const content = [
      { type: 'text', text: 'rings' },
      { type: 'text', text: 'twice' },
    ];
    expect(sizeOf({ type: 'content', content })).toEqual({ text: ['Bell', 'rings', 'twice'], isLarge: false });
    expect(anthropic.read({ messages: [{ role: 'user', content: 'Bell' }] })?.hasFiles).toBe(false);
  });

  it('know the same prompt whether its text stands alone or in a list', () => {
    const contents = (system: unknown): unknown =>
      anthropic.read({ system, messages: [] })?.blocks.map((each) => each.content);
    expect(contents('Be kind.')).toEqual(contents([{ type: 'text', text: 'Be kind.' }]));
    expect(contents('Be kind.')).not.toEqual(contents([{ type: 'text', text: 'Be kind.', citations: null }]));
  });
});

describe('a span in JSON', () => {
  it('is where the value is, of a field that is named twice the last', () => {
    const text = '{ "a" : [1, {"b\\"": "x,]}\\\\" , "c":null}], "a":[true ,{"c" :\n-1.5e3}] }';
    const span = spanIn(text, ['a', 1, 'c']);
    expect(text.slice(span?.start, span?.end)).toBe('-1.5e3');
    expect(spanIn(text, ['a', 2])).toBeUndefined();
    expect(spanIn(text, ['b'])).toBeUndefined();
  });

  it('holds for any path of any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, undefined, 1);
        const visit = (at: unknown, path: readonly (string | number)[]): void => {
          const span = spanIn(text, path);
          expect(JSON.parse(text.slice(span?.start, span?.end))).toEqual(at);
          if (Array.isArray(at)) for (const [index, each] of at.entries()) visit(each, [...path, index]);
          else if (typeof at === 'object' && at !== null)
            for (const [name, each] of Object.entries(at)) visit(each, [...path, name]);
        };
        visit(JSON.parse(text), []);
      }),
    );
  });

  it('takes a field into an object that is empty, and into one that is not', () => {
    expect(withField('{ }', 'a', '1')).toBe('{ "a":1}');
    expect(withField('{"b":{}}\n', 'a', '1')).toBe('{"b":{},"a":1}\n');
  });
});
