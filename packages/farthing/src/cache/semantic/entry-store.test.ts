import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEntryStore, type EntryStore, type EntryStoreOptions } from './entry-store.js';
import { randomUnit } from './random-vectors.test-kit.js';
import { sampleDimensions, sampleEntry } from './sample-entries.test-kit.js';
import { bytesOf, type SemanticEntry } from './semantic-entry.js';

let clock = 0;
function storeOf(changes: Partial<EntryStoreOptions> = {}): EntryStore {
  clock = 0;
  return createEntryStore({
    dimensions: sampleDimensions,
    maxEntries: 100,
    maxBytes: 1e9,
    now: () => clock,
    warn: () => {},
    ...changes,
  });
}

const idsOf = (store: EntryStore, number: number, count = 100): string[] =>
  store.nearest('context', randomUnit(sampleDimensions, number), count).map(({ entry }) => entry.id);

it('is a plain list that was searched through, bounded, for as long as each entry lasts', async () => {
  const command = fc.record({
    what: fc.constantFrom('add', 'add', 'add', 'ask', 'touch', 'evict', 'remove', 'tick'),
    number: fc.nat(25),
    context: fc.constantFrom('a', 'b'),
    lifeMs: fc.nat(60),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 100 }), async (commands) => {
      const room = bytesOf(sampleEntry(25)) * 9;
      const store = storeOf({ maxEntries: 12, maxBytes: room });
      let model: SemanticEntry[] = [];
      for (const { what, number, context, lifeMs } of commands) {
        const id = `entry-${number}`;
        const isThere = model.some((entry) => entry.id === id);
        if (what === 'add') {
          const added = store.add(sampleEntry(number, { context, createdAtMs: clock, expiresAtMs: clock + lifeMs }));
          model = [...model.filter((entry) => entry.id !== id), added];
          while (model.length > 12 || model.reduce((sum, { bytes }) => sum + bytes, 0) > room) model.shift();
        } else if (what === 'touch') {
          store.touch(id);
          model = [...model.filter((entry) => entry.id !== id), ...model.filter((entry) => entry.id === id)];
        } else if (what === 'evict') {
          expect(await store.evict(id)).toBe(isThere);
          model = model.filter((entry) => entry.id !== id);
        } else if (what === 'remove') {
          const tenant = `tenant-${number % 3}`;
          const before = model.length;
          model = model.filter((entry) => entry.tags['tenant'] !== tenant);
          expect(await store.remove((entry) => entry.tags['tenant'] === tenant)).toBe(before - model.length);
        } else if (what === 'tick') clock += number;
        const found = store.nearest(context, randomUnit(sampleDimensions, number), 100);
        const alive = model.filter((entry) => entry.context === context && entry.expiresAtMs > clock);
        expect(found.map(({ entry }) => entry.id).sort()).toEqual(alive.map((entry) => entry.id).sort());
        // What was found stale is gone, and makes room no more.
        model = model.filter((entry) => entry.context !== context || entry.expiresAtMs > clock);
        expect(store.size).toBe(model.length);
        expect(store.bytes).toBe(model.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(store.get(id)?.id).toBe(model.find((entry) => entry.id === id && entry.expiresAtMs > clock)?.id);
      }
    }),
    { numRuns: 200 },
  );
});

it('serves an entry to the last millisecond of its time from creation, however often it served', () => {
  const store = storeOf();
  store.add(sampleEntry(1, { expiresAtMs: 100 }));
  for (clock = 0; clock < 100; clock += 9) {
    expect(idsOf(store, 1)).toEqual(['entry-1']);
    store.touch('entry-1');
  }
  clock = 99;
  expect(idsOf(store, 1)).toEqual(['entry-1']);
  clock = 100;
  expect(store.get('entry-1')).toBeUndefined();
  expect(idsOf(store, 1)).toEqual([]);
  expect(store.size).toBe(0);
});

it('does not let a stale entry hide the one behind it', () => {
  const store = storeOf();
  const vector = randomUnit(sampleDimensions, 7);
  for (let number = 0; number < 20; number++)
    store.add(sampleEntry(number, { vector, expiresAtMs: number === 19 ? 1000 : 10 }));
  clock = 10;
  expect(idsOf(store, 7, 1)).toEqual(['entry-19']);
});

it('finds what is left among thousands that are stale, and takes those out by and by', () => {
  const store = storeOf({ maxEntries: 3000 });
  const vector = randomUnit(sampleDimensions, 7);
  for (let number = 0; number < 3000; number++)
    store.add(sampleEntry(number, { vector, expiresAtMs: number === 1234 ? 1000 : 10 }));
  clock = 10;
  for (let round = 0; round < 20; round++) {
    expect(idsOf(store, 7, 5)).toEqual(['entry-1234']);
    expect(store.get('entry-7')).toBeUndefined();
  }
  expect(store.size).toBe(1);
});

it('refuses a vector that can be found by nothing, and loses nothing for it', () => {
  const store = storeOf({ maxEntries: 1 });
  store.add(sampleEntry(1));
  expect(() => store.add(sampleEntry(2, { vector: new Float32Array(sampleDimensions).fill(Number.NaN) }))).toThrow(
    /NaN/,
  );
  expect(() => store.add(sampleEntry(1, { vector: randomUnit(3, 1) }))).toThrow(/expected|Expected/);
  expect(idsOf(store, 1)).toEqual(['entry-1']);
});

it('does not keep what is larger than all its room, and not what it would have replaced either', () => {
  const store = storeOf({ maxBytes: 10_000 });
  store.add(sampleEntry(1));
  store.add(sampleEntry(2));
  store.add(sampleEntry(1, { body: { kind: 'json', text: 'x'.repeat(10_000) } }));
  expect(idsOf(store, 1)).toEqual(['entry-2']);
});
