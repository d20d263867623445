/**
 * Measures `@farthing/minilm`: `npm run bench -- embedder --stsb FILE [--reference PAIRS]`. FILE is STS-B as JSONL of
 * `text_a`, `text_b` and `label`. The reference is the same weights in single floats, by another implementation.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { type MinilmEmbedder, type MinilmOptions, minilm } from '@farthing/minilm';

interface Pair {
  readonly text_a: string;
  readonly text_b: string;
  readonly label: number;
}

const { values } = parseArgs({
  options: { stsb: { type: 'string' }, reference: { type: 'string', default: '250' } },
});
if (!values.stsb) {
  console.error('Expected --stsb FILE (JSONL of text_a, text_b, label).');
  process.exit(2);
}
const pairs: Pair[] = readFileSync(values.stsb, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
const cacheDir = mkdtempSync(join(tmpdir(), 'farthing-bench-'));
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** The rank of each value; equal ones share the middle of theirs. */
function ranks(numbers: readonly number[]): number[] {
  const order = numbers.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const found: number[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const { at } of order.slice(start, end)) found[at] = (start + end - 1) / 2;
    start = end;
  }
  return found;
}

/** Spearman's correlation of ranks. */
function spearman(left: readonly number[], right: readonly number[]): number {
  const [a, b] = [ranks(left), ranks(right)];
  const middle = (left.length - 1) / 2;
  let [both, ofA, ofB] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(a[at] ?? 0) - middle, (b[at] ?? 0) - middle];
    both += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return both / Math.sqrt(ofA * ofB);
}

const cosine = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const quantile = (numbers: readonly number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;

async function vectorsOf(embedder: MinilmEmbedder, texts: readonly string[]): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (let start = 0; start < texts.length; start += 500) {
    const part = texts.slice(start, start + 500);
    const embeddings = await embedder.embed(part);
    embeddings.forEach(({ vector }, at) => {
      found.set(part[at] ?? '', vector);
    });
  }
  return found;
}

const textsOf = (some: readonly Pair[]): string[] => [...new Set(some.flatMap((pair) => [pair.text_a, pair.text_b]))];
function rho(vectors: ReadonlyMap<string, Float32Array>, some: readonly Pair[]): number {
  const none = new Float32Array(384);
  const cosines = some.map((pair) => cosine(vectors.get(pair.text_a) ?? none, vectors.get(pair.text_b) ?? none));
  return spearman(
    cosines,
    some.map((pair) => pair.label),
  );
}

/** The process that embeds, as `ps` shows it: resident memory in MB, and its id. */
function engineProcess(): { readonly residentMb: number; readonly pid: number } {
  if (process.platform === 'win32') return { residentMb: Number.NaN, pid: Number.NaN };
  const rows = execFileSync('ps', ['-A', '-o', 'ppid=,rss=,pid=,args='], { encoding: 'utf8' }).split('\n');
  const [found] = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([parent, , , ...args]) => Number(parent) === process.pid && args.join(' ').includes('engine-child'));
  return { residentMb: Number(found?.[1]) / 1024, pid: Number(found?.[2]) };
}

/** Processor time of that process in ms, where the system tells: it does not depend on what else runs. */
function engineCpuMs(): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${engineProcess().pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function open(options: MinilmOptions = {}): Promise<{ embedder: MinilmEmbedder; ms: number }> {
  const start = performance.now();
  const embedder = minilm({ cacheDir, ...options });
  await embedder.ready();
  return { embedder, ms: performance.now() - start };
}

async function eachAlone(embedder: MinilmEmbedder, texts: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const text of texts) {
    const start = performance.now();
    await embedder.embed([text]);
    times.push(performance.now() - start);
  }
  return times;
}

/** Milliseconds by which a timer of 1 ms is late while `work` goes on. */
async function lateness(work: () => Promise<unknown>): Promise<{ p99: number; max: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return { p99: delay.percentile(99) / 1e6 - 1, max: delay.max / 1e6 - 1 };
}

