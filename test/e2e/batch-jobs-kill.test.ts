import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Provider, startProvider } from '@farthing/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { nightlyGate, nightlyRequests, readNightly, type Side } from './batch-jobs-nightly.js';

const root = mkdtempSync(join(tmpdir(), 'farthing-batch-kill-'));
afterAll(() => rmSync(root, { recursive: true }));
const child = fileURLToPath(new URL('batch-jobs-child.ts', import.meta.url));
/** The machine may be small: so many processes at once. */
const atOnce = 3;

interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** What a run that came to its end says. */
interface Night {
  readonly writes: number;
  readonly askedAfter: readonly number[];
  readonly spentNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly costNanoUsd: number;
}

function read({ code, output }: Run): Night {
  expect([code, output]).toEqual([0, expect.stringMatching(/^\{.*\}$/)]);
  return JSON.parse(output) as Night; // as the child writes it
}

/** Runs the nightly script, which dies at a write where it is told to. */
function nightly(dir: string, url: string, side: Side, dieAt = 0, how = 'half'): Promise<Run> {
  const process_ = spawn(
    process.execPath,
    ['--conditions=farthing-source', '--import', 'tsx', child, dir, url, side, String(dieAt), how],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [process_.stdout, process_.stderr]) stream.on('data', (data) => (output += String(data)));
  return new Promise((resolve) => process_.on('close', (code) => resolve({ code, output })));
}

/** What the next process does: the same script once more, to its end. */
async function goOn(dir: string, url: string, side: Side): Promise<Omit<Night, 'writes' | 'askedAfter'>> {
  const path = join(dir, 'taken.txt');
  const { gate, batches } = await nightlyGate(dir, url, side);
  const job = await batches.submit(nightlyRequests(side), { name: 'nightly' });
  await readNightly(
    job,
    (line) => appendFileSync(path, line),
    () => readFileSync(path, 'utf8'),
  );
  const { spentNanoUsd, heldNanoUsd } = await gate.balance('nightly');
  await gate.close();
  return { spentNanoUsd, heldNanoUsd, costNanoUsd: job.progress().costNanoUsd };
}

async function startNight(): Promise<Provider> {
  const provider = await startProvider();
  provider.fault({
    kind: 'status',
    status: 500,
    when: ({ json }) => JSON.stringify(json['messages'] ?? '').includes('fails at first'),
    times: 1,
  });
  return provider;
}

/** What must hold once the script has come to its end, however often it was killed on the way. */
function expectOneNight(dir: string, provider: Provider, side: Side): void {
  const taken = readFileSync(join(dir, 'taken.txt'), 'utf8').trim().split('\n').sort();
  expect(taken).toEqual(nightlyRequests(side).map(({ id }) => `${id} true`));
  // Three requests that differ, of which one failed unbilled and was sent again.
  expect(provider.billed.length).toBe(3);
  const made = provider.requests.filter(({ method, path }) => method === 'POST' && /\/batches$/.test(path));
  expect(made.length).toBe(2);
}

describe.each<Side>(['openai', 'anthropic'])('kill -9 in the middle of every write of a batch job at %s', (side) => {
  it('and before every request to the provider: each is billed once, and its result delivered once', async () => {
    const provider = await startNight();
    const calm = mkdtempSync(join(root, 'calm-'));
    const { writes, askedAfter, ...money } = read(await nightly(calm, provider.url, side));
    expectOneNight(calm, provider, side);
    await provider.close();
    expect(money).toEqual({ spentNanoUsd: money.costNanoUsd, heldNanoUsd: 0, costNanoUsd: money.costNanoUsd });
    expect(money.costNanoUsd).toBeGreaterThan(0);
    expect([writes, askedAfter.length]).toEqual([
      expect.toSatisfy((count) => count > 25),
      expect.toSatisfy((count) => count > 3),
    ]);
    const deaths: [number, string][] = [
      ...Array.from({ length: writes }, (_, at): [number, string] => [at + 1, 'half']),
      ...askedAfter.filter((write) => write > 0).map((write): [number, string] => [write, 'whole']),
    ];
    const work = async (): Promise<void> => {
      for (let death = deaths.pop(); death !== undefined; death = deaths.pop()) {
        const dir = mkdtempSync(join(root, `${death.join('-')}-`));
        const night = await startNight();
        try {
          const killed = await nightly(dir, night.url, side, ...death);
          expect([death, killed.code, killed.output]).toEqual([death, null, '']);
          expect([death, await goOn(dir, night.url, side)]).toEqual([death, money]);
          expectOneNight(dir, night, side);
        } finally {
          await night.close();
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }, 240_000);
});
