import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { type FileLedgerOptions, openFileLedger } from './file-ledger.js';
import { encodeJournalLine } from './journal-line.js';
import type { Claim, Ledger } from './ledger.js';

const folder = fs.mkdtempSync(join(tmpdir(), 'farthing-file-ledger-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const emptyDir = (): string => fs.mkdtempSync(join(folder, 'dir-'));
const account: Claim = { account: 'a', limitNanoUsd: 10_000, window: { kind: 'fixed', startMs: 0, endMs: null } };
const envelope: Claim = { ...account, account: 'envelope', ephemeral: true };

async function spend(ledger: Ledger, id: string, cost: number): Promise<void> {
  await ledger.reserve({ id, claims: [account], amountNanoUsd: 100, ttlMs: 1000 });
  await ledger.settle(id, cost);
}

async function spentAfterReopening(options: FileLedgerOptions): Promise<number> {
  const ledger = await openFileLedger(options);
  const { spentNanoUsd } = await ledger.balance(account);
  await ledger.close();
  return spentNanoUsd;
}

/** Lets the next write of this length of a line through, and then finds the disk full. */
function fillDisk(bytes: number): void {
  const write = fs.writeSync;
  vi.spyOn(fs, 'writeSync').mockImplementationOnce((file, data) => {
    write(file, (data as unknown as Uint8Array).subarray(0, bytes)); // the journal writes buffers; the mock knows the overload for strings
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  });
}

describe('a file ledger whose disk is full', () => {
  it('rejects what it could not write, and counts as if it had never been asked', async () => {
    const dir = emptyDir();
    const ledger = await openFileLedger({ dir });
    await spend(ledger, 'x', 10);
    fillDisk(20);
    const request = { id: 'y', claims: [account], amountNanoUsd: 500, ttlMs: 1000 };
    await expect(ledger.reserve(request)).rejects.toThrow(
      /expected to append to .*, got ENOSPC.*free space on the disk/,
    );
    expect(await ledger.balance(account)).toMatchObject({ spentNanoUsd: 10, heldNanoUsd: 0 });
    expect(await ledger.reserve(request)).toMatchObject({ granted: true });
    fillDisk(20);
    await expect(ledger.settle('y', 7)).rejects.toThrow(/ENOSPC/);
    expect(await ledger.balance(account)).toMatchObject({ spentNanoUsd: 10, heldNanoUsd: 500 });
    expect(await ledger.settle('y', 7)).toMatchObject({ ended: true });
    await ledger.close();
    expect(await spentAfterReopening({ dir })).toBe(17);
  });

  it('cuts half a line off before the next one, if it could not at once', async () => {
    const dir = emptyDir();
    const ledger = await openFileLedger({ dir });
    await spend(ledger, 'x', 10);
    fillDisk(20);
    vi.spyOn(fs, 'ftruncateSync').mockImplementationOnce(() => {
      throw new Error('EIO: i/o error');
    });
    await expect(ledger.reserve({ id: 'y', claims: [account], amountNanoUsd: 5, ttlMs: 1 })).rejects.toThrow(/ENOSPC/);
    await spend(ledger, 'z', 3);
    await ledger.close();
    expect(await spentAfterReopening({ dir })).toBe(13);
  });

  it.each(['openSync', 'fsyncSync', 'renameSync', 'closeSync', 'rmSync'] as const)(
    'goes on where a new generation fails at %s',
    async (step) => {
      const dir = emptyDir();
      const options = { dir, maxJournalBytes: 2000 };
      const ledger = await openFileLedger(options);
      let failed = 0;
      const real: (...parameters: never[]) => unknown = fs[step];
      const spy = vi.spyOn(fs, step).mockImplementation(((...parameters: never[]) => {
        if (++failed % 2 === 1) throw new Error('EIO: i/o error');
        return real(...parameters);
      }) as never); // one stand-in for functions of several types
      for (let index = 0; index < 100; index++) await spend(ledger, `x${index}`, 1);
      spy.mockRestore();
      expect(failed).toBeGreaterThan(1);
      expect(await ledger.balance(account)).toMatchObject({ spentNanoUsd: 100, heldNanoUsd: 0 });
      await ledger.close();
      expect(await spentAfterReopening(options)).toBe(100);
    },
  );
});

describe('a file ledger whose process died while it began a generation', () => {
  const twoGenerations = async (): Promise<{ dir: string; old: Buffer; name: string }> => {
    const dir = emptyDir();
    const ledger = await openFileLedger({ dir });
    await spend(ledger, 'x', 10);
    await ledger.close();
    const name = 'ledger-0.jsonl';
    const old = fs.readFileSync(join(dir, name));
    const next = await openFileLedger({ dir, maxJournalBytes: 1 });
    await spend(next, 'y', 5);
    await next.close();
    expect(fs.readdirSync(dir).sort()).not.toContain(name);
    return { dir, old, name };
  };

  it('goes on from the newest whole one, and removes what is left of others', async () => {
    const { dir, old, name } = await twoGenerations();
    fs.writeFileSync(join(dir, name), old);
    fs.writeFileSync(join(dir, 'ledger-next.tmp'), 'half a li');
    expect(await spentAfterReopening({ dir })).toBe(15);
    expect(fs.readdirSync(dir)).toHaveLength(1);
  });

  it('refuses one whose snapshot is damaged, which would begin from nothing', async () => {
    const { dir } = await twoGenerations();
    const path = join(dir, fs.readdirSync(dir)[0] ?? '');
    const [snapshot = ''] = fs.readFileSync(path, 'utf8').split('\n');
    fs.writeFileSync(path, `${snapshot.replace('"a"', '"b"')}\n`);
    await expect(openFileLedger({ dir })).rejects.toThrow(/damaged line at byte 0 of .*ledger-\d+\.jsonl/);
    // A refusal leaves the directory to whoever repairs it.
    fs.writeFileSync(path, `${snapshot}\n`);
    await (await openFileLedger({ dir })).close();
  });
});

describe('the lock of a file ledger', () => {
  it.each([
    ['a process that is gone', 2 ** 22 + 1],
    ['an earlier process whose id another has now', process.ppid],
  ])('is taken over from %s', async (_, pid) => {
    const dir = emptyDir();
    fs.writeFileSync(join(dir, `lock-${pid}-long-ago`), '');
    await (await openFileLedger({ dir })).close();
    expect(fs.readdirSync(dir).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('is had by one of two that ask at once in one process', async () => {
    const dir = emptyDir();
    const results = await Promise.allSettled([openFileLedger({ dir }), openFileLedger({ dir })]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const result of results) if (result.status === 'fulfilled') await result.value.close();
  });
});

it('writes nothing of an envelope, nor of a hold that has no other account', async () => {
  const dir = emptyDir();
  const ledger = await openFileLedger({ dir });
  await ledger.reserve({ id: 'x', claims: [envelope], amountNanoUsd: 5, ttlMs: 1000 });
  await ledger.settle('x', 5);
  expect(fs.statSync(join(dir, 'ledger-0.jsonl')).size).toBe(0);
  await ledger.reserve({ id: 'y', claims: [envelope, account], amountNanoUsd: 5, ttlMs: 1000 });
  expect(fs.readFileSync(join(dir, 'ledger-0.jsonl'), 'utf8')).not.toContain('envelope');
  expect(await ledger.balance(envelope)).toMatchObject({ spentNanoUsd: 5, heldNanoUsd: 5 });
  await ledger.close();
});

it('forgets a spent envelope after a day, an unspent one once it is idle, and no account whose limit counts', async () => {
  let clock = 0;
  const ledger = await openFileLedger({ dir: emptyDir(), now: () => clock, idleMs: 1000 });
  await ledger.reserve({ id: 'held', claims: [{ ...envelope, account: 'open' }], amountNanoUsd: 5, ttlMs: 1000 });
  await ledger.reserve({ id: 'x', claims: [envelope, account], amountNanoUsd: 5, ttlMs: 1000 });
  await ledger.settle('x', 5);
  await ledger.reserve({ id: 'z', claims: [{ ...envelope, account: 'unspent' }], amountNanoUsd: 5, ttlMs: 1000 });
  await ledger.release('z');
  const other = { ...account, account: 'other' };
  const later = async (atMs: number): Promise<void> => {
    clock = atMs;
    for (let index = 0; index < 5; index++)
      await ledger.reserve({ id: `${atMs}/${index}`, claims: [other], amountNanoUsd: 1, ttlMs: 1000 });
  };
  await later(2000);
  expect(await ledger.balance(envelope)).toMatchObject({ spentNanoUsd: 5 });
  await later(86_400_000 + 1);
  expect(await ledger.balance(envelope)).toMatchObject({ spentNanoUsd: 0 });
  expect(await ledger.balance({ ...envelope, account: 'open' })).toMatchObject({ heldNanoUsd: 5 });
  expect(await ledger.balance(account)).toMatchObject({ spentNanoUsd: 5 });
  await ledger.close();
});

it('waits for the disk with each event, where it is told to', async () => {
  const ledger = await openFileLedger({ dir: emptyDir(), durability: 'fsync' });
  const sync = vi.spyOn(fs, 'fsyncSync');
  await spend(ledger, 'x', 10);
  expect(sync).toHaveBeenCalledTimes(2);
  await ledger.close();
});

it('reads a journal of a version that knew no lasting holds, and settles its open hold at its bound', async () => {
  const dir = emptyDir();
  const reserved = {
    type: 'reserve',
    atMs: Date.now(),
    id: 'x',
    amount: 70,
    ttlMs: 86_400_000,
    claims: [account],
  } as const;
  const lines = [{ snapshot: { accounts: [], holds: [] } }, { event: reserved }];
  fs.writeFileSync(join(dir, 'ledger-1.jsonl'), lines.map(encodeJournalLine).join(''));
  expect(await spentAfterReopening({ dir })).toBe(70);
});
