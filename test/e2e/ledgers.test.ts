import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ledgerConformance } from '@farthing/testkit/conformance';
import { createMemoryLedger, type Ledger, openFileLedger } from 'farthing';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'farthing-ledger-'));
afterAll(() => rmSync(folder, { recursive: true }));
const emptyDir = (): string => mkdtempSync(join(folder, 'dir-'));

ledgerConformance('the memory ledger', {
  create: async (options) => createMemoryLedger({ ...options, idleMs: 60_000 }),
});

// So small a journal is begun anew every few events.
const fileLedger = { idleMs: 60_000, maxJournalBytes: 2000 };
const dirs = new WeakMap<Ledger, string>();
const openIn = async (dir: string, now: () => number): Promise<Ledger> => {
  const ledger = await openFileLedger({ ...fileLedger, dir, now });
  dirs.set(ledger, dir);
  return ledger;
};
ledgerConformance('the file ledger', {
  create: ({ now }) => openIn(emptyDir(), now),
  reopen: async (ledger, { now }) => {
    await ledger.close();
    return openIn(dirs.get(ledger) ?? '', now);
  },
});

const claim = { account: 'a', limitNanoUsd: 1000, window: { kind: 'fixed', startMs: 0, endMs: null } } as const;
const journalOf = (dir: string): string => join(dir, readdirSync(dir).find((name) => name.endsWith('.jsonl')) ?? '');

describe('the file ledger across restarts', () => {
  it('finds what was spent, and counts what was set aside as spent', async () => {
    const dir = emptyDir();
    const first = await openFileLedger({ dir });
    await first.reserve({ id: 'x', claims: [claim], amountNanoUsd: 100, ttlMs: 1000 });
    await first.settle('x', 40);
    await first.reserve({ id: 'y', claims: [claim], amountNanoUsd: 300, ttlMs: 1000 });
    await first.close();
    const second = await openFileLedger({ dir });
    expect(await second.balance(claim)).toMatchObject({ spentNanoUsd: 340, heldNanoUsd: 0 });
    expect(await second.recover()).toEqual([{ id: 'y', accounts: ['a'], amountNanoUsd: 300 }]);
    expect(await second.recover()).toEqual([]);
    expect((await second.settle('y', 1)).ended).toBe(false);
    await second.close();
  });

  it('forgets envelopes, which live in one process', async () => {
    const dir = emptyDir();
    const first = await openFileLedger({ dir });
    await first.reserve({
      id: 'x',
      claims: [claim, { ...claim, account: 'envelope/1', ephemeral: true }],
      amountNanoUsd: 100,
      ttlMs: 1000,
    });
    await first.settle('x', 40);
    await first.close();
    expect(readFileSync(journalOf(dir), 'utf8')).not.toContain('envelope');
  });

  it('cuts a torn last line off, and refuses a damaged one in the middle', async () => {
    const dir = emptyDir();
    const first = await openFileLedger({ dir });
    for (const id of ['x', 'y']) {
      await first.reserve({ id, claims: [claim], amountNanoUsd: 100, ttlMs: 1000 });
      await first.settle(id, 40);
    }
    await first.close();
    const whole = readFileSync(journalOf(dir), 'utf8');
    writeFileSync(journalOf(dir), whole.slice(0, -7));
    const second = await openFileLedger({ dir });
    // The second settlement was torn: its hold counts at its bound.
    expect(await second.balance(claim)).toMatchObject({ spentNanoUsd: 140, heldNanoUsd: 0 });
    await second.close();
    const lines = readFileSync(journalOf(dir), 'utf8').split('\n');
    writeFileSync(journalOf(dir), [lines[0], String(lines[1]).replace('40', '39'), ...lines.slice(2)].join('\n'));
    await expect(openFileLedger({ dir })).rejects.toThrow(
      /expected a whole journal, got a damaged line at byte \d+ of .*: restore it from a backup/s,
    );
  });

  it('goes on after its journal was compacted', async () => {
    const dir = emptyDir();
    const ledger = await openFileLedger({ dir });
    const long = { ...claim, account: `a${'x'.repeat(8000)}` };
    for (let number = 0; number < 2200; number++) {
      await ledger.reserve({ id: `h${number}`, claims: [long], amountNanoUsd: 1, ttlMs: 1000 });
      await ledger.settle(`h${number}`, number < 900 ? 1 : 0);
    }
    expect(readdirSync(dir).filter((name) => name.endsWith('.jsonl'))).toEqual(['ledger-1.jsonl']);
    await ledger.close();
    const again = await openFileLedger({ dir });
    expect(await again.balance(long)).toMatchObject({ spentNanoUsd: 900, heldNanoUsd: 0 });
    await again.close();
  });

  it('can be read by its owner alone, and is refused to a second opener', async () => {
    const dir = join(emptyDir(), 'new');
    const ledger = await openFileLedger({ dir });
    await ledger.reserve({ id: 'x', claims: [claim], amountNanoUsd: 1, ttlMs: 1000 });
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(journalOf(dir)).mode & 0o777).toBe(0o600);
    await expect(openFileLedger({ dir })).rejects.toThrow(/this process has open/);
    await ledger.close();
    await (await openFileLedger({ dir })).close();
  });
});
