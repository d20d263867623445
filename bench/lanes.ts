/**
 * Lanes with a learned limit, against a fixed p-queue concurrency and no limit at all, in one run on the loopback provider:
 * a queue with so many servers, whose latency grows with what is under way, and which refuses with a 429 beyond twice its
 * slots. Mixed traffic arrives irregularly at twice the capacity, 30 % of capacity of it interactive; then the capacity
 * halves, and doubles again.
 */
import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Lane } from 'farthing';
import { bareContender, type Contender, laneContender, queueContender } from './lanes/contenders.js';

const { values } = parseArgs({
  options: {
    slots: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '20' },
    'step-seconds': { type: 'string', default: '12' },
    median: { type: 'string', default: '100' },
    spread: { type: 'string', default: '0.2' },
  },
});
const slots = Number(values.slots);
const [loadMs, stepMs] = [Number(values.seconds) * 1000, Number(values['step-seconds']) * 1000];
const refusesBeyond = 2;
/** Shares of the capacity that arrive in each lane: twice the capacity together. */
const offered: Readonly<Record<Lane, number>> = { interactive: 0.3, nearline: 0.7, batch: 1 };
const lanes = Object.keys(offered) as Lane[]; // its own keys

type Ended = 'answered' | 'refused' | 'denied' | 'aborted' | 'failed';
interface Call {
  readonly lane: Lane;
  readonly atMs: number;
  readonly endedMs: number;
  readonly ended: Ended;
}
const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;
const round = (value: number, digits = 3): number => Number(value.toFixed(digits));
const server = spawn(
  process.execPath,
  [
    '--conditions=farthing-source',
    '--import',
    'tsx',
    new URL('./lanes-process.ts', import.meta.url).pathname,
    ...[slots, refusesBeyond * slots, values.median, values.spread].map(String),
  ],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const baseURL = await new Promise<string>((resolve) => createInterface({ input: server.stdout }).once('line', resolve));
const setSlots = (count: number): void =>
  void server.stdin.write(`${JSON.stringify({ slots: count, most: refusesBeyond * count })}\n`);

function endOf(error: unknown): Ended {
  const { status, name } = error as { status?: number; name?: string }; // an error of the client's, read loosely
  if (status === 429) return 'refused';
  if (status === 402) return 'denied';
  return name === 'APIUserAbortError' || name === 'AbortError' ? 'aborted' : 'failed';
}

/** Calls as they ended, and the limit after each answer. */
interface Log {
  readonly calls: Call[];
  readonly limits: number[];
}

function track({ send, limit }: Contender, log: Log, lane: Lane, signal: AbortSignal): Promise<void> {
  const atMs = performance.now();
  const end = (ended: Ended): void => {
    log.calls.push({ lane, atMs, endedMs: performance.now(), ended });
    const now = limit();
    if (ended === 'answered' && now !== undefined) log.limits.push(now);
  };
  return send(lane, signal).then(
    () => end('answered'),
    (error: unknown) => end(endOf(error)),
  );
}

/** Irregular arrivals, each lane by itself, for so long; answers what was sent. */
async function arrive(
  contender: Contender,
  log: Log,
  rates: Readonly<Partial<Record<Lane, number>>>,
  forMs: number,
  signal: AbortSignal,
): Promise<Promise<void>[]> {
  const untilMs = performance.now() + forMs;
  const sent: Promise<void>[] = [];
  await Promise.all(
    Object.entries(rates).map(async ([lane, perSecond]) => {
      let nextMs = performance.now();
      for (;;) {
        nextMs += (-Math.log(1 - Math.random()) * 1000) / perSecond;
        if (nextMs > untilMs) return;
        if (nextMs > performance.now()) await sleep(nextMs - performance.now());
        sent.push(track(contender, log, lane as Lane, signal)); // a key of `rates`
      }
    }),
  );
  await sleep(Math.max(0, untilMs - performance.now()));
  return sent;
}

/** What the provider really serves in a second: its timers and this machine take their part. */
async function measureCapacity(): Promise<number> {
  const { send } = bareContender(baseURL);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  await Promise.all(Array.from({ length: slots }, () => send('batch', signal)));
  let done = 0;
  const untilMs = performance.now() + 6000;
  await Promise.all(
    Array.from({ length: Math.floor(1.5 * slots) }, async () => {
      while (performance.now() < untilMs) {
        await send('batch', signal);
        if (performance.now() < untilMs) done++;
      }
    }),
  );
  return done / 6;
}

const ratesAt = (capacity: number): Record<Lane, number> => ({
  interactive: offered.interactive * capacity,
  nearline: offered.nearline * capacity,
  batch: offered.batch * capacity,
});
const timesOf = ({ calls }: Log, lane: Lane, fromMs = 0): number[] =>
  calls
    .filter((call) => call.lane === lane && call.ended === 'answered' && call.atMs >= fromMs)
    .map((call) => call.endedMs - call.atMs);

/** After how many answers a limit was where it belongs, and was there for the next fifty, too. */
function foundAfter(limits: readonly number[], capacity: number): number | null {
  const isRight = (limit: number): boolean => limit >= 0.85 * capacity && limit <= 1.6 * capacity;
  const at = limits.findIndex(
    (_, index) => index + 50 <= limits.length && limits.slice(index, index + 50).every(isRight),
  );
  return at < 0 ? null : at;
}

async function measure(contender: Contender, capacity: number, unloadedP99Ms: number) {
  const leaving = new AbortController();
  setMaxListeners(0, leaving.signal);
  setSlots(slots);
  const load: Log = { calls: [], limits: [] };
  const startMs = performance.now();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const sent = await arrive(contender, load, ratesAt(capacity), loadMs, leaving.signal);
  const overMs = performance.now();
  delay.disable();
  await Promise.all(sent);
  const drainedMs = performance.now();
  // The limit is looked for at first: what is measured is what comes after.
  const steadyMs = startMs + Math.min(4000, loadMs / 4);
  const answered = load.calls.filter(
    ({ ended, endedMs }) => ended === 'answered' && endedMs >= steadyMs && endedMs < overMs,
  );
  const p99 = quantile(timesOf(load, 'interactive', steadyMs), 0.99);

  const steps: {
    readonly slots: number;
    readonly foundAfter: number | null;
    readonly response: number[];
    readonly log: Log;
  }[] = [];
  for (const share of [0.5, 1]) {
    const log: Log = { calls: [], limits: [] };
    setSlots(slots * share);
    const tail = arrive(contender, log, ratesAt(capacity * share), stepMs, leaving.signal);
    await tail;
    steps.push({
      slots: slots * share,
      foundAfter: foundAfter(log.limits, slots * share),
      response: log.limits.filter((_, index) => index % 25 === 0).slice(0, 24),
      log,
    });
  }
  leaving.abort();
  await sleep(1500);
  const all = [load, ...steps.map(({ log }) => log)].flatMap(({ calls }) => calls);
  const went = all.filter(({ ended }) => ended === 'answered' || ended === 'refused');
  const count = (ended: Ended): number => load.calls.filter((call) => call.ended === ended).length;
  const stepP99 = steps.map(
    ({ log }) => quantile(timesOf(log, 'interactive', (log.calls[0]?.atMs ?? 0) + 3000), 0.99) / unloadedP99Ms,
  );
  return {
    name: contender.name,
    interactive_p99_ms: round(p99, 1),
    interactive_p99_ratio: round(p99 / unloadedP99Ms),
    interactive_p99_ratio_after_halving: round(stepP99[0] ?? Number.NaN),
    interactive_p99_ratio_after_doubling: round(stepP99[1] ?? Number.NaN),
    /** How late this process's own timers were: where that is much, the machine was busy, and p99 is not the queue's. */
    own_delay_p99_ms: round(delay.percentile(99) / 1e6 - 5, 1),
    throughput_of_capacity: round(((answered.length / (overMs - steadyMs)) * 1000) / capacity),
    refused_429_share: round(went.filter(({ ended }) => ended === 'refused').length / went.length, 4),
    calls: load.calls.length,
    answered: count('answered'),
    refused: count('refused'),
    denied: count('denied'),
    failed: count('failed'),
    longest_ms: Object.fromEntries(lanes.map((lane) => [lane, Math.round(Math.max(0, ...timesOf(load, lane)))])),
    answered_under_load: Object.fromEntries(
      lanes.map((lane) => [lane, answered.filter((call) => call.lane === lane).length]),
    ),
    drain_s: round((drainedMs - overMs) / 1000, 1),
    found_after_calls: [foundAfter(load.limits, slots), ...steps.map((step) => step.foundAfter)],
    step_response: [
      load.limits.filter((_, index) => index % 25 === 0).slice(0, 24),
      ...steps.map(({ response }) => response),
    ],
  };
}

try {
  const capacity = await measureCapacity();
  const aloneSignal = new AbortController().signal;
  setMaxListeners(0, aloneSignal);
  const unloaded: Log = { calls: [], limits: [] };
  const alone = await arrive(
    laneContender(baseURL, 'unloaded'),
    unloaded,
    { interactive: offered.interactive * capacity },
    loadMs,
    aloneSignal,
  );
  await Promise.all(alone);
  const unloadedP99Ms = quantile(timesOf(unloaded, 'interactive'), 0.99);
  console.log(
    `Capacity: ${round(capacity, 1)} calls a second over ${slots} slots, measured. Unloaded: p50 ${round(quantile(timesOf(unloaded, 'interactive'), 0.5), 1)} ms, p99 ${round(unloadedP99Ms, 1)} ms, of ${unloaded.calls.length} calls.`,
  );
  const results = [];
  for (const contender of [laneContender(baseURL), queueContender(baseURL, slots), bareContender(baseURL)])
    results.push(await measure(contender, capacity, unloadedP99Ms));
  console.table(
    Object.fromEntries(
      results.map((each) => [
        each.name,
        {
          'interactive p99 / unloaded (≤ 1.3)': each.interactive_p99_ratio,
          halved: each.interactive_p99_ratio_after_halving,
          doubled: each.interactive_p99_ratio_after_doubling,
          'throughput / capacity (≥ 0.95)': each.throughput_of_capacity,
          '429s (≤ 0.01)': each.refused_429_share,
          answered: `${each.answered} of ${each.calls}`,
          'longest batch (s)': round((each.longest_ms['batch'] ?? 0) / 1000, 1),
          'own delay p99 (ms)': each.own_delay_p99_ms,
          'found after (≤ 200)': each.found_after_calls.map((count) => count ?? '–').join(', '),
        },
      ]),
    ),
  );
  for (const [index, label] of ['from the start', 'halved', 'doubled'].entries())
    console.log(`The limit every 25 answers, ${label}: ${results[0]?.step_response[index]?.join(' ')}`);
  console.log(
    JSON.stringify({
      slots,
      capacity_per_s: round(capacity, 1),
      unloaded_p99_ms: round(unloadedP99Ms, 1),
      contenders: results,
    }),
  );
} finally {
  server.kill();
}
