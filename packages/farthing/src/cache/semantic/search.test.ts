import { expect, it } from 'vitest';
import type { Embedder } from '../embedder.js';
import { createEntryStore, type EntryStore } from './entry-store.js';
import { createSearch, type Search } from './search.js';

/** A store of questions, by their cosine to whatever is asked. */
function searchOver(places: Readonly<Record<string, number>>): { readonly store: EntryStore; readonly search: Search } {
  const store = createEntryStore({ dimensions: 2, maxEntries: 100, maxBytes: 1e9, now: () => 0, warn: () => {} });
  const vectorOf = (text: string): Float32Array => {
    const angle = Math.acos(places[text] ?? 1);
    return Float32Array.of(Math.cos(angle), Math.sin(angle));
  };
  const embedder: Embedder = { id: 'circle', dimensions: 2, threshold: 0.6, embed: () => Promise.reject(new Error()) };
  const search = createSearch(
    store,
    { of: async (text) => ({ vector: vectorOf(text), readLength: text.length }) },
    embedder,
  );
  for (const question of Object.keys(places))
    store.add({
      id: question,
      context: 'context',
      question,
      readLength: question.length,
      vector: vectorOf(question),
      createdAtMs: 0,
      expiresAtMs: 1,
      body: { kind: 'json', text: '{}' },
      status: 200,
      headers: [],
      cost: undefined,
      model: undefined,
      tags: {},
      cacheTags: [],
    });
  return { store, search };
}

const asked = { text: 'How do I cancel my order?', context: 'context' };

it('gives the question that fits, although another one is nearer', async () => {
  const { search } = searchOver({ 'How do I cancel order 1234?': 0.97, 'How can I cancel my order': 0.9 });
  const { best, read } = await search.nearest(asked);
  expect(best?.entry.question).toBe('How can I cancel my order');
  expect(best?.weighed.score).toBeGreaterThan(0.9);
  expect(read?.original).toBe(asked.text);
});

it('gives the nearest, with what keeps it from serving, where none fits', async () => {
  const { search } = searchOver({ 'How do I cancel order 1234?': 0.5, 'Who wrote Faust?': 0.4, 'Where is Rome?': 0.1 });
  const { best } = await search.nearest(asked);
  expect(best?.entry.question).toBe('How do I cancel order 1234?');
  expect(best?.weighed).toMatchObject({ score: 0, comparison: { verdict: 'different' } });
  expect((await search.all(asked)).map(({ entry }) => entry.question)).toHaveLength(3);
});

it('reads nothing where nothing is stored', async () => {
  const { search } = searchOver({ 'How can I cancel my order': 0.9 });
  expect(await search.nearest({ ...asked, context: 'another' })).toMatchObject({ read: undefined, best: undefined });
});

it('compares with what took an entry’s place, and not with what was read before', async () => {
  const { store, search } = searchOver({ 'How can I cancel my order': 0.9 });
  const [first] = await search.all(asked);
  if (!first) throw new Error('Expected one candidate, got none.');
  const { bytes: _, ...entry } = first.entry;
  store.add({ ...entry, question: 'How can I not cancel my order' });
  expect((await search.nearest(asked)).best?.weighed.score).toBe(0);
});
