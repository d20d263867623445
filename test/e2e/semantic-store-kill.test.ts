import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createEntryStore } from '../../packages/farthing/src/cache/semantic/entry-store.js';
import { sampleDimensions, sampleEntry } from '../../packages/farthing/src/cache/semantic/sample-entries.test-kit.js';

const dir = mkdtempSync(join(tmpdir(), 'farthing-semantic-kill-'));
afterAll(() => rmSync(dir, { recursive: true }));
const child = fileURLToPath(new URL('semantic-store-kill-child.ts', import.meta.url));
const kills = 12;

/** Kills a child in the middle of its work; answers what it had said by then. */
async function killInTheMiddle(run: number): Promise<readonly string[]> {
  const started = spawn(process.execPath, ['--conditions=farthing-source', '--import', 'tsx', child, dir, `${run}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    createInterface({ input: started.stdout }).on('line', (line) => {
      lines.push(line);
      if (line === 'open') setTimeout(() => started.kill('SIGKILL'), 20 + Math.random() * 300);
    });
    started.on('close', () => resolve());
  });
  return lines;
}

it('survives kill -9 with what it had written, whole, and nothing that was evicted', async () => {
  const evicted = new Set<string>();
  let kept = 0;
  for (let run = 1; run <= kills; run++) {
    const lines = await killInTheMiddle(run);
    expect(lines[0]).toBe('open');
    expect(lines.filter((line) => line.startsWith('warning'))).toEqual([]);
    const idsOf = (kind: string): string[] =>
      lines.filter((line) => line.startsWith(kind)).map((line) => line.slice(kind.length + 1));
    for (const id of idsOf('evicted')) evicted.add(id);
    const added = idsOf('added');

    const warnings: string[] = [];
    const store = createEntryStore({
      dimensions: sampleDimensions,
      maxEntries: 500,
      maxBytes: 1e9,
      now: Date.now,
      warn: (_, message) => warnings.push(message),
      persist: { dir, embedder: 'sample' },
    });
    await store.ready;
    expect(warnings).toEqual([]);
    expect(readdirSync(dir).filter((name) => !name.startsWith('lock'))).toEqual(['entries.log']);
    for (const id of evicted) expect(store.get(id)).toBeUndefined();
    // An eviction that was answered has written all that came before it.
    const lastEviction = lines.findLastIndex((line) => line.startsWith('evicted'));
    const before = lines.slice(0, Math.max(0, lastEviction)).filter((line) => line.startsWith('added'));
    for (const line of before.slice(-300)) {
      const id = line.slice('added '.length);
      if (!evicted.has(id)) expect(store.get(id)?.id).toBe(id);
    }
    for (const id of added) {
      const entry = store.get(id);
      if (!entry) continue;
      kept++;
      const number = Number(id.slice('entry-'.length));
      expect(entry.body.text).toBe(`${number} `.repeat(4000));
      expect(entry.vector).toEqual(sampleEntry(number).vector);
    }
    await store.close();
  }
  expect(kept).toBeGreaterThan(kills);
  expect(evicted.size).toBeGreaterThan(0);
}, 120_000);
