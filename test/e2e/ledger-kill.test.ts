import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openFileLedger } from 'farthing';
import { afterAll, describe, expect, it } from 'vitest';
import { claimsOf, maxJournalBytes } from './ledger-claim.js';

const dir = mkdtempSync(join(tmpdir(), 'farthing-kill-'));
afterAll(() => rmSync(dir, { recursive: true }));

const kills = 50;
const child = fileURLToPath(new URL('ledger-child.ts', import.meta.url));
const jobChild = fileURLToPath(new URL('ledger-job-child.ts', import.meta.url));

function start(run: number, script = child, inDir = dir): ChildProcess {
  return spawn(process.execPath, ['--conditions=farthing-source', '--import', 'tsx', script, inDir, String(run)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Kills a child in the middle of its work; answers what it had acknowledged by then. */
async function killInTheMiddle(run: number): Promise<readonly string[]> {
  const process_ = start(run);
  const lines: string[] = [];
  const reader = createInterface({ input: process_.stdout as NodeJS.ReadableStream });
  await new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      lines.push(line);
      if (line === 'open') setTimeout(() => process_.kill('SIGKILL'), Math.random() * 60);
    });
    process_.on('close', () => resolve());
  });
  return lines;
}

describe('kill -9, fifty times over one directory', () => {
  it('loses nothing that was acknowledged, counts nothing twice, and settles open holds at their bound', async () => {
    let spent = 0;
    let exhausted = 0;
    for (let run = 0; run < kills; run++) {
      const lines = await killInTheMiddle(run);
      expect(lines[0]).toBe('open');
      const open = new Map<string, number>();
      const known = new Set<string>();
      let settled = 0;
      for (const line of lines.slice(1)) {
        const [kind, id = '', amount = ''] = line.split(' ');
        known.add(id);
        if (kind === 'reserve') open.set(id, Number(amount));
        else open.delete(id);
        if (kind === 'settle') settled += Number(amount);
      }
      const [all, own] = claimsOf(run);
      const ledger = await openFileLedger({ dir, maxJournalBytes });
      const assumed = await ledger.recover();
      const [after, afterOwn] = [await ledger.balance(all), await ledger.balance(own)];
      await ledger.close();
      // Every hold that was acknowledged and not ended is assumed at its bound, or its end was written unheard.
      const bounds = new Map(assumed.map((hold) => [hold.id, hold.amountNanoUsd]));
      let unheard = 0;
      for (const [id, amount] of open) {
        if (bounds.has(id)) expect(bounds.get(id)).toBe(amount);
        else unheard += amount;
      }
      // Holds that were written and never acknowledged are the child's last word, at most one for each worker.
      expect(assumed.filter((hold) => !known.has(hold.id)).length).toBeLessThanOrEqual(50);
      const least = settled + assumed.reduce((sum, hold) => sum + hold.amountNanoUsd, 0);
      expect(afterOwn.heldNanoUsd).toBe(0);
      expect(afterOwn.spentNanoUsd).toBeGreaterThanOrEqual(least);
      expect(afterOwn.spentNanoUsd).toBeLessThanOrEqual(least + unheard);
      expect(afterOwn.spentNanoUsd).toBeLessThanOrEqual(own.limitNanoUsd ?? 0);
      if ((afterOwn.remainingNanoUsd ?? 0) < 1000) exhausted++;
      // What earlier runs spent is still there, to the nano-dollar.
      expect(after).toMatchObject({ spentNanoUsd: spent + afterOwn.spentNanoUsd, heldNanoUsd: 0 });
      spent = after.spentNanoUsd;
    }
    expect(exhausted).toBeGreaterThan(0);
    expect(spent).toBeGreaterThan(0);
  }, 240_000);

  it('refuses a second process, and names the first', async () => {
    const first = start(kills);
    await new Promise<void>((resolve) =>
      createInterface({ input: first.stdout as NodeJS.ReadableStream }).once('line', () => resolve()),
    );
    await expect(openFileLedger({ dir })).rejects.toThrow(new RegExp(`got one that process ${first.pid} has open`));
    first.kill('SIGKILL');
    await new Promise((resolve) => first.on('close', resolve));
    await (await openFileLedger({ dir })).close();
  });

  it('is opened by one at most of several that come at once, over what a dead one left', async () => {
    const children = Array.from({ length: 4 }, (_, index) => start(kills + 1 + index));
    const opened = await Promise.all(
      children.map(
        (each) =>
          new Promise<boolean>((resolve) => {
            createInterface({ input: each.stdout as NodeJS.ReadableStream }).once('line', () => resolve(true));
            each.on('close', () => resolve(false));
          }),
      ),
    );
    for (const each of children) each.kill('SIGKILL');
    expect(opened.filter((each) => each).length).toBeLessThanOrEqual(1);
    await (await openFileLedger({ dir })).close();
  });
});

describe('kill -9 of a process that a job outlives', () => {
  const jobDir = mkdtempSync(join(tmpdir(), 'farthing-kill-job-'));
  afterAll(() => rmSync(jobDir, { recursive: true }));
  const [all] = claimsOf(0);
  const killHolder = async (run: number): Promise<void> => {
    const holder = start(run, jobChild, jobDir);
    const closed = new Promise((resolve) => holder.on('close', resolve));
    const line = await new Promise((resolve) => {
      createInterface({ input: holder.stdout as NodeJS.ReadableStream }).once('line', resolve);
      holder.on('close', resolve);
    });
    holder.kill('SIGKILL');
    await closed;
    expect(line).toBe('reserved');
  };

  it('keeps what the job holds for the next process, which settles it once at its true cost', async () => {
    await killHolder(0);
    const second = await openFileLedger({ dir: jobDir });
    expect(await second.recover()).toEqual([{ id: 'call-0', accounts: ['all'], amountNanoUsd: 1000 }]);
    expect(await second.balance(all)).toMatchObject({ spentNanoUsd: 1000, heldNanoUsd: 1000 });
    expect((await second.settle('job-0', 40)).ended).toBe(true);
    await second.close();
    const third = await openFileLedger({ dir: jobDir });
    expect((await third.settle('job-0', 40)).ended).toBe(false);
    expect(await third.recover()).toEqual([]);
    expect(await third.balance(all)).toMatchObject({ spentNanoUsd: 1040, heldNanoUsd: 0 });
    await third.close();
  }, 30_000);

  it('assumes what the job holds at its bound, once nobody went on with it for its time to live', async () => {
    await killHolder(1);
    const later = Date.now() + 2 * 86_400_000;
    const next = await openFileLedger({ dir: jobDir, now: () => later });
    expect((await next.recover()).map(({ id }) => id)).toEqual(['job-1', 'call-1']);
    expect((await next.settle('job-1', 40)).ended).toBe(false);
    expect(await next.balance(all)).toMatchObject({ spentNanoUsd: 3040, heldNanoUsd: 0 });
    await next.close();
  }, 30_000);
});
