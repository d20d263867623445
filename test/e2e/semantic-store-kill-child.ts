/** Adds and evicts entries until it is killed, and says which it had added and evicted, line by line. */
import { writeSync } from 'node:fs';
import { createEntryStore } from '../../packages/farthing/src/cache/semantic/entry-store.js';
import { sampleDimensions, sampleEntry } from '../../packages/farthing/src/cache/semantic/sample-entries.test-kit.js';

const dir = process.argv[2] ?? '';
const run = Number(process.argv[3]);
const store = createEntryStore({
  dimensions: sampleDimensions,
  maxEntries: 500,
  maxBytes: 1e9,
  now: Date.now,
  warn: (_, message) => writeSync(1, `warning ${message}\n`),
  persist: { dir, embedder: 'sample', flushMs: 2 },
});
await store.ready;
writeSync(1, 'open\n');
for (let serial = 0; ; serial++) {
  const number = run * 1_000_000 + serial;
  // Large enough for a few new snapshots in each life.
  const body = { kind: 'json', text: `${number} `.repeat(4000) } as const;
  store.add(sampleEntry(number, { body, createdAtMs: Date.now(), expiresAtMs: Date.now() + 3_600_000 }));
  writeSync(1, `added entry-${number}\n`);
  if (serial % 10 === 9) {
    await store.evict(`entry-${number - 5}`);
    writeSync(1, `evicted entry-${number - 5}\n`);
  }
  if (serial % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
