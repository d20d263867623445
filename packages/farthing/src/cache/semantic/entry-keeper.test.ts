import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createWarn } from '../../warnings.js';
import { createEntryStore, type EntryStore, type EntryStoreOptions } from './entry-store.js';
import { randomUnit } from './random-vectors.test-kit.js';
import { sampleDimensions, sampleEntry } from './sample-entries.test-kit.js';

const folder = fs.mkdtempSync(join(tmpdir(), 'farthing-semantic-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const emptyDir = (): string => fs.mkdtempSync(join(folder, 'dir-'));
const logOf = (dir: string): string => join(dir, 'entries.log');
const filesOf = (dir: string): string[] => fs.readdirSync(dir).sort();
const contentOf = (dir: string): string =>
  filesOf(dir)
    .map((name) => fs.readFileSync(join(dir, name), 'latin1'))
    .join('');

interface Opened {
  readonly store: EntryStore;
  readonly warnings: string[];
}

interface Changes extends Partial<Omit<EntryStoreOptions, 'persist'>> {
  readonly embedder?: string;
  readonly flushMs?: number;
  readonly retryMs?: number;
}

async function open(dir: string, changes: Changes = {}): Promise<Opened> {
  const { embedder = 'model@1', flushMs = 5, retryMs = 20, ...rest } = changes;
  const warnings: string[] = [];
  const store = createEntryStore({
    dimensions: sampleDimensions,
    maxEntries: 1000,
    maxBytes: 1e9,
    now: () => 0,
    warn: createWarn(({ message }) => warnings.push(message)),
    persist: { dir, embedder, flushMs, retryMs },
    ...rest,
  });
  await store.ready;
  return { store, warnings };
}

const numbersIn = (store: EntryStore): number[] =>
  store
    .nearest('context', randomUnit(sampleDimensions, 1), 1000)
    .map(({ entry }) => Number(entry.id.slice(6)))
    .sort((a, b) => a - b);

/** What a store finds that opens the directory next. */
async function found(dir: string, changes: Changes = {}): Promise<{ numbers: number[]; warnings: string[] }> {
  const { store, warnings } = await open(dir, changes);
  const numbers = numbersIn(store);
  await store.close();
  return { numbers, warnings };
}

async function fill(dir: string, numbers: readonly number[], changes: Changes = {}): Promise<void> {
  const { store } = await open(dir, changes);
  for (const number of numbers) store.add(sampleEntry(number));
  await store.close();
}

/** Lets the appends of files fail, all of them or for as long as `fails` says. */
async function breakDisk(fails: () => boolean = () => true, code = 'ENOSPC'): Promise<void> {
  const handle = await fs.promises.open(join(emptyDir(), 'any'), 'w');
  const prototype: { appendFile: (data: unknown) => Promise<void> } = Object.getPrototypeOf(handle);
  await handle.close();
  const real = prototype.appendFile;
  vi.spyOn(prototype, 'appendFile').mockImplementation(async function (this: fs.promises.FileHandle, data) {
    if (!fails()) return real.call(this, data);
    await real.call(this, (data as Buffer).subarray(0, 20)); // the log writes buffers
    throw Object.assign(new Error(`${code}: a fault`), { code });
  });
}

describe('a store that is opened again', () => {
  it('finds every entry as it was, to the bit', async () => {
    const dir = join(emptyDir(), 'made', 'here');
    const { store } = await open(dir);
    const added = [1, 2, 3].map((number) => store.add(sampleEntry(number)));
    await store.evict('entry-2');
    await store.close();
    const { store: next, warnings } = await open(dir);
    expect(next.get('entry-1')).toEqual(added[0]);
    expect(next.get('entry-2')).toBeUndefined();
    expect(next.get('entry-3')).toEqual(added[2]);
    expect(next.bytes).toBe((added[0]?.bytes ?? 0) + (added[2]?.bytes ?? 0));
    expect(warnings).toEqual([]);
    await next.close();
    if (process.platform !== 'win32') {
      expect(fs.statSync(logOf(dir)).mode & 0o777).toBe(0o600);
      expect(fs.statSync(dir).mode & 0o777).toBe(0o700);
    }
    expect(filesOf(dir)).toEqual(['entries.log']);
  });

  it('finds nothing whose time is over, and nothing past its bounds', async () => {
    const dir = emptyDir();
    const { store } = await open(dir);
    store.add(sampleEntry(1, { expiresAtMs: 50 }));
    for (const number of [2, 3, 4, 5]) store.add(sampleEntry(number));
    store.touch('entry-2');
    await store.close();
    expect((await found(dir, { now: () => 50, maxEntries: 3 })).numbers).toEqual([3, 4, 5]);
  });

  it('writes within a moment, without being closed', async () => {
    const dir = emptyDir();
    const { store } = await open(dir, { flushMs: 5 });
    store.add(sampleEntry(1));
    expect(contentOf(dir)).not.toContain('secret-1');
    await vi.waitFor(() => expect(contentOf(dir)).toContain('secret-1'));
    await store.close();
  });

  it('begins a new snapshot when the log has grown past the last one', async () => {
    const dir = emptyDir();
    const { store } = await open(dir);
    const text = 'x'.repeat(1 << 20);
    for (let round = 0; round < 8; round++) {
      for (const number of [1, 2, 3]) store.add(sampleEntry(number, { body: { kind: 'json', text } }));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await store.close();
    expect(fs.statSync(logOf(dir)).size).toBeLessThan(12 * text.length);
    expect(await found(dir)).toEqual({ numbers: [1, 2, 3], warnings: [] });
  });

  it('keeps the order of use in a snapshot', async () => {
    const dir = emptyDir();
    const { store } = await open(dir);
    for (const number of [1, 2, 3]) store.add(sampleEntry(number));
    store.touch('entry-1');
    await store.remove(() => false);
    await store.close();
    expect((await found(dir, { maxEntries: 2 })).numbers).toEqual([1, 3]);
  });
});

describe('a log that holds what no store takes', () => {
  it.each<[string, (entry: { vector: Float32Array; tags: unknown }) => void]>([
    ['a vector that is no unit vector', ({ vector }) => vector.fill(0.9)],
    ['tags that are none', (entry) => Object.assign(entry, { tags: null })],
  ])('is set aside, and the directory stays locked: %s', async (_, spoil) => {
    const dir = emptyDir();
    const { store } = await open(dir);
    spoil(store.add(sampleEntry(1)));
    await store.close();
    const { store: next, warnings } = await open(dir);
    expect(warnings.join()).toMatch(/begins anew.*set-aside-1/);
    next.add(sampleEntry(2));
    expect(await next.remove(({ tags }) => tags['tenant'] === 'nobody', 'log')).toBe(0);
    expect((await found(dir)).warnings.join()).toMatch(/has it open/);
    await next.close();
    expect((await found(dir)).numbers).toEqual([2]);
  });
});

describe('a log that was cut', () => {
  it('at any byte after its snapshot gives exactly what was written whole', async () => {
    const dir = emptyDir();
    await fill(dir, []);
    const empty = fs.statSync(logOf(dir)).size;
    const ends: number[] = [];
    for (const number of [1, 2, 3]) {
      await fill(dir, [number]);
      ends.push(fs.statSync(logOf(dir)).size);
    }
    const { store } = await open(dir);
    await store.evict('entry-1');
    await store.close();
    const whole = fs.readFileSync(logOf(dir));
    for (let bytes = empty; bytes <= whole.length; bytes++) {
      fs.writeFileSync(logOf(dir), whole.subarray(0, bytes));
      const expected = [1, 2, 3].filter((_, index) => (ends[index] ?? 0) <= bytes);
      const { numbers, warnings } = await found(dir);
      expect(numbers, `cut at ${bytes}`).toEqual(bytes === whole.length ? [2, 3] : expected);
      expect(warnings).toEqual([]);
      // And it goes on from there.
      if (bytes % 50 === 0) {
        await fill(dir, [4]);
        expect((await found(dir)).numbers).toContain(4);
      }
    }
    expect(filesOf(dir)).toEqual(['entries.log']);
  }, 60_000);

  it('at any byte within its snapshot is set aside, with what followed', async () => {
    const source = emptyDir();
    await fill(source, [1, 2]);
    const { store } = await open(source);
    await store.remove(() => false);
    await store.close();
    const whole = fs.readFileSync(logOf(source));
    for (let bytes = 0; bytes < whole.length; bytes += 7) {
      const dir = emptyDir();
      fs.writeFileSync(logOf(dir), whole.subarray(0, bytes));
      const { numbers, warnings } = await found(dir);
      expect(numbers, `cut at ${bytes}`).toEqual([]);
      expect(warnings).toHaveLength(1);
      expect(filesOf(dir)).toEqual(['entries.log', 'entries.log.set-aside-1']);
    }
  }, 60_000);

  it('is taken as cut where a power cut left zeros', async () => {
    const dir = emptyDir();
    await fill(dir, [1]);
    fs.appendFileSync(logOf(dir), Buffer.alloc(5000));
    expect(await found(dir)).toEqual({ numbers: [1], warnings: [] });
  });
});

describe('a file that is not what was written here', () => {
  it('is set aside where any one byte is another, and nothing of it is served', async () => {
    const source = emptyDir();
    await fill(source, [1, 2]);
    await fill(source, [3]);
    const whole = fs.readFileSync(logOf(source));
    const last = whole.lastIndexOf('entry-3') - 100;
    for (let at = 0; at < last; at += 13) {
      const dir = emptyDir();
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x41, at);
      fs.writeFileSync(logOf(dir), changed);
      const { numbers, warnings } = await found(dir);
      expect(numbers, `changed at ${at}`).toEqual([]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).not.toContain('secret');
      expect(fs.readFileSync(`${logOf(dir)}.set-aside-1`).equals(changed)).toBe(true);
    }
  }, 60_000);

  it.each([
    ['another embedder', { embedder: 'model@2' }, /"model@2".*got .*"model@1"/],
    ['other dimensions', { dimensions: sampleDimensions * 2 }, /"dimensions":16.*got .*"dimensions":8/],
  ])('is set aside when it is of %s, and the next one beside it', async (_, changes, message) => {
    const dir = emptyDir();
    await fill(dir, [1]);
    const first = await open(dir, changes);
    expect(first.store.size).toBe(0);
    expect(first.warnings).toHaveLength(1);
    expect(first.warnings[0]).toMatch(message);
    await first.store.close();
    expect((await found(dir)).numbers).toEqual([]);
    expect(filesOf(dir)).toEqual(['entries.log', 'entries.log.set-aside-1', 'entries.log.set-aside-2']);
  });

  it('is set aside when it is no log at all', async () => {
    const dir = emptyDir();
    fs.writeFileSync(logOf(dir), '{"some":"json"}\n'.repeat(1000));
    expect((await found(dir)).warnings).toHaveLength(1);
    await fill(dir, [1]);
    expect((await found(dir)).numbers).toEqual([1]);
  });

  it('does not keep what a killed process had begun', async () => {
    const dir = emptyDir();
    await fill(dir, [1]);
    fs.writeFileSync(`${logOf(dir)}.draft`, 'half a snapshot');
    expect((await found(dir)).numbers).toEqual([1]);
    expect(filesOf(dir)).toEqual(['entries.log']);
  });
});

describe('forgetting', () => {
  it('leaves no byte of what was forgotten, evicted, replaced or set aside', async () => {
    const dir = emptyDir();
    await fill(dir, [1, 2, 3, 4, 5, 6], { embedder: 'old' });
    await fill(dir, [1, 2, 3, 4, 5, 6]);
    const { store } = await open(dir);
    store.add(sampleEntry(9));
    expect(contentOf(dir)).toMatch(/secret-1/);
    expect(await store.remove(({ tags }) => tags['tenant'] === 'tenant-0')).toBe(3);
    const left = contentOf(dir);
    for (const number of [3, 6, 9]) {
      expect(left).not.toContain(`secret-${number}`);
      expect(left).not.toContain(`question ${number}`);
    }
    expect(left).toContain('secret-1');
    expect(filesOf(dir).filter((name) => !name.startsWith('lock'))).toEqual(['entries.log']);
    await store.close();
    expect((await found(dir)).numbers).toEqual([1, 2, 4, 5]);
  });

  it('reaches what had already made room in memory', async () => {
    const dir = emptyDir();
    const { store } = await open(dir, { maxEntries: 1 });
    store.add(sampleEntry(1));
    store.add(sampleEntry(2));
    expect(await store.remove(({ id }) => id === 'entry-1')).toBe(0);
    expect(contentOf(dir)).not.toContain('secret-1');
    await store.close();
  });

  it('counts for what is asked for while a snapshot is being written', async () => {
    const dir = emptyDir();
    const { store } = await open(dir);
    for (let number = 0; number < 500; number++) store.add(sampleEntry(number));
    const first = store.remove(({ id }) => id === 'entry-1');
    await new Promise((resolve) => setTimeout(resolve, 3));
    await Promise.all([store.remove(({ id }) => id === 'entry-2'), store.remove(({ id }) => id === 'entry-499')]);
    expect(contentOf(dir)).not.toMatch(/secret-(1|2|499)-/);
    await first;
    await store.close();
    expect((await found(dir)).numbers).toHaveLength(497);
  });

  it('is remembered for a directory that could not be opened yet', async () => {
    const dir = emptyDir();
    const first = await open(dir);
    for (const number of [1, 2, 3]) first.store.add(sampleEntry(number));
    const second = await open(dir);
    await expect(second.store.remove(({ id }) => id === 'entry-1')).rejects.toThrow(/may still be there/);
    await second.store.evict('entry-2');
    second.store.add(sampleEntry(4));
    await first.store.close();
    await vi.waitFor(() => expect(numbersIn(second.store)).toEqual([3, 4]), { timeout: 5000 });
    await second.store.close();
    expect(contentOf(dir)).not.toMatch(/secret-[12]-/);
    expect((await found(dir)).numbers).toEqual([3, 4]);
  });

  it('counts for what has not been read yet', async () => {
    const dir = emptyDir();
    await fill(dir, [1, 2]);
    const early = createEntryStore({
      dimensions: sampleDimensions,
      maxEntries: 10,
      maxBytes: 1e9,
      now: () => 0,
      warn: () => {},
      persist: { dir, embedder: 'model@1' },
    });
    await early.evict('entry-1');
    expect(numbersIn(early)).toEqual([2]);
    await early.close();
    expect((await found(dir)).numbers).toEqual([2]);
  });

  it('by eviction, too', async () => {
    const dir = emptyDir();
    const first = await open(dir);
    for (const number of [1, 2]) first.store.add(sampleEntry(number));
    const second = await open(dir);
    await second.store.evict('entry-1');
    await first.store.close();
    await vi.waitFor(() => expect(numbersIn(second.store)).toEqual([2]), { timeout: 5000 });
    await second.store.close();
    expect((await found(dir)).numbers).toEqual([2]);
  });

  it('begins one new file, and goes on in that', async () => {
    const dir = emptyDir();
    await fill(dir, [1, 2]);
    const { store } = await open(dir);
    const file = (): number => fs.statSync(logOf(dir)).ino;
    const before = file();
    await store.remove(({ id }) => id === 'entry-1');
    const after = file();
    expect(after).not.toBe(before);
    store.add(sampleEntry(3));
    await store.evict('entry-2');
    expect(file()).toBe(after);
    await store.close();
    expect((await found(dir)).numbers).toEqual([3]);
  });

  it('takes the whole file where the disk is full', async () => {
    const dir = emptyDir();
    await fill(dir, [1, 2]);
    const { store } = await open(dir, { retryMs: 10_000 });
    await breakDisk();
    expect(await store.remove(({ id }) => id === 'entry-1')).toBe(1);
    expect(contentOf(dir)).not.toContain('secret');
    expect(numbersIn(store)).toEqual([2]);
    vi.restoreAllMocks();
    await store.close();
    expect((await found(dir)).numbers).toEqual([2]);
  });

  it('says so where the disk takes no change at all', async () => {
    const dir = emptyDir();
    await fill(dir, [1, 2]);
    const { store } = await open(dir, { retryMs: 10_000 });
    await breakDisk(() => true, 'EROFS');
    vi.spyOn(fs.promises, 'rm').mockRejectedValue(Object.assign(new Error('EROFS'), { code: 'EROFS' }));
    await expect(store.evict('entry-1')).rejects.toThrow(/may still be there/);
    expect(numbersIn(store)).toEqual([2]);
    vi.restoreAllMocks();
    // The next turn makes up for it.
    await store.evict('entry-none');
    expect(contentOf(dir)).not.toContain('secret-1');
    await store.close();
  });
});

describe('a disk that fails', () => {
  it('costs nothing in memory, is told once, and is made good when it works again', async () => {
    const dir = emptyDir();
    await fill(dir, [1]);
    const { store, warnings } = await open(dir);
    let full = true;
    await breakDisk(() => full);
    for (let number = 2; number < 10; number++) {
      store.add(sampleEntry(number));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/in memory alone.*ENOSPC/);
    expect(numbersIn(store)).toHaveLength(9);
    // A process that dies now leaves what was whole.
    const copy = emptyDir();
    fs.copyFileSync(logOf(dir), logOf(copy));
    expect(await found(copy)).toMatchObject({ numbers: [1], warnings: [] });
    full = false;
    await vi.waitFor(() => expect(contentOf(dir)).toContain('secret-9'), { timeout: 5000 });
    store.add(sampleEntry(20));
    await store.close();
    expect((await found(dir)).numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 20]);
    expect(filesOf(dir)).toEqual(['entries.log']);
  });

  it.each(['rename', 'rm', 'open'] as const)('goes on where a snapshot fails at %s', async (step) => {
    const dir = emptyDir();
    await fill(dir, [1, 2]);
    const { store, warnings } = await open(dir);
    const spy = vi.spyOn(fs.promises, step).mockRejectedValueOnce(Object.assign(new Error('EIO'), { code: 'EIO' }));
    await store.remove(({ id }) => id === 'entry-1');
    spy.mockRestore();
    expect(contentOf(dir)).not.toContain('secret-1');
    store.add(sampleEntry(3));
    await vi.waitFor(() => expect(contentOf(dir)).toContain('secret-3'), { timeout: 5000 });
    await store.close();
    expect((await found(dir)).numbers).toEqual([2, 3]);
    expect(warnings).toHaveLength(1);
  });

  it('that can not be written from the start is a store in memory, and becomes one on the disk', async () => {
    const parent = emptyDir();
    const dir = join(parent, 'taken');
    fs.writeFileSync(dir, 'a file, where a directory should be');
    const { store, warnings } = await open(dir);
    store.add(sampleEntry(1));
    expect(numbersIn(store)).toEqual([1]);
    expect(warnings).toHaveLength(1);
    fs.rmSync(dir);
    await vi.waitFor(() => expect(contentOf(dir)).toContain('secret-1'), { timeout: 5000 });
    await store.close();
    expect((await found(dir)).numbers).toEqual([1]);
  });
});

it('leaves a directory to the process that has it, and takes it over, warm, when that one ends', async () => {
  const dir = emptyDir();
  const first = await open(dir);
  first.store.add(sampleEntry(1));
  const second = await open(dir);
  expect(second.warnings).toHaveLength(1);
  expect(second.warnings[0]).toMatch(/in memory alone.*another process/);
  second.store.add(sampleEntry(2));
  await first.store.close();
  await vi.waitFor(() => expect(numbersIn(second.store)).toEqual([1, 2]), { timeout: 5000 });
  await second.store.close();
  expect((await found(dir)).numbers).toEqual([1, 2]);
});

it('writes nothing without being told where', async () => {
  const write = vi.spyOn(fs.promises, 'open');
  const store = createEntryStore({
    dimensions: sampleDimensions,
    maxEntries: 10,
    maxBytes: 1e9,
    now: () => 0,
    warn: () => {},
  });
  store.add(sampleEntry(1));
  await store.remove(() => true);
  await store.close();
  expect(write).not.toHaveBeenCalled();
});
