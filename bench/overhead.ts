/**
 * What the gate adds to a call: the bare OpenAI client and the wrapped one, interleaved in one run, against the
 * loopback provider in a process of its own. Exact cache and one hard budget are on; every prompt is new, so that each
 * wrapped call looks the cache up, reserves, goes out, settles and stores.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createGate, usd } from 'farthing';
import OpenAI from 'openai';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1500' },
    warmup: { type: 'string', default: '4000' },
    'heap-calls': { type: 'string', default: '100000' },
  },
});
const calls = Number(values.calls);
/** Until about here the engine still runs both sides uncompiled, as no process does that has served for a minute. */
const warmup = Number(values.warmup);
const heapCalls = Number(values['heap-calls']);

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

const server = spawn(
  process.execPath,
  ['--conditions=farthing-source', '--import', 'tsx', new URL('./provider-process.ts', import.meta.url).pathname],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const baseURL = await new Promise<string>((resolve) => createInterface({ input: server.stdout }).once('line', resolve));

const gate = createGate({ cache: true, budgets: [{ name: 'bench', limit: usd('1000000'), per: 'total' }] });
const bare = new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 });
const wrapped = gate.wrap(new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 }));

let serial = 0;
const prompt = (bytes: number): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model: 'gpt-4.1-nano',
  max_tokens: 64,
  messages: [
    { role: 'system', content: 'You are the support assistant of a bicycle shop. Answer briefly.' },
    {
      role: 'user',
      content: `${serial++} ${'My front brake squeals when it rains. '.repeat(Math.ceil(bytes / 38))}`.slice(0, bytes),
    },
  ],
});

async function timeCall(client: OpenAI, bytes: number): Promise<number> {
  const body = prompt(bytes);
  const start = performance.now();
  await client.chat.completions.create(body);
  return performance.now() - start;
}

async function timeFirstChunk(client: OpenAI): Promise<number> {
  const body = { ...prompt(1000), stream: true as const };
  const start = performance.now();
  let first = 0;
  for await (const chunk of await client.chat.completions.create(body)) {
    if (first === 0 && chunk) first = performance.now() - start;
  }
  return first;
}

/** Interleaves both, alternating who goes first, and compares medians. */
async function compare(
  rounds: number,
  measure: (client: OpenAI) => Promise<number>,
): Promise<{ bare: number; wrapped: number; added: number }> {
  const [bareMs, wrappedMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [bare, wrapped] : [wrapped, bare])
      (side === bare ? bareMs : wrappedMs).push(await measure(side));
  }
  return { bare: median(bareMs), wrapped: median(wrappedMs), added: median(wrappedMs) - median(bareMs) };
}

async function throughput(client: OpenAI, total: number): Promise<number> {
  let left = total;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (left-- > 0) await timeCall(client, 1000);
    }),
  );
  return total / ((performance.now() - start) / 1000);
}

async function exactHit(): Promise<number> {
  const init = {
    method: 'POST',
    headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
    body: JSON.stringify(prompt(1000)),
  };
  const url = `${baseURL}/chat/completions`;
  await (await gate.fetch(url, init)).text();
  const times: number[] = [];
  for (let round = 0; round < 3000; round++) {
    const start = performance.now();
    const response = await gate.fetch(url, init);
    times.push(performance.now() - start);
    if (response.headers.get('x-farthing-source') !== 'exact') throw new Error('expected a hit');
    await response.text();
  }
  return median(times);
}

/** Heap growth between call 10,000 and the last with the caches full, over a provider that answers in process. */
async function heapGrowth(): Promise<number> {
  const answer = await (
    await fetch(`${baseURL}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
      body: JSON.stringify(prompt(1000)),
    })
  ).text();
  const small = createGate({
    fetch: async () => new Response(answer, { headers: { 'content-type': 'application/json' } }),
    cache: { maxEntries: 5000 },
    budgets: [{ name: 'bench', limit: usd('1000000'), per: 'total' }],
  });
  const heapAt = async (from: number, to: number): Promise<number> => {
    for (let call = from; call < to; call++) {
      await (
        await small.fetch('https://api.openai.com/v1/chat/completions', {
          method: 'POST',
          headers: { authorization: 'Bearer bench' },
          body: JSON.stringify(prompt(1000)),
        })
      ).text();
    }
    for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  const early = await heapAt(0, 10_000);
  return ((await heapAt(10_000, heapCalls)) - early) / 1024 / 1024;
}

function importMs(): number {
  const script =
    "const start = performance.now(); import('farthing').then(() => console.log(performance.now() - start));";
  return median(
    Array.from({ length: 11 }, () =>
      Number(
        execFileSync(process.execPath, ['--input-type=module', '-e', script], {
          cwd: new URL('.', import.meta.url).pathname,
          encoding: 'utf8',
          env: { ...process.env, NODE_OPTIONS: '' },
        }),
      ),
    ),
  );
}

try {
  await compare(warmup, (client) => timeCall(client, 1000));
  await compare(Math.ceil(warmup / 2), timeFirstChunk);
  const small = await compare(calls, (client) => timeCall(client, 1000));
  const large = await compare(Math.ceil(calls / 3), (client) => timeCall(client, 100_000));
  const first = await compare(Math.ceil(calls / 2), timeFirstChunk);
  const ratios: number[] = [];
  for (let round = 0; round < 7; round++) {
    const bareFirst = round % 2 === 0;
    const a = await throughput(bareFirst ? bare : wrapped, 2000);
    const b = await throughput(bareFirst ? wrapped : bare, 2000);
    ratios.push(bareFirst ? b / a : a / b);
  }
  const hit = await exactHit();
  const cold = importMs();
  const heap = await heapGrowth();
  console.table({
    '1 kB (ms)': { bare: round(small.bare), wrapped: round(small.wrapped), added: round(small.added), reach: '≤ 0.15' },
    '100 kB (ms)': {
      bare: round(large.bare),
      wrapped: round(large.wrapped),
      added: round(large.added),
      reach: '≤ 0.6',
    },
    'first chunk (ms)': {
      bare: round(first.bare),
      wrapped: round(first.wrapped),
      added: round(first.added),
      reach: '≤ 0.2',
    },
    'throughput, 64 at once': { wrapped: `${round(median(ratios), 2)} of bare`, reach: '≥ 0.85' },
    'exact hit (ms)': { wrapped: round(hit), reach: '≤ 0.1' },
    'cold import (ms)': { wrapped: round(cold, 1), reach: '≤ 80' },
    [`heap, call 10,000 to ${heapCalls} (MB)`]: { wrapped: round(heap, 2), reach: '< 5' },
  });
  console.log(
    JSON.stringify({
      added_p50_ms: { '1kB': round(small.added), '100kB': round(large.added) },
      first_chunk_added_p50_ms: round(first.added),
      throughput_ratio_c64: round(median(ratios)),
      exact_hit_p50_ms: round(hit),
      import_ms: round(cold, 1),
      heap_growth_mb: round(heap, 2),
    }),
  );
} finally {
  server.kill();
  await gate.close();
}
