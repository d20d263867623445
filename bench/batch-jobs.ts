/**
 * A batch job of many requests of which a few fail, half of them for good and half of them once, on a loopback provider, in
 * a process of its own: how much memory it takes at most, beside what an idle one of its kind takes, how long it works, and
 * whether each request was run once and answered once.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type Provider, startProvider } from '@farthing/testkit';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '10000' },
    failing: { type: 'string', default: '0.03' },
    bytes: { type: 'string', default: '1000' },
  },
});
const requests = Number(values.requests);
const failing = Math.round(requests * Number(values.failing));
const sides = ['openai', 'anthropic'] as const;

/** What a process says of itself. */
interface Told {
  readonly answered: number;
  readonly failed: number;
  readonly delivered: number;
  readonly distinct: number;
  readonly batches: number;
  readonly costNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly seconds: number;
  readonly peakMb: number;
}

const root = mkdtempSync(join(tmpdir(), 'farthing-bench-batches-'));

async function runJob(side: string, url: string, count: number, cacheMb: number): Promise<Told> {
  const child = spawn(
    process.execPath,
    [
      new URL('./batch-jobs-process.mjs', import.meta.url).pathname,
      ...[mkdtempSync(join(root, side)), url, side, String(count), String(failing), values.bytes, String(cacheMb)],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The job's process ended with ${code}.`)));
  });
  return JSON.parse(line) as Told; // as the process prints it
}

/** Requests say of themselves whether they fail: `fails-once 17`, `fails-always 18`. */
function letFail(provider: Provider): void {
  const asks = (mark: string) => (request: { readonly json: Record<string, unknown> }) =>
    JSON.stringify(request.json['messages'] ?? '').includes(mark);
  provider.fault({ kind: 'status', status: 400, when: asks('fails-always'), times: requests });
  provider.fault({ kind: 'status', status: 500, when: asks('fails-once'), times: Math.floor(failing / 2) });
}

try {
  const rows: (Told & {
    readonly side: string;
    readonly cacheMb: number;
    readonly idleMb: number;
    readonly ranOnce: boolean;
  })[] = [];
  for (const side of sides)
    for (const cacheMb of [0, 16]) {
      const provider = await startProvider({ counting: 'length' });
      const idle = await runJob(side, provider.url, 1, cacheMb);
      provider.reset();
      letFail(provider);
      const told = await runJob(side, provider.url, requests, cacheMb);
      rows.push({ side, cacheMb, ...told, idleMb: idle.peakMb, ranOnce: provider.billed.length === told.answered });
      await provider.close();
    }
  console.log(`${requests} requests of ${values.bytes} bytes, ${failing} failing (half of them once).\n`);
  console.table(
    Object.fromEntries(
      rows.map(({ side, cacheMb, ...row }) => [
        cacheMb === 0 ? side : `${side}, cache of ${cacheMb} MB`,
        {
          answered: row.answered,
          failed: row.failed,
          delivered: row.delivered,
          batches: row.batches,
          'peak MB': row.peakMb,
          'of that idle': row.idleMb,
          seconds: row.seconds,
          'each billed once': row.ranOnce && row.costNanoUsd === row.spentNanoUsd,
        },
      ]),
    ),
  );
  const peakOf = (cached: boolean): number =>
    Math.max(...rows.filter(({ cacheMb }) => cacheMb > 0 === cached).map((row) => row.peakMb));
  const peakMb = peakOf(false);
  const exact = rows.every(
    (row) =>
      row.ranOnce &&
      row.distinct === requests &&
      row.delivered === requests &&
      row.failed === Math.ceil(failing / 2) &&
      row.costNanoUsd === row.spentNanoUsd,
  );
  console.log(
    JSON.stringify({
      bench: 'batch-jobs',
      requests,
      failing,
      rows,
      peakMb,
      peakWithCacheMb: peakOf(true),
      exact,
      under200Mb: peakMb < 200,
    }),
  );
} finally {
  rmSync(root, { recursive: true });
}
