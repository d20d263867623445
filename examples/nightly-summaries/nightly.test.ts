import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProvider } from '@farthing/testkit';
import { createGate } from 'farthing';
import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { sumUpByNight } from './after.js';
import { sumUp } from './before.js';
import { readTickets } from './ticket-file.js';

it('gives the same summaries for less than half the price', async () => {
  const provider = await startProvider();
  const dir = mkdtempSync(join(tmpdir(), 'farthing-nightly-'));
  try {
    const openai = new OpenAI({ apiKey: 'sk-secret', baseURL: provider.openaiBaseURL });
    const tickets = readTickets(fileURLToPath(new URL('tickets.jsonl', import.meta.url)));
    const metered = createGate();
    const before = await sumUp(metered.wrap(openai), tickets);
    await metered.idle();
    const gate = createGate({ batches: { dir, pollMs: 2 } });
    const { summaries, job } = await sumUpByNight(gate, openai, tickets, '2026-11-28');
    expect(Object.fromEntries(summaries)).toEqual(Object.fromEntries(before));
    expect(job.progress()).toMatchObject({ state: 'done', answered: 7, shared: 1 });
    expect(job.progress().costNanoUsd).toBeLessThan(metered.report().total.spentNanoUsd / 2);
    await gate.close();
  } finally {
    await provider.close();
    rmSync(dir, { recursive: true });
  }
});
