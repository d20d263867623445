import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openFileLedger } from 'farthing';
import { afterAll, describe, expect, it } from 'vitest';
import { accountClaim } from './ledger-claim.js';

const dir = mkdtempSync(join(tmpdir(), 'farthing-kill-'));
afterAll(() => rmSync(dir, { recursive: true }));

const kills = 50;
const child = fileURLToPath(new URL('ledger-child.ts', import.meta.url));

function start(run: string): ChildProcess {
  return spawn(process.execPath, ['--conditions=farthing-source', '--import', 'tsx', child, dir, run], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Kills a child in the middle of its work; answers what it had acknowledged by then. */
async function killInTheMiddle(run: string): Promise<readonly string[]> {
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
    for (let run = 0; run < kills; run++) {
      const lines = await killInTheMiddle(`run${run}`);
      expect(lines[0]).toBe('open');
      const open = new Map<string, number>();
      const known = new Set<string>();
      for (const line of lines.slice(1)) {
        const [kind, id = '', amount = ''] = line.split(' ');
        known.add(id);
        if (kind === 'reserve') open.set(id, Number(amount));
        else open.delete(id);
        if (kind === 'settle') spent += Number(amount);
      }
      const ledger = await openFileLedger({ dir });
      const assumed = await ledger.recover();
      const { spentNanoUsd, heldNanoUsd } = await ledger.balance(accountClaim);
      await ledger.close();
      // Every hold that was acknowledged and not ended is assumed at its bound, or its end was written unheard.
      const bounds = new Map(assumed.map((hold) => [hold.id, hold.amountNanoUsd]));
      let unheard = 0;
      for (const [id, amount] of open) {
        if (bounds.has(id)) expect(bounds.get(id)).toBe(amount);
        else unheard += amount;
      }
      const assumedSum = assumed.reduce((sum, hold) => sum + hold.amountNanoUsd, 0);
      // Holds that were written and never acknowledged are the child's last word, at most one for each worker.
      expect(assumed.filter((hold) => !known.has(hold.id)).length).toBeLessThanOrEqual(50);
      expect(heldNanoUsd).toBe(0);
      expect(spentNanoUsd).toBeGreaterThanOrEqual(spent + assumedSum);
      expect(spentNanoUsd).toBeLessThanOrEqual(spent + assumedSum + unheard);
      expect(spentNanoUsd).toBeLessThanOrEqual(accountClaim.limitNanoUsd);
      spent = spentNanoUsd;
    }
    expect(spent).toBeGreaterThan(0);
  }, 240_000);

  it('refuses a second process, and names the first', async () => {
    const first = start('first');
    await new Promise<void>((resolve) =>
      createInterface({ input: first.stdout as NodeJS.ReadableStream }).once('line', () => resolve()),
    );
    await expect(openFileLedger({ dir })).rejects.toThrow(new RegExp(`got one that process ${first.pid} has open`));
    first.kill('SIGKILL');
    await new Promise((resolve) => first.on('close', resolve));
    await (await openFileLedger({ dir })).close();
  });
});
