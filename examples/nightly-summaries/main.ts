/**
 * A nightly job before and after. Against the real API where OPENAI_API_KEY is set, which may take hours for the batch;
 * against a provider on this machine otherwise.
 */
import { fileURLToPath } from 'node:url';
import { startProvider } from '@farthing/testkit';
import { createGate, formatUsd, usd } from 'farthing';
import OpenAI from 'openai';
import { sumUpByNight } from './after.js';
import { sumUp } from './before.js';
import { readTickets } from './ticket-file.js';

const real = Boolean(process.env['OPENAI_API_KEY']);
const provider = real ? undefined : await startProvider({ latencyMs: 8 });
const openai = new OpenAI(provider ? { apiKey: 'sk-demo', baseURL: provider.openaiBaseURL } : {});
const tickets = readTickets(fileURLToPath(new URL('tickets.jsonl', import.meta.url)));
const dir = process.argv[2] ?? fileURLToPath(new URL('.batches', import.meta.url));

const metered = createGate();
await sumUp(metered.wrap(openai), tickets);
await metered.idle();
const before = metered.report().total.spentNanoUsd;
console.log(`Before: ${tickets.length} calls, $${formatUsd(before)}.`);

const gate = createGate({
  batches: { dir, pollMs: real ? 60_000 : 20 },
  budgets: [{ name: 'nightly', limit: usd('0.05'), per: 'day', where: { job: 'nightly' } }],
});
const night = new Date().toISOString().slice(0, 10);
const { summaries, job } = await sumUpByNight(gate, openai, tickets, night);
const { costNanoUsd, shared } = job.progress();
console.log(`After: ${summaries.size} summaries in a batch, ${shared} shared, $${formatUsd(costNanoUsd)}.`);
for (const [id, summary] of summaries) console.log(`  ${id}: ${summary}`);

await job.forget();
await gate.close();
await provider?.close();