try {
  const built = await open();
  await built.embedder.close();
  const [kept = ''] = readdirSync(cacheDir);
  const fileMb = statSync(join(cacheDir, kept)).size / 1e6;
  const { embedder, ms: loadMs } = await open();

  const short = Array.from({ length: 400 }, (_, at) => `How do I reset the password of account ${at % 10}?`);
  await eachAlone(embedder, short.slice(0, 50));
  const aloneFromMs = engineCpuMs();
  const alone = await eachAlone(embedder, short);
  const aloneCpuMs = (engineCpuMs() - aloneFromMs) / short.length;
  const long = await eachAlone(
    embedder,
    Array.from({ length: 20 }, () => 'one more word '.repeat(200)),
  );
  const batchFromMs = engineCpuMs();
  const startBatch = performance.now();
  await Promise.all(Array.from({ length: 800 }, (_, at) => embedder.embed([short[at % short.length] ?? ''])));
  const batchedMs = (performance.now() - startBatch) / 800;
  const batchedCpuMs = (engineCpuMs() - batchFromMs) / 800;
  const idle = await lateness(() => new Promise((resolve) => setTimeout(resolve, 2000)));
  const busy = await lateness(async () => {
    for (let part = 0; part < 3; part++)
      await embedder.embed(Array.from({ length: 500 }, (_, at) => short[at % 10] ?? ''));
  });

  const vectors = await vectorsOf(embedder, textsOf(pairs));
  const rssMb = engineProcess().residentMb;
  await embedder.close();

  const { embedder: two } = await open({ threads: 2 });
  await eachAlone(two, short.slice(0, 50));
  const onTwo = await eachAlone(two, short.slice(0, 200));
  await two.close();

  const some = pairs.filter((_, at) => at % Math.ceil(pairs.length / Number(values.reference)) === 0);
  const { embedder: reference, ms: referenceLoadMs } = await open({ engine: 'wasm' });
  const referenceAlone = await eachAlone(reference, short.slice(0, 30));
  const expected = await vectorsOf(reference, textsOf(some));
  const referenceRssMb = engineProcess().residentMb;
  await reference.close();
  const agreement = [...expected].map(([text, vector]) => cosine(vector, vectors.get(text) ?? new Float32Array(384)));
  const mean = agreement.reduce((sum, value) => sum + value, 0) / agreement.length;

  const result = {
    cores: availableParallelism(),
    spearman: round(rho(vectors, pairs), 4),
    pairs: pairs.length,
    spearman_part: round(rho(vectors, some), 4),
    spearman_part_reference: round(rho(expected, some), 4),
    part: some.length,
    cosine_to_reference: {
      texts: agreement.length,
      mean: round(mean, 5),
      p1: round(quantile(agreement, 0.01), 4),
      min: round(Math.min(...agreement), 4),
    },
    single_ms: {
      p50: round(quantile(alone, 0.5)),
      p95: round(quantile(alone, 0.95)),
      min: round(Math.min(...alone)),
      cpu: round(aloneCpuMs),
    },
    single_two_threads_ms: { p50: round(quantile(onTwo, 0.5)) },
    batched_ms_per_text: { wall: round(batchedMs), cpu: round(batchedCpuMs) },
    longest_ms: { p50: round(quantile(long, 0.5), 1) },
    loop_late_ms: {
      idle_p99: round(idle.p99),
      busy_p99: round(busy.p99),
      busy_max: round(busy.max),
    },
    build_and_load_ms: round(built.ms, 0),
    load_ms: round(loadMs, 0),
    rss_mb: round(rssMb, 0),
    file_mb: round(fileMb, 1),
    wasm: {
      single_ms: round(quantile(referenceAlone, 0.5), 1),
      load_ms: round(referenceLoadMs, 0),
      rss_mb: round(referenceRssMb, 0),
    },
  };
  console.table({
    [`Spearman, ${pairs.length} pairs`]: { int8: result.spearman },
    [`Spearman, ${some.length} pairs`]: { int8: result.spearman_part, reference: result.spearman_part_reference },
    [`cosine to the reference, ${agreement.length} texts`]: {
      int8: `mean ${result.cosine_to_reference.mean}, p1 ${result.cosine_to_reference.p1}, min ${result.cosine_to_reference.min}`,
    },
    'one short text (ms, p50)': { int8: result.single_ms.p50, reference: result.wasm.single_ms },
    'one short text (ms of processor)': { int8: result.single_ms.cpu },
    'one short text, two threads (ms, p50)': { int8: result.single_two_threads_ms.p50 },
    'short texts, 800 calls at once (ms a text)': { int8: result.batched_ms_per_text.wall },
    'the same (ms of processor a text)': { int8: result.batched_ms_per_text.cpu },
    '256 pieces (ms, p50)': { int8: result.longest_ms.p50 },
    'event loop late, idle (ms, p99)': { int8: result.loop_late_ms.idle_p99 },
    'event loop late, embedding (ms, p99)': { int8: result.loop_late_ms.busy_p99 },
    'first start, converting (ms)': { int8: result.build_and_load_ms },
    'start (ms)': { int8: result.load_ms, reference: result.wasm.load_ms },
    'resident (MB)': { int8: result.rss_mb, reference: result.wasm.rss_mb },
  });
  console.log(JSON.stringify(result));
} finally {
  rmSync(cacheDir, { recursive: true, force: true });
}
