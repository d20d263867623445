import { describe, expect, it } from 'vitest';
import { canonical } from '../cache/canonical.js';
import { anthropicMessages } from './anthropic-messages.js';
import type { Dialect, JsonObject } from './dialect.js';
import { openAIChat } from './openai-chat.js';
import { openAIEmbeddings } from './openai-embeddings.js';
import { openAIResponses } from './openai-responses.js';

const user = (content: unknown): JsonObject => ({ role: 'user', content });
const system: JsonObject = { role: 'system', content: 'It is 10:04. Be brief.' };
const withoutTime = (text: string): string => text.replace(/It is [\d:]+\. /, '');

/** The same conversation in each dialect that has turns. */
const dialects: readonly (readonly [string, Dialect, (turns: readonly JsonObject[]) => JsonObject, string])[] = [
  ['chat', openAIChat, (turns) => ({ model: 'm', messages: [system, ...turns] }), 'text'],
  [
    'Responses',
    openAIResponses,
    (turns) => ({ model: 'm', instructions: system['content'], input: turns }),
    'input_text',
  ],
  ['Anthropic', anthropicMessages, (turns) => ({ model: 'm', system: system['content'], messages: turns }), 'text'],
];

describe.each(dialects)('the last turn of %s', (_, dialect, body, type) => {
  const turnOf = (turns: readonly JsonObject[]) => dialect.lastTurn(body(turns));
  const restOf = (turns: readonly JsonObject[]): string => canonical(turnOf(turns)?.rest);

  it('is what is asked last, and no part of the rest', () => {
    expect(turnOf([user('Where is my order?')])?.text).toBe('Where is my order?');
    expect(restOf([user('Where is my order?')])).toBe(restOf([user('When does it come?')]));
    expect(restOf([user('Where is my order?')])).not.toContain('order');
  });

  it('leaves earlier turns, other parts and every field in the rest', () => {
    const earlier = [user('I ordered a bell.'), { role: 'assistant', content: 'Yes?' }];
    expect(restOf([...earlier, user('Where is it?')])).not.toBe(restOf([user('Where is it?')]));
    const parts = (image: string): JsonObject =>
      user([
        { type: 'image', url: image },
        { type, text: 'What is this?' },
      ]);
    expect(turnOf([parts('a')])?.text).toBe('What is this?');
    expect(restOf([parts('a')])).not.toBe(restOf([parts('b')]));
    const warm = dialect.lastTurn({ ...body([user('Hi')]), temperature: 1 });
    expect(canonical(warm?.rest)).not.toBe(restOf([user('Hi')]));
  });

  it('takes the last of several texts for the question', () => {
    const asked = user([
      { type, text: 'Document' },
      { type, text: 'Who wrote it?' },
    ]);
    expect(turnOf([asked])?.text).toBe('Who wrote it?');
    expect(restOf([asked])).toContain('Document');
  });

  it('is none where the user did not speak last, or not in words', () => {
    expect(turnOf([user('Hi'), { role: 'assistant', content: 'Hello' }])).toBeUndefined();
    expect(turnOf([user([{ type: 'image', url: 'a' }])])).toBeUndefined();
    expect(turnOf([])).toBeUndefined();
    expect(dialect.lastTurn({ model: 'm' })).toBeUndefined();
  });

  it('rewrites the system prompt where that is asked for', () => {
    const later = { ...system, content: 'It is 11:30. Be brief.' };
    const at = (clock: JsonObject): JsonObject =>
      JSON.parse(JSON.stringify(body([user('Hi')])).replace(String(system['content']), String(clock['content'])));
    const keyOf = (asked: JsonObject, rewrite?: (text: string) => string): string =>
      canonical(dialect.lastTurn(asked, rewrite)?.rest);
    expect(keyOf(at(later))).not.toBe(keyOf(at(system)));
    expect(keyOf(at(later), withoutTime)).toBe(keyOf(at(system), withoutTime));
  });
});

it('reads a Responses input that is one text', () => {
  expect(openAIResponses.lastTurn({ model: 'm', input: 'Hi' })).toMatchObject({ text: 'Hi', rest: { input: '' } });
});

it('is none of embeddings', () => {
  expect(openAIEmbeddings.lastTurn({ model: 'm', input: 'Hi' })).toBeUndefined();
});
