/**
 * Embeddings that travel together, against the bare OpenAI client, side by side in one run on loopback providers that take
 * 20 ms for a request: one that serves any number of requests at once, where a client's own work is the limit, and one that
 * serves 16 at once, as rate limits have it. Many small calls at once, and lone ones; every vector is compared with that of
 * the bare client.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createGate, usd } from 'farthing';
import OpenAI from 'openai';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '7' },
    lone: { type: 'string', default: '200' },
    latency: { type: 'string', default: '20' },
    slots: { type: 'string', default: '16' },
    dimensions: { type: 'string', default: '256' },
    window: { type: 'string', default: '3' },
    'max-inputs': { type: 'string' },
  },
});
const calls = Number(values.calls);
const windowMs = Number(values.window);

const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;
const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

const server = spawn(
  process.execPath,
  [
    '--conditions=farthing-source',
    '--import',
    'tsx',
    new URL('./embeddings-process.ts', import.meta.url).pathname,
    values.latency,
    values.slots,
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const printed = await new Promise<string>((resolve) => createInterface({ input: server.stdout }).once('line', resolve));
const [unlimited = '', limited = ''] = JSON.parse(printed) as string[]; // as the process prints them

/** One way of asking. */
interface Contender {
  readonly name: string;
  readonly clients: ReadonlyMap<string, OpenAI>;
  readonly perSecond: ReadonlyMap<string, number[]>;
  readonly loneMs: number[];
  /** The most that one round took. */
  mostRequests: number;
  requests: number;
}
const contender = (name: string, wrap: (client: OpenAI) => OpenAI = (client) => client): Contender => {
  const counting: typeof fetch = (...request) => {
    made.requests++;
    return fetch(...request);
  };
  const clientOf = (baseURL: string): OpenAI =>
    wrap(new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0, fetch: counting }));
  const made: Contender = {
    name,
    clients: new Map([unlimited, limited].map((url) => [url, clientOf(url)])),
    perSecond: new Map([unlimited, limited].map((url) => [url, []])),
    loneMs: [],
    mostRequests: 0,
    requests: 0,
  };
  return made;
};
const budgets = [{ name: 'bench', limit: usd('1000000'), per: 'total' }] as const;
const prices = { 'text-embedding-3-small': { input: '0.02', output: '0' } };
const maxInputs = values['max-inputs'] === undefined ? undefined : Number(values['max-inputs']);
const plainGate = createGate({ budgets, prices, onWarning: () => {} });
const gate = createGate({ budgets, prices, embeddings: { windowMs, maxInputs }, onWarning: () => {} });
const bare = contender('bare client');
const plain = contender('gate', plainGate.wrap);
const batched = contender('gate with embeddings', gate.wrap);
const all = [bare, plain, batched];

type Vector = readonly number[];
const embed = async ({ clients }: Contender, url: string, serial: number): Promise<Vector> => {
  const answer = await clients.get(url)?.embeddings.create({
    model: 'text-embedding-3-small',
    input: `Question ${serial}: why does my brake squeal when it rains?`,
    dimensions: Number(values.dimensions),
  });
  return answer?.data[0]?.embedding ?? [];
};

async function allAtOnce(side: Contender, url: string): Promise<readonly Vector[]> {
  side.requests = 0;
  const start = performance.now();
  const vectors = await Promise.all(Array.from({ length: calls }, (_, serial) => embed(side, url, serial)));
  side.perSecond.get(url)?.push(calls / ((performance.now() - start) / 1000));
  side.mostRequests = Math.max(side.mostRequests, side.requests);
  return vectors;
}

const isEqual = (a: Vector | undefined, b: Vector | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.length > 0 &&
  a.length === b.length &&
  a.every((value, at) => value === b[at]);

try {
  const expected = await allAtOnce(bare, unlimited);
  for (const side of all) for (const url of [unlimited, limited]) await allAtOnce(side, url);
  for (const side of all) for (const measured of side.perSecond.values()) measured.length = 0;
  let [compared, different] = [0, 0];
  for (let turn = 0; turn < Number(values.rounds); turn++)
    for (const url of [unlimited, limited])
      for (const side of turn % 2 === 0 ? all : all.toReversed())
        for (const [at, vector] of (await allAtOnce(side, url)).entries()) {
          compared++;
          if (!isEqual(vector, expected[at])) different++;
        }
  for (let turn = 0; turn < Number(values.lone); turn++)
    for (const side of turn % 2 === 0 ? all : all.toReversed()) {
      const start = performance.now();
      await embed(side, unlimited, turn);
      side.loneMs.push(performance.now() - start);
    }

  const speedOf = (side: Contender, url: string): number => median(side.perSecond.get(url) ?? []);
  console.table(
    Object.fromEntries(
      all.map((side) => [
        side.name,
        {
          [`requests for ${calls} calls`]: side.mostRequests,
          'calls/s, any number at once': round(speedOf(side, unlimited), 0),
          [`calls/s, ${values.slots} at once`]: round(speedOf(side, limited), 0),
          'lone call p50 (ms)': round(median(side.loneMs)),
          'lone call p99 (ms)': round(quantile(side.loneMs, 0.99)),
        },
      ]),
    ),
  );
  const ratio = (url: string): number => speedOf(batched, url) / speedOf(bare, url);
  const fewer = bare.mostRequests / batched.mostRequests;
  const added = (from: Contender, share: number): number =>
    round(quantile(batched.loneMs, share) - quantile(from.loneMs, share), 3);
  console.table({
    'fewer requests': { reached: `${round(fewer, 0)} ×`, reach: '≥ 20 ×' },
    [`throughput, ${values.slots} at once`]: { reached: `${round(ratio(limited))} × of bare`, reach: '≥ 5 ×' },
    'throughput, any number at once': { reached: `${round(ratio(unlimited))} × of bare`, reach: '' },
    'added to a lone call, p50 (ms)': { reached: added(plain, 0.5), reach: `≤ ${windowMs}` },
    'vectors that differ': { reached: `${different} of ${compared}`, reach: '0' },
  });
  console.log(
    JSON.stringify({
      calls,
      requests: { bare: bare.mostRequests, batched: batched.mostRequests },
      fewer_requests: round(fewer, 1),
      throughput_ratio: { [`slots_${values.slots}`]: round(ratio(limited)), unlimited: round(ratio(unlimited)) },
      per_second: Object.fromEntries(
        all.map((side) => [side.name, [limited, unlimited].map((url) => round(speedOf(side, url), 0))]),
      ),
      lone_added_ms: {
        over_the_gate: { p50: added(plain, 0.5), p99: added(plain, 0.99) },
        over_the_bare_client: { p50: added(bare, 0.5), p99: added(bare, 0.99) },
      },
      vectors: { compared, different },
    }),
  );
} finally {
  server.kill();
  await Promise.all([gate.close(), plainGate.close()]);
}
