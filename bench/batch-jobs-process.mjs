/** Runs one batch job, and says what became of it and how much memory it took. Plain, so that nothing else takes any. */
import { join } from 'node:path';
import { createGate, openFileLedger, usd } from 'farthing';

const [dir = '', url = '', side = 'openai', count = '1', failing = '0', bytes = '1000', cacheMb = '0'] =
  process.argv.slice(2);
const total = Number(count);
const [once, always] = [Math.floor(Number(failing) / 2), Math.ceil(Number(failing) / 2)];
const filler = 'The chain slips under load. '.repeat(Math.ceil(Number(bytes) / 28)).slice(0, Number(bytes));

/** Made as they are asked for, as a user with many would. */
function* requests() {
  const model = side === 'openai' ? 'gpt-4.1-nano' : 'claude-haiku-4-5';
  for (let at = 0; at < total; at++) {
    const mark = total === 1 ? '' : at < once ? 'fails-once' : at < once + always ? 'fails-always' : '';
    const content = `${mark} ${at}: ${filler}`;
    yield { id: String(at), body: { model, max_tokens: 100, messages: [{ role: 'user', content }] } };
  }
}

const gate = createGate({
  cache: Number(cacheMb) > 0 && { maxBytes: Number(cacheMb) * 1024 * 1024 },
  ledger: await openFileLedger({ dir: join(dir, 'ledger') }),
  budgets: [{ name: 'bench', limit: usd('1000'), per: 'total' }],
  batches: { dir: join(dir, 'jobs'), pollMs: 20 },
  onWarning: () => {},
});
// Only the client that is used: each takes some megabytes.
const { default: Client } = await (side === 'openai' ? import('openai') : import('@anthropic-ai/sdk'));
const client = new Client({ apiKey: 'bench', baseURL: side === 'openai' ? `${url}/v1` : url });
const start = performance.now();
const job = await gate.batch(client).submit(requests(), { name: 'bench' });
const ids = new Set();
let delivered = 0;
for await (const { id } of job.results()) {
  delivered++;
  ids.add(id);
}
const { answered, failed, batches, costNanoUsd } = job.progress();
const { spentNanoUsd } = await gate.balance('bench');
console.log(
  JSON.stringify({
    answered,
    failed,
    delivered,
    distinct: ids.size,
    batches: batches.length,
    costNanoUsd,
    spentNanoUsd,
    seconds: Number(((performance.now() - start) / 1000).toFixed(1)),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
await gate.close();
